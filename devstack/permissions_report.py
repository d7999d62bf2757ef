"""Writes docs/permissions.md: every permission of every function, and who uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from devstack.permissions import BY_AWS, Report
from devstack.template_changes import conditional_statements_of

_HEAD = """# Permissions

What each function's role allows, compared with every AWS call that left the function's environment while the tests ran
(`tests/stack/test_unused_permissions.py`): no call lacks a permission, and a permission that no call uses is used by
AWS on the role's behalf. `make permissions` writes this page; the test fails when it is out of date. "if" names the
template's condition under which a statement exists. With Aspose.OCR, the calls of both OCR functions were observed.
UploadFunction calls nothing: whoever sends one of its forms uploads with its rights.

Every role also has the managed policy `AWSXRayDaemonWriteAccess`, because X-Ray has no resources that could be named.
"""


def report_text(template: Mapping[str, Any], reports: Mapping[str, Report]) -> str:
    """Writes the page.

    Args:
        template: the translated template.
        reports: by function name without the stack's prefix (``ocr``).
    """
    roles = _roles(template)
    sections = [_HEAD]
    for function, report in reports.items():
        rows = "\n".join(_rows(template["Resources"][roles[function]], report))
        sections.append(
            f"## {roles[function]}\n\n| statement | action | resource | used by |\n|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(sections)


def _roles(template: Mapping[str, Any]) -> dict[str, str]:
    functions = (r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Function")
    return {
        function["FunctionName"]["Fn::Sub"].removeprefix("${NamePrefix}-"): function["Role"]["Fn::GetAtt"][0]
        for function in functions
    }


def _rows(role: dict[str, Any], report: Report) -> Iterator[str]:
    for condition, statement in conditional_statements_of(role["Properties"]):
        name = f"{statement['Sid']}, if `{condition}`" if condition else statement["Sid"]
        for action in _listed(statement["Action"]):
            grants = [grant for grant in report.grants if (grant.sid, grant.action) == (statement["Sid"], action)]
            used = any(report.used(grant) for grant in grants)
            if used:
                user = "the function"
            elif not grants:
                user = "the function, where its condition holds"
            else:
                user = f"AWS: {BY_AWS[action]}" if action in BY_AWS else "nobody"
            resources = ", ".join(f"`{name}`" for item in _listed(statement["Resource"]) for name in _names(item))
            yield f"| {name} | `{action}` | {resources} | {user} |"


def _names(resource: Mapping[str, Any]) -> list[str]:
    if "Fn::If" in resource:
        return [name for branch in resource["Fn::If"][1:] for name in _names(branch)]
    if "Fn::GetAtt" in resource:
        return [str(resource["Fn::GetAtt"][0])]
    return [str(resource.get("Fn::Sub", resource.get("Ref")))]


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - one item of JSON or a list of such
    return value if isinstance(value, list) else [value]
