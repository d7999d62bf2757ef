"""The two events that others can build on: "Document Published" and "Document Failed"."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from scanproof.errors import TransientError
from scanproof.workers import s3_keys
from scanproof.workers.records import Record, Records, Status

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "scanproof"
DETAIL_TYPES = {Status.PUBLISHED: "Document Published", Status.FAILED: "Document Failed"}


def event_id(record: Record) -> str:
    """Equal whenever the same outcome is announced again, so that consumers can drop duplicates."""
    name = f"{s3_keys.document_id(record.object_id)}/{record.attempt}/{record.status}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


class Announcer:
    """Sends a finished document's event until the record says that it went."""

    def __init__(self, events: EventBridgeClient, records: Records, results_bucket: str) -> None:
        self._events = events
        self._records = records
        self._results_bucket = results_bucket

    def announce(self, record: Record) -> None:
        """Sends the event of a finished document, unless it went already.

        Raises:
            TransientError: EventBridge did not take it.
        """
        if record.event_sent:
            return
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES[record.status],
            "Detail": json.dumps(self._detail(record)),
        }
        answer = self._events.put_events(Entries=[entry])  # type: ignore[list-item]
        if answer["FailedEntryCount"]:
            raise TransientError("EventBridge did not take the document's event")
        self._records.mark_event_sent(record.object_id, record.attempt)

    def _detail(self, record: Record) -> dict[str, object]:
        detail: dict[str, object] = {
            "event_id": event_id(record),
            "document_id": s3_keys.document_id(record.object_id),
            "scan": record.object_id.model_dump(),
            "attempt": record.attempt,
            "status": record.status,
        }
        if record.reason:
            return {**detail, "reason": record.reason.model_dump()}
        results = {"bucket": self._results_bucket, "prefix": record.results_prefix}
        return {**detail, "results": results, "pages": record.pages_total}
