"""Reading IAM actions and resources off AWS calls."""

from __future__ import annotations

import json

import pytest

from devstack.calls import call_of


@pytest.mark.parametrize(
    ("target", "body", "action", "resource"),
    [
        ("DynamoDB_20120810.GetItem", {"TableName": "t"}, "dynamodb:GetItem", "table/t"),
        ("DynamoDB_20120810.Query", {"TableName": "t", "IndexName": "i"}, "dynamodb:Query", "table/t/index/i"),
        ("AmazonSQS.SendMessageBatch", {"QueueUrl": "http://x/0/q"}, "sqs:SendMessage", ":q"),
    ],
)
def test_call_names_action_and_resource(target: str, body: dict[str, str], action: str, resource: str) -> None:
    call = call_of("POST", "/", {"X-Amz-Target": target}, json.dumps(body).encode())
    assert call.action == action
    assert call.resource.endswith(resource)
