"""Changes that adapt the template to the emulator."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from devstack.stack import TEMPLATE
from devstack.template import translate
from devstack.template_changes import TEMPLATE_CHANGES, adapt_to_emulator


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return translate(TEMPLATE).cloudformation


def test_only_listed_resources_change(template: dict[str, Any]) -> None:
    original, local = template["Resources"], adapt_to_emulator(template)["Resources"]
    changed = {original[name]["Type"] for name in original if local.get(name) != original[name]}

    assert changed <= {
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::CapacityProvider",
        "AWS::Lambda::Function",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::Budgets::Budget",
        "AWS::IAM::Role",
    }
    assert local.keys() <= original.keys()
    assert all(change.__doc__ for change in TEMPLATE_CHANGES)


def test_original_template_stays_unchanged(template: dict[str, Any]) -> None:
    before = copy.deepcopy(template)
    adapt_to_emulator(template)

    assert template == before


def test_only_tls_denials_are_removed() -> None:
    tls = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    other = {"Effect": "Deny", "Condition": {"StringNotEquals": {"s3:prefix": "x"}}}
    resources = {
        "Both": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [tls, other]}}},
        "Tls": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [tls]}}},
    }

    local = adapt_to_emulator({"Resources": resources})["Resources"]

    assert list(local) == ["Both"]
    assert local["Both"]["Properties"]["PolicyDocument"]["Statement"] == [other]


def test_enabled_mappings_are_kept_disabled() -> None:
    resources = {
        "On": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}},
        "Off": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"Enabled": False}},
    }

    local = adapt_to_emulator({"Resources": resources})["Resources"]

    assert local == {"On": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"Enabled": False}}}


def test_capacity_providers_are_removed() -> None:
    function = {"CapacityProviderConfig": {"Arn": {"Ref": "Gpus"}}, "AcceleratorConfig": {}, "Timeout": 9}
    resources = {
        "Gpus": {"Type": "AWS::Lambda::CapacityProvider", "Properties": {}},
        "Corrector": {"Type": "AWS::Lambda::Function", "Properties": function},
    }

    local = adapt_to_emulator({"Resources": resources})["Resources"]

    assert local == {"Corrector": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 9}}}


def test_batch_actions_are_added() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "queue"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}

    local = adapt_to_emulator({"Resources": {"Role": role}})["Resources"]["Role"]

    (changed,) = local["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert changed["Action"] == ["sqs:SendMessage", "sqs:SendMessageBatch"]
    assert changed["Resource"] == "queue"
