"""Everything in which the deployed template differs locally from AWS, each with its reason.

What is not a matter of the template: the pollers run at most a few environments at a time (``stack.MAX_CONCURRENCY``),
and a failed message comes back after ``poller.RETRY_SECONDS`` instead of the rest of its visibility time-out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]
Edit = Callable[[JsonObject], None]


def disable_event_source_mappings(template: JsonObject) -> None:
    """Our pollers consume the queues: the emulator's own would not run the functions under the real runtime."""
    _remove(template, "AWS::Lambda::EventSourceMapping", lambda properties: properties.get("Enabled") is False)
    for resource in _of_type(template, "AWS::Lambda::EventSourceMapping"):
        resource["Properties"]["Enabled"] = False


def strip_tls_only_denials(template: JsonObject) -> None:
    """The emulator speaks plain http on the loopback interface, so these statements would deny everything."""
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for resource in _of_type(template, kind):
            document = resource["Properties"]["PolicyDocument"]
            document["Statement"] = [statement for statement in document["Statement"] if not _is_tls_only(statement)]
        _remove(template, kind, lambda properties: not properties["PolicyDocument"]["Statement"])


def strip_capacity_providers(template: JsonObject) -> None:
    """The emulator refuses them; a function that would run on one runs as a process like the others."""
    _remove(template, "AWS::Lambda::CapacityProvider", lambda _: True)
    for resource in _of_type(template, "AWS::Lambda::Function"):
        for key in ("CapacityProviderConfig", "AcceleratorConfig", "FunctionScalingConfig", "PublishToLatestPublished"):
            resource["Properties"].pop(key, None)


def strip_budgets(template: JsonObject) -> None:
    """The emulator bills nothing, and refuses them."""
    _remove(template, "AWS::Budgets::Budget", lambda _: True)


def strip_metric_math(template: JsonObject) -> None:
    """The emulator refuses alarms on expressions; those on one metric are deployed."""
    _remove(template, "AWS::CloudWatch::Alarm", lambda properties: "Metrics" in properties)


def name_batch_actions(template: JsonObject) -> None:
    """AWS allows a batch call of SQS to whoever may make the single one; the emulator wants it by its own name."""
    for role in _of_type(template, "AWS::IAM::Role"):
        for statement in statements_of(role["Properties"]):
            actions = statement["Action"]
            single = [actions] if isinstance(actions, str) else list(actions)
            statement["Action"] = single + [f"{action}Batch" for action in single if action in _BATCHABLE]


EDITS: tuple[Edit, ...] = (
    disable_event_source_mappings,
    strip_tls_only_denials,
    strip_capacity_providers,
    strip_budgets,
    strip_metric_math,
    name_batch_actions,
)
_BATCHABLE = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def localise(cloudformation: JsonObject) -> JsonObject:
    """A copy of the template with every edit made."""
    template = copy.deepcopy(cloudformation)
    for edit in EDITS:
        edit(template)
    return template


def statements_of(role: JsonObject) -> list[JsonObject]:
    """Every statement of a role's inline policies, also of those that depend on a condition (``Fn::If``)."""
    return [statement for _, statement in conditional_statements_of(role)]


def conditional_statements_of(role: JsonObject) -> list[tuple[str | None, JsonObject]]:
    """The same, each with the condition of its policy, if there is one."""
    found: list[tuple[str | None, JsonObject]] = []
    for policy in role.get("Policies", ()):
        condition, held, _ = policy.get("Fn::If", (None, policy, None))
        found += [(condition, statement) for statement in held["PolicyDocument"]["Statement"]]
    return found


def _of_type(template: JsonObject, kind: str) -> list[JsonObject]:
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


def _remove(template: JsonObject, kind: str, unwanted: Callable[[JsonObject], bool]) -> None:
    resources = template["Resources"]
    template["Resources"] = {
        name: resource
        for name, resource in resources.items()
        if not (resource["Type"] == kind and unwanted(resource["Properties"]))
    }


def _is_tls_only(statement: JsonObject) -> bool:
    condition = statement.get("Condition", {}).get("Bool", {})
    return bool(statement["Effect"] == "Deny" and str(condition.get("aws:SecureTransport")).lower() == "false")
