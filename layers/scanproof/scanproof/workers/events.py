"""Sends the events "Document Published", "Document Failed" and "Corrections Refused" to EventBridge.

The record is the outbox: the write that ends an attempt also says that its event is pending. Whoever finds it pending
sends it and then says so on the record; an event may be sent twice, with the same id, but none is forgotten.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from scanproof.document import ObjectId
from scanproof.errors import TransientError
from scanproof.workers.records import Reason, Record, Records, Status

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "scanproof"
DETAIL_TYPES = {Status.PUBLISHED: "Document Published", Status.FAILED: "Document Failed"}
CORRECTIONS_REFUSED = "Corrections Refused"


def event_id(record: Record) -> str:
    """Returns an id that is equal for repetitions of an event, so that consumers can drop duplicates."""
    name = f"{record.object_id.document_id}/{record.attempt}/{record.outcome}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


class Announcer:
    """Sends the event of a finished attempt until the record says that it was sent."""

    def __init__(self, events: EventBridgeClient, records: Records, results_bucket: str) -> None:
        self._events = events
        self._records = records
        self._results_bucket = results_bucket

    def announce(self, record: Record) -> None:
        """Sends the pending event of a record; does nothing where none is pending.

        Raises:
            TransientError: EventBridge did not accept it.
        """
        if not record.event_pending:
            return
        self._put(DETAIL_TYPES[record.outcome], self._detail(record))
        self._records.mark_event_sent(record.document)

    def announce_refusal(self, corrections: ObjectId, reason: Reason) -> None:
        """Sends the event that uploaded corrections changed nothing.

        Raises:
            TransientError: EventBridge did not accept it.
        """
        detail: dict[str, object] = {
            "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{corrections.document_id}/refused")),
            "corrections": corrections.model_dump(),
            "reason": reason.model_dump(),
        }
        self._put(CORRECTIONS_REFUSED, detail)

    def _put(self, detail_type: str, detail: dict[str, object]) -> None:
        entry = {"Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}
        answer = self._events.put_events(Entries=[entry])  # type: ignore[list-item]
        if answer["FailedEntryCount"]:
            raise TransientError("EventBridge did not accept the event")

    def _detail(self, record: Record) -> dict[str, object]:
        detail: dict[str, object] = {
            "event_id": event_id(record),
            "document_id": record.object_id.document_id,
            "scan": record.object_id.model_dump(),
            "attempt": record.attempt,
            "status": record.outcome,
        }
        if record.reason:
            stands = {"published_attempt": record.published_attempt} if record.has_result else {}
            return {**detail, "reason": record.reason.model_dump(), **stands}
        results = {"bucket": self._results_bucket, "prefix": record.results_prefix}
        reasons = [reason.model_dump(mode="json", exclude_none=True) for reason in record.review_reasons]
        return {
            **detail,
            "results": results,
            "pages": record.pages_total,
            "needs_review": record.needs_review,
            "review_reasons": reasons,
        }
