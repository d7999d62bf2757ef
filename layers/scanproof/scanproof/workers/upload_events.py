"""Parses what arrives on the ocr queue: events of uploads, original or replayed, and page ranges.

Uploads to the scans bucket come as S3 event notifications, to an existing bucket as EventBridge's "Object Created".
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from scanproof.workers.messages import (
    ATTEMPT_ATTRIBUTE,
    CorrectionsUpload,
    Delivery,
    PageRange,
    Upload,
    was_redelivered,
)
from scanproof.workers.s3_keys import CORRECTIONS_PREFIX


def parse_ocr_record(record: SQSRecord) -> list[Delivery[Upload | PageRange]]:
    """Returns a record's messages; none for S3's test event and for events that are not uploads.

    Raises:
        ValueError: the message is foreign; the queue moves it to the dead-letter queue.
    """
    attribute = record.message_attributes[ATTEMPT_ATTRIBUTE]
    attempt = int(attribute.string_value or "1") if attribute else 1
    return [Delivery(message, was_redelivered(record)) for message in ocr_messages(record.body, attempt)]


def ocr_messages(text: str, attempt: int = 1) -> list[Upload | PageRange]:
    """Returns the messages in a body of the ocr queue.

    Args:
        text: the body.
        attempt: of uploads in it.

    Raises:
        ValueError: as `parse_ocr_record`.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:  # recursion: nested more deeply than the parser goes
        raise ValueError("ocr queue: a message is not JSON") from error
    if not isinstance(body, dict):
        raise ValueError("ocr queue: a message is not a JSON object")
    if body.get("Event") == "s3:TestEvent":
        return []
    if body.get("kind") == "pages":
        return [PageRange.model_validate(body)]
    return list(uploads_in(body, attempt))


def uploads_in(event: dict[str, Any], attempt: int = 1) -> list[Upload]:
    """Returns the uploads in an S3 event, a notification or an event of EventBridge.

    Raises:
        ValueError: it is neither.
    """
    if event.get("source") == "aws.s3":
        return _from_event_bus(event, attempt)
    records = event.get("Records")
    if not isinstance(records, list):
        raise ValueError("not an S3 event notification: it has no list 'Records'")
    try:
        return [_upload(record["s3"], attempt) for record in records if "ObjectCreated" in record.get("eventName", "")]
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise ValueError(f"not an S3 event notification: {error!r}") from error


def corrections_in(text: str) -> list[CorrectionsUpload]:
    """Returns the uploads of corrections in an event notification of the results bucket; none for S3's test event.

    A folder that the console creates is an empty object whose key ends in a slash; it is none.

    Raises:
        ValueError: it is no such notification.
    """
    try:
        body = json.loads(text)
        if body.get("Event") == "s3:TestEvent":
            return []
        return [
            CorrectionsUpload(
                object_id=upload.object_id,
                uploaded_at=record["eventTime"],
                principal=(record.get("userIdentity") or {}).get("principalId"),
            )
            for record in body["Records"]
            if "ObjectCreated" in record.get("eventName", "")
            and (upload := _upload(record["s3"], 1)).key.startswith(CORRECTIONS_PREFIX)
            and not upload.key.endswith("/")
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an event notification of the results bucket: {type(error).__name__}") from error


def _upload(s3: dict[str, Any], attempt: int) -> Upload:
    return Upload(
        bucket=s3["bucket"]["name"],
        key=unquote_plus(s3["object"]["key"]),
        version_id=s3["object"].get("versionId"),
        sequencer=s3["object"].get("sequencer"),
        attempt=attempt,
    )


def _from_event_bus(event: dict[str, Any], attempt: int) -> list[Upload]:
    """Differs from a notification in names, and in the key, which is not URL-encoded."""
    if event.get("detail-type") != "Object Created":
        return []
    try:
        s3_object = event["detail"]["object"]
        return [
            Upload(
                bucket=event["detail"]["bucket"]["name"],
                key=s3_object["key"],
                version_id=s3_object.get("version-id"),
                sequencer=s3_object.get("sequencer"),
                attempt=attempt,
            )
        ]
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise ValueError(f"not an S3 event of EventBridge: {error!r}") from error
