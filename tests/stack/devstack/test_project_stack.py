"""The project's own template, deployed: rights of its roles and delivery of its events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.stack import LocalStack

pytestmark = pytest.mark.stack

Call = Callable[[Callable[[str], Any], dict[str, str]], Any]

FOREIGN: dict[str, list[tuple[str, Call]]] = {
    "scanproof-ocr": [
        ("write a scan", lambda aws, out: aws("s3").put_object(Bucket=out["ScansBucketName"], Key="x", Body=b"")),
        ("delete a scan", lambda aws, out: aws("s3").delete_object(Bucket=out["ScansBucketName"], Key="x")),
        (
            "write a result",
            lambda aws, out: aws("s3").put_object(Bucket=out["ResultsBucketName"], Key="documents/x", Body=b""),
        ),
        ("search documents", lambda aws, out: aws("dynamodb").scan(TableName=out["DocumentsTableName"])),
        ("receive for others", lambda aws, out: aws("sqs").receive_message(QueueUrl=out["PublishQueueUrl"])),
        ("purge its queue", lambda aws, out: aws("sqs").purge_queue(QueueUrl=out["OcrQueueUrl"])),
    ],
    "scanproof-correct": [
        ("read a scan", lambda aws, out: aws("s3").get_object(Bucket=out["ScansBucketName"], Key="x")),
        (
            "write a result",
            lambda aws, out: aws("s3").put_object(Bucket=out["ResultsBucketName"], Key="documents/x", Body=b""),
        ),
        ("send upstream", lambda aws, out: aws("sqs").send_message(QueueUrl=out["OcrQueueUrl"], MessageBody="x")),
        (
            "announce",
            lambda aws, out: aws("events").put_events(Entries=[{"Source": "x", "DetailType": "x", "Detail": "{}"}]),
        ),
    ],
    "scanproof-publish": [
        ("read a scan", lambda aws, out: aws("s3").get_object(Bucket=out["ScansBucketName"], Key="x")),
        (
            "write a page",
            lambda aws, out: aws("s3").put_object(Bucket=out["ResultsBucketName"], Key="pages/x", Body=b""),
        ),
        ("send upstream", lambda aws, out: aws("sqs").send_message(QueueUrl=out["CorrectQueueUrl"], MessageBody="x")),
        (
            "delete a document",
            lambda aws, out: aws("dynamodb").delete_item(TableName=out["DocumentsTableName"], Key={"pk": {"S": "x"}}),
        ),
    ],
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.mark.parametrize(
    ("function", "call"),
    [pytest.param(name, call, id=f"{name} may not {what}") for name, calls in FOREIGN.items() for what, call in calls],
)
def test_role_is_denied_foreign_calls(stack: LocalStack, function: str, call: Call) -> None:
    with pytest.raises(ClientError) as denied:
        call(_clients(stack, function), dict(stack.outputs))

    assert denied.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")


@pytest.mark.parametrize("function", sorted(FOREIGN))
def test_roles_are_denied_operator_calls(stack: LocalStack, function: str) -> None:
    aws = _clients(stack, function)
    for forbidden in (aws("s3").list_buckets, aws("iam").list_roles, aws("cloudformation").list_stacks):
        with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
            forbidden()


def test_upload_events_have_version_and_sequencer(stack: LocalStack) -> None:
    aws, key = _clients(stack, None), "incoming/Grüße & co (1)+2:3.png"
    stack.pause("scanproof-ocr")
    bucket, queue = stack.outputs["ScansBucketName"], stack.outputs["OcrQueueUrl"]
    versions = [aws("s3").put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in (b"1", b"2")]

    events = [json.loads(body)["Records"][0] for body in _take(aws("sqs"), queue, 2)]
    events.sort(key=lambda event: event["s3"]["object"]["sequencer"])

    assert [event["s3"]["object"]["versionId"] for event in events] == versions
    assert events[0]["s3"]["object"]["key"] == "incoming/Gr%C3%BC%C3%9Fe+%26+co+%281%29%2B2%3A3.png"


def test_events_reach_matching_rule(stack: LocalStack) -> None:
    aws, name = _clients(stack, None), f"observer-{uuid.uuid4().hex[:8]}"
    queue = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    attributes = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    aws("events").put_rule(Name=name, EventPattern=json.dumps({"detail-type": ["Document Published"]}))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "observer", "Arn": attributes["QueueArn"]}])

    publisher = _clients(stack, "scanproof-publish")
    for kind in ("Document Failed", "Document Published"):
        publisher("events").put_events(Entries=[{"Source": "scanproof", "DetailType": kind, "Detail": '{"n": 1}'}])

    (event,) = _take(aws("sqs"), queue, 1)
    assert json.loads(event)["detail-type"] == "Document Published"
    assert json.loads(event)["detail"] == {"n": 1}


@cache
def _clients(stack: LocalStack, function: str | None) -> Callable[[str], Any]:
    """Clients by service with the rights of a function's role, or with the operator's."""
    session = stack.session_as(function) if function else stack.session()
    return cache(lambda name: session.client(name, endpoint_url=stack.endpoint_url))


def _take(sqs: Any, queue: str, count: int) -> list[str]:
    bodies: list[str] = []
    for _ in range(20):
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        if len(bodies) >= count:
            break
    assert len(bodies) == count
    return bodies
