"""Processes given-up documents again, as a new attempt, and sends events that were forgotten.

Works from records: MaintenanceFunction records on a document what became of its dead letters. A letter that names no
document is reported, and deleted on request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.replay import send_upload
from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import ObjectId
from scanproof.workers.maintenance import messages_in
from scanproof.workers.queues import Letter, Queue
from scanproof.workers.records import Record

Outcome = Literal["sent again", "event queued", "unreadable", "discarded"]
HIDDEN_SECONDS = 120  # visibility timeout of a letter; one that is not deleted comes back after that


@dataclass(frozen=True)
class Redriven:
    """Result for one document, or for a dead letter that names none: then ``object_id`` is None.

    Attributes:
        subject: reason of the given-up attempt, or name of the dead letter's queue.
    """

    subject: str
    outcome: Outcome
    object_id: ObjectId | None = None
    attempt: int | None = None


class Redrive:
    """Starts a new attempt on each given-up document.

    Args:
        dry_run: reports what would be done, sends, writes and deletes nothing.
        discard: deletes letters that name no document; by default they stay.
        day: only documents that were last changed on this day or in this month.
    """

    def __init__(
        self,
        client: StackClient,
        rate: RateLimiter,
        dry_run: bool = False,
        discard: bool = False,
        day: str | None = None,
    ) -> None:
        self._client = client
        self._rate = rate
        self._dry_run = dry_run
        self._discard = discard
        self._day = day

    def run(self) -> Iterator[Redriven]:
        """Goes through records, then through dead letters; yields each result."""
        for record in self._client.to_redrive(self._day):
            yield from self._redrive(record)
        for name, url in self._client.outputs.dead_letter_urls.items():
            queue = Queue(self._client.sqs, url)
            while letters := queue.receive(HIDDEN_SECONDS):
                for letter in letters:
                    yield from self._look_at(name, queue, letter)

    def _redrive(self, record: Record) -> Iterator[Redriven]:
        scan = record.object_id
        if record.event_pending:  # a new attempt sends it too, before it begins
            if not self._dry_run:
                self._client.records.mark_event_pending(record.document)
            yield Redriven(record.outcome, "event queued", scan, record.attempt)
        if record.reason and record.reason.retryable:
            if not self._dry_run:
                self._rate.wait()
                send_upload(self._client, scan, record.attempt + 1)
            yield Redriven(record.reason.code, "sent again", scan, record.attempt + 1)

    def _look_at(self, name: str, queue: Queue, letter: Letter) -> Iterator[Redriven]:
        if _names_document(letter, self._client.outputs.results_bucket):
            return  # MaintenanceFunction ends its document
        if self._discard and not self._dry_run:
            queue.delete(letter)
        yield Redriven(name, "discarded" if self._discard else "unreadable")


def _names_document(letter: Letter, results_bucket: str) -> bool:
    try:
        messages_in(letter, results_bucket)
    except ValueError:
        return False
    return True
