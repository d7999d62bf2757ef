"""Parsing of the ocr queue's messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from scanproof.workers.messages import PageRange, Upload
from scanproof.workers.upload_events import parse_ocr_record, uploads_in

EVENTS = Path(__file__).parents[3] / "events"


def record(body: object, attempt: str | None = None, times: int = 1) -> SQSRecord:
    attributes = {"scanproof-attempt": {"stringValue": attempt, "dataType": "Number"}} if attempt else {}
    system = {"ApproximateReceiveCount": str(times)}
    return SQSRecord({"body": json.dumps(body), "messageAttributes": attributes, "attributes": system})


def messages_of(received: SQSRecord) -> list[Upload | PageRange]:
    return [delivery.message for delivery in parse_ocr_record(received)]


@pytest.mark.parametrize(("times", "redelivered"), [(1, False), (2, True)])
def test_redelivery_is_recognised(times: int, redelivered: bool) -> None:
    [delivery] = parse_ocr_record(record(load("s3-put.json"), times=times))
    assert delivery.redelivered is redelivered


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def test_key_is_url_decoded() -> None:
    [upload] = uploads_in(load("s3-put-hard-key.json"))
    assert upload.key == "incoming/März 2026 (neu)/a+b = 100% & c@d, e;f/請求書 '1'!/noisy-invoice.png"
    assert upload.version_id and upload.sequencer


def test_notification_with_several_uploads() -> None:
    uploads = uploads_in(load("s3-put-two-scans.json"))
    assert [upload.key for upload in uploads] == ["incoming/clean-letter.png", "invoices/french-invoice.png"]


def test_s3_test_event_is_ignored() -> None:
    assert parse_ocr_record(record(load("s3-test-event.json"))) == []


def test_delete_events_are_ignored() -> None:
    event = load("s3-put.json")
    event["Records"][0]["eventName"] = "ObjectRemoved:Delete"
    assert parse_ocr_record(record(event)) == []


def test_replayed_event_carries_its_attempt() -> None:
    [upload] = messages_of(record(load("s3-put.json"), attempt="3"))
    assert isinstance(upload, Upload)
    assert upload.attempt == 3


def test_duplicates_share_an_idempotency_key() -> None:
    keys = {
        task.idempotency_key
        for body in load("ocr-queue-duplicates.json")["Records"]
        for task in parse_ocr_record(SQSRecord(body))
    }
    [again] = parse_ocr_record(record(json.loads(load("ocr-queue-upload.json")["Records"][0]["body"]), attempt="2"))
    assert len(keys) == 1
    assert again.idempotency_key not in keys


def test_page_range_is_parsed() -> None:
    [task] = messages_of(SQSRecord(load("ocr-queue-pages.json")["Records"][0]))
    assert isinstance(task, PageRange)
    assert (task.first_page, task.last_page) == (1, 3)


@pytest.mark.parametrize(
    "body", ['"text"', "not json", "{}", '{"Records": 3}', '{"Records": [{"eventName": "ObjectCreated:Put"}]}']
)
def test_foreign_message_raises_value_error(body: str) -> None:
    with pytest.raises(ValueError, match=r"ocr queue|not an S3"):
        parse_ocr_record(SQSRecord({"body": body, "messageAttributes": {}}))


def test_event_bus_key_is_not_encoded() -> None:
    [delivery] = parse_ocr_record(record(load("s3-event-bus.json")))
    upload = delivery.message
    assert isinstance(upload, Upload)
    assert upload.key == "incoming/100 % certain+signed/clean-letter.png"
    assert upload.version_id == "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH"
    assert upload.sequencer
    deleted = {**load("s3-event-bus.json"), "detail-type": "Object Deleted"}
    assert parse_ocr_record(record(deleted)) == []
    with pytest.raises(ValueError, match="EventBridge"):
        parse_ocr_record(record({"source": "aws.s3", "detail-type": "Object Created", "detail": {}}))
