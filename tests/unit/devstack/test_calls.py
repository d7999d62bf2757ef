"""Reading IAM actions and resources off AWS calls."""

from __future__ import annotations

import json

import pytest

from devstack.calls import call_of


@pytest.mark.parametrize(
    ("method", "path", "action", "resource"),
    [
        ("GET", "/b?list-type=2&prefix=documents%2F", "s3:ListBucket", "b"),
        ("GET", "/b?versions&encoding-type=url", "s3:ListBucketVersions", "b"),
        ("HEAD", "/b/a%20key?versionId=1", "s3:GetObjectVersion", "b/a key"),
        ("PUT", "/b/key", "s3:PutObject", "b/key"),
    ],
)
def test_s3_call_names_action(method: str, path: str, action: str, resource: str) -> None:
    call = call_of(method, path, {}, b"")
    assert (call.action, call.resource) == (action, f"arn:aws:s3:::{resource}")


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
