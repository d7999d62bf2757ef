"""Replays event files on a stack, whatever stack and account they were recorded on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote_plus

from pydantic import ValidationError

from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import ObjectId
from scanproof.errors import PermanentError
from scanproof.workers.records import Status
from scanproof.workers.s3_keys import file_name
from scanproof.workers.upload_events import uploads_in

SampleFinder = Callable[[str], Path | None]  # returns the sample to upload for a file name
OWN_KINDS = ("pages", "correct", "publish")


@dataclass(frozen=True)
class Replayed:
    """Result for one message of an event file; ``object_id`` is None where the message names no document."""

    outcome: Literal["sent", "already published", "no document"]
    key: str | None = None
    object_id: ObjectId | None = None
    uploaded: bool = False
    attempt: int = 1


def messages_in(event: object) -> Iterator[dict[str, Any]]:
    """Yields the messages of an event file: an S3 notification as it is, or the bodies of a function's SQS event.

    Raises:
        PermanentError: ``not_an_event``.
    """
    if not isinstance(event, dict):
        raise _not_an_event("it is not a JSON object")
    records = event.get("Records", [])
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise _not_an_event("'Records' is not a list of objects")
    if any(record.get("eventSource") == "aws:sqs" for record in records):
        try:
            bodies = [json.loads(record["body"]) for record in records]
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _not_an_event("a record's body is not JSON") from error
        if not all(isinstance(body, dict) for body in bodies):
            raise _not_an_event("a record's body is not a JSON object")
        yield from bodies
    else:
        yield event


class Replay:
    """Sends the messages of event files to a stack's queues."""

    def __init__(self, client: StackClient, find_sample: SampleFinder, again: bool = False) -> None:
        self._client = client
        self._find_sample = find_sample
        self._again = again

    def replay(self, event: object) -> Iterator[Replayed]:
        """Sends every message of ``event``; yields each result.

        Raises:
            PermanentError: ``not_an_event``, ``sample_missing``.
        """
        for message in messages_in(event):
            if message.get("Event") == "s3:TestEvent":
                self._client.send("upload", message)
                yield Replayed("no document")
            elif message.get("kind") in OWN_KINDS:
                yield self._claim_check(message)
            else:
                yield from self._notification(message)

    def _notification(self, message: Mapping[str, Any]) -> Iterator[Replayed]:
        try:
            uploads = uploads_in(dict(message))
        except ValueError as error:
            raise _not_an_event(str(error)) from error
        for upload in uploads:
            yield self._document(upload.key, "upload", s3_notification)

    def _claim_check(self, message: Mapping[str, Any]) -> Replayed:
        def for_this_stack(scan: ObjectId) -> dict[str, Any]:
            return {**message, "object_id": scan.model_dump(), "attempt": self._attempt(scan)}

        try:
            key = ObjectId.model_validate(message.get("object_id")).key
        except ValidationError as error:
            raise _not_an_event("a message's 'object_id' does not name an object") from error
        return self._document(key, str(message["kind"]), for_this_stack)

    def _document(self, key: str, kind: str, body: Callable[[ObjectId], dict[str, Any]]) -> Replayed:
        scan = self._client.current(key)
        uploaded = scan is None
        if scan is None:
            scan = self._upload_sample(key)
        record = self._client.records.get(scan)
        if record and record.status is Status.PUBLISHED and not self._again:
            return Replayed("already published", key, scan, attempt=record.attempt)
        attempt = self._attempt(scan)
        if self._again or record is None:
            # From the beginning: a page of an unknown document would be stored as stale.
            kind, message = "upload", s3_notification(scan)
        else:
            message = body(scan)
        self._client.send(kind, message, attempt)
        return Replayed("sent", key, scan, uploaded, attempt)

    def _attempt(self, scan: ObjectId) -> int:
        record = self._client.records.get(scan)
        if record is None:
            return 1
        return record.attempt + 1 if self._again else record.attempt

    def _upload_sample(self, key: str) -> ObjectId:
        sample = self._find_sample(file_name(key))
        if sample is None:
            raise PermanentError(
                "sample_missing",
                f"The scans bucket holds no {key!r}, and there is no sample {file_name(key)!r} to upload in its place.",
                "Upload the scan under that key first.",
            )
        return self._client.upload(sample, key, {})


def send_upload(client: StackClient, scan: ObjectId, attempt: int) -> None:
    """Processes a document from the beginning, as if the event of its upload came now."""
    client.send("upload", s3_notification(scan), attempt)


def s3_notification(scan: ObjectId) -> dict[str, Any]:
    """Returns S3's event for an upload, without a sequencer: a replay must not reorder a key's versions."""
    s3_object = {"key": quote_plus(scan.key, safe="/"), "versionId": scan.version_id}
    s3 = {"bucket": {"name": scan.bucket}, "object": s3_object}
    return {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]}


def _not_an_event(why: str) -> PermanentError:
    return PermanentError(
        "not_an_event",
        f"This is not an event of the pipeline: {why}.",
        "Pass an S3 event notification or a function's SQS event, like the files in events/.",
    )
