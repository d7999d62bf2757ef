"""Each function's role is denied what the function does not need: real denials, from the emulator's IAM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.stack.conftest import Pipeline

OCR, CORRECT, PUBLISH, MAINTENANCE = (f"scanproof-{name}" for name in ("ocr", "correct", "publish", "maintenance"))
Call = Callable[[Any, dict[str, str]], object]


def scans_get(client: Any, names: dict[str, str]) -> object:
    return client("s3").get_object(Bucket=names["scans"], Key="incoming/any.png")


def scans_put(client: Any, names: dict[str, str]) -> object:
    return client("s3").put_object(Bucket=names["scans"], Key="incoming/any.png", Body=b"x")


def results_put(client: Any, names: dict[str, str]) -> object:
    return client("s3").put_object(Bucket=names["results"], Key="documents/x", Body=b"x")


def results_delete(client: Any, names: dict[str, str]) -> object:
    return client("s3").delete_object(Bucket=names["results"], Key="documents/x")


def work_put(client: Any, names: dict[str, str]) -> object:
    return client("s3").put_object(Bucket=names["results"], Key="pages/x", Body=b"x")


def work_get(client: Any, names: dict[str, str]) -> object:
    return client("s3").get_object(Bucket=names["results"], Key="pages/x")


def record_put(client: Any, names: dict[str, str]) -> object:
    return client("dynamodb").put_item(TableName=names["table"], Item={"pk": {"S": "x"}})


def record_delete(client: Any, names: dict[str, str]) -> object:
    return client("dynamodb").delete_item(TableName=names["table"], Key={"pk": {"S": "x"}})


def table_scan(client: Any, names: dict[str, str]) -> object:
    return client("dynamodb").scan(TableName=names["table"])


def ocr_send(client: Any, names: dict[str, str]) -> object:
    return client("sqs").send_message(QueueUrl=names["ocr"], MessageBody='{"Event": "s3:TestEvent"}')


def correct_send(client: Any, names: dict[str, str]) -> object:
    return client("sqs").send_message(QueueUrl=names["correct"], MessageBody="{}")


def publish_receive(client: Any, names: dict[str, str]) -> object:
    return client("sqs").receive_message(QueueUrl=names["publish"])


def announce(client: Any, names: dict[str, str]) -> object:
    entry = {"Source": "test", "DetailType": "test", "Detail": "{}"}
    return client("events").put_events(Entries=[entry])


DENIED: list[tuple[str, Call]] = [
    (OCR, scans_put),
    (OCR, results_put),
    (OCR, work_get),
    (OCR, record_delete),
    (OCR, table_scan),
    (OCR, publish_receive),
    (CORRECT, scans_get),
    (CORRECT, results_put),
    (CORRECT, record_put),
    (CORRECT, ocr_send),
    (CORRECT, correct_send),
    (CORRECT, announce),
    (CORRECT, publish_receive),
    (PUBLISH, scans_get),
    (PUBLISH, work_put),
    (PUBLISH, results_delete),
    (PUBLISH, record_put),
    (PUBLISH, ocr_send),
    (MAINTENANCE, scans_get),
    (MAINTENANCE, results_put),
    (MAINTENANCE, record_delete),
    (MAINTENANCE, table_scan),
    (MAINTENANCE, ocr_send),
    (MAINTENANCE, publish_receive),
]
ALLOWED: list[tuple[str, Call]] = [
    (OCR, work_put),
    (OCR, ocr_send),
    (OCR, announce),
    (CORRECT, work_get),
    (PUBLISH, results_put),
    (PUBLISH, announce),
]


def attempt(pipeline: Pipeline, function: str, call: Call) -> str | None:
    """The error code that the call meets, ``None`` if it is let through."""
    session = pipeline.stack.session_as(function)
    outputs = pipeline.stack_client.outputs
    names = {"scans": outputs.scans_bucket, "results": outputs.results_bucket, "table": outputs.documents_table}
    names |= {"ocr": outputs.queue_urls["upload"]} | {k: outputs.queue_urls[k] for k in ("correct", "publish")}
    pipeline.stack_client.s3.put_object(Bucket=names["results"], Key="pages/x", Body=b"")  # to be read
    try:
        call(lambda service: pipeline.client(service, session), names)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


@pytest.mark.parametrize(("function", "call"), ALLOWED, ids=[f"{f}-{c.__name__}" for f, c in ALLOWED])
def test_role_allows_its_calls(pipeline: Pipeline, function: str, call: Call) -> None:
    assert attempt(pipeline, function, call) is None


@pytest.mark.parametrize(("function", "call"), DENIED, ids=[f"{f}-{c.__name__}" for f, c in DENIED])
def test_role_denies_other_calls(pipeline: Pipeline, function: str, call: Call) -> None:
    code = attempt(pipeline, function, call)
    assert code is not None
    assert "AccessDenied" in code or code == "403"
