"""Changes that adapt the template to the emulator, each with its reason.

The local stack differs from AWS in two more ways that the template does not show: it runs at most a few environments of
a function at a time (``stack.MAX_CONCURRENCY``), and a failed message returns after ``poller.RETRY_SECONDS`` instead of
the delay that the function asked for, or the rest of its visibility time-out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]
TemplateChange = Callable[[JsonObject], None]


def disable_event_source_mappings(template: JsonObject) -> None:
    """Disables the mappings: `poller.Poller` replaces them, since the emulator cannot run the real runtime client."""
    _remove(template, "AWS::Lambda::EventSourceMapping", lambda properties: properties.get("Enabled") is False)
    for resource in _of_type(template, "AWS::Lambda::EventSourceMapping"):
        resource["Properties"]["Enabled"] = False


def strip_tls_only_denials(template: JsonObject) -> None:
    """Removes statements that deny requests without TLS: the emulator speaks plain HTTP on the loopback interface."""
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for resource in _of_type(template, kind):
            document = resource["Properties"]["PolicyDocument"]
            document["Statement"] = [statement for statement in document["Statement"] if not _is_tls_only(statement)]
        _remove(template, kind, lambda properties: not properties["PolicyDocument"]["Statement"])


def strip_capacity_providers(template: JsonObject) -> None:
    """Removes capacity providers, which the emulator refuses; their functions run as processes like the others."""
    _remove(template, "AWS::Lambda::CapacityProvider", lambda _: True)
    for resource in _of_type(template, "AWS::Lambda::Function"):
        for key in ("CapacityProviderConfig", "AcceleratorConfig", "FunctionScalingConfig", "PublishToLatestPublished"):
            resource["Properties"].pop(key, None)


def strip_budgets(template: JsonObject) -> None:
    """Removes budgets, which the emulator refuses."""
    _remove(template, "AWS::Budgets::Budget", lambda _: True)


def strip_metric_math(template: JsonObject) -> None:
    """Removes alarms on metric expressions, which the emulator refuses; alarms on one metric stay."""
    _remove(template, "AWS::CloudWatch::Alarm", lambda properties: "Metrics" in properties)


def name_batch_actions(template: JsonObject) -> None:
    """Adds the batch actions of SQS: AWS derives them from the single ones, the emulator checks them by name."""
    for role in _of_type(template, "AWS::IAM::Role"):
        for statement in statements_of(role["Properties"]):
            actions = statement["Action"]
            single = [actions] if isinstance(actions, str) else list(actions)
            statement["Action"] = single + [f"{action}Batch" for action in single if action in _BATCHABLE]


TEMPLATE_CHANGES: tuple[TemplateChange, ...] = (
    disable_event_source_mappings,
    strip_tls_only_denials,
    strip_capacity_providers,
    strip_budgets,
    strip_metric_math,
    name_batch_actions,
)
_BATCHABLE = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def adapt_to_emulator(cloudformation: JsonObject) -> JsonObject:
    """Returns a copy of the template with every change applied."""
    template = copy.deepcopy(cloudformation)
    for change in TEMPLATE_CHANGES:
        change(template)
    return template


def statements_of(role: JsonObject) -> list[JsonObject]:
    """Lists the statements of a role's inline policies, including those under a condition (``Fn::If``)."""
    return [statement for _, statement in conditional_statements_of(role)]


def conditional_statements_of(role: JsonObject) -> list[tuple[str | None, JsonObject]]:
    """Lists the statements of a role's inline policies, each with the condition of its policy, if it has one."""
    found: list[tuple[str | None, JsonObject]] = []
    for policy in role.get("Policies", ()):
        condition, content, _ = policy.get("Fn::If", (None, policy, None))
        found += [(condition, statement) for statement in content["PolicyDocument"]["Statement"]]
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
