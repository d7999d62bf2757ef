"""Finishes what the other functions could not: dead letters, documents without messages, events that were not sent.

At its end it brings the search index up to date; what fails there counts apart, and stops nothing else.

Runs on a schedule. Every step is a conditional write or may be repeated, so that two runs at once do no harm.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import Field, TypeAdapter, ValidationError

from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.raw_pages import left_raw
from scanproof.document import DocumentRef, Model, ObjectId
from scanproof.errors import GaveUpError
from scanproof.workers.context import WorkerContext
from scanproof.workers.corrections import refuse_corrections
from scanproof.workers.giving_up import never_read, not_applied, not_published, stalled
from scanproof.workers.handler import Metric
from scanproof.workers.messages import CorrectionsUpload, CorrectPage, PageRange, PublishDocument, Upload
from scanproof.workers.queues import Letter, Queue
from scanproof.workers.records import iso_time
from scanproof.workers.search.update import IndexWriter
from scanproof.workers.upload_events import corrections_in, ocr_messages

# A worker sends its event right after the write that makes it pending, within its time limit (at most 900 s).
EVENT_LATE_AFTER = timedelta(minutes=20)
# Longer than any invocation: who wrote the record has either sent the next message by then or was killed, and SQS's
# counts, which lag by about a minute, include every message that is left.
UNMOVED_AFTER = timedelta(hours=1)
# Whatever the queues hold: longer than they keep a message (MessageRetentionPeriod, 4 days).
LOST_AFTER = timedelta(days=5)
LETTER_HIDDEN_SECONDS = 60  # enough for ten letters; those that stay are soon there again for `scanproof redrive`

Message = Upload | PageRange | CorrectPage | PublishDocument | CorrectionsUpload
_CLAIM_CHECK: TypeAdapter[CorrectPage | PublishDocument] = TypeAdapter(
    Annotated[CorrectPage | PublishDocument, Field(discriminator="kind")]
)

_METRICS = {
    "given_up": "DocumentsGivenUp",
    "left_raw": "PagesLeftRaw",
    "events": "EventsSentLate",
    "unreadable": "UnreadableMessages",
    "index_errors": "SearchIndexErrors",
}

logger = logging.getLogger(__name__)


class Tick(Model):
    """An event of the schedule."""

    id: str

    @property
    def correlation_id(self) -> str:
        """The event's id; a run belongs to no document."""
        return self.id

    @property
    def idempotency_key(self) -> str:
        """Equal for duplicates of one event."""
        return f"maintenance\n{self.id}"


def parse_maintenance_record(record: SQSRecord) -> list[Tick]:
    """Parses one record of the maintenance queue.

    Raises:
        ValueError: the message is foreign.
    """
    return [Tick.model_validate_json(record.body)]


@dataclass(frozen=True)
class MaintenanceOutcome:
    """What a run did, for logs and metrics; numbers of documents, pages, events, messages and errors.

    A run with errors does not count as one, so that the alarm on missing runs is raised if all have some.
    """

    counts: Mapping[str, int]

    @property
    def metrics(self) -> list[Metric]:
        """Metrics of this run, without zeros: CloudWatch bills a metric for the hours in which it has values."""
        found = [Metric(name, self.counts[count]) for count, name in _METRICS.items() if self.counts.get(count)]
        return found if self.counts.get("errors") else [Metric("MaintenanceRuns", 1), *found]


class MaintenanceWorker:
    """Empties the dead-letter queues, ends documents without messages, sends pending events, keeps the search index."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._index = IndexWriter(context.records, context.search_store)
        self._deadline = NO_DEADLINE
        self._counts: Counter[str] = Counter()
        self._idle: bool | None = None

    def prepare(self, _records: Sequence[dict[str, Any]], deadline: Deadline) -> None:
        """Sets the deadline of the invocation that begins."""
        self._deadline = deadline

    def process(self, _tick: Tick, now: datetime | None = None) -> MaintenanceOutcome:
        """Does everything that there is to do; what fails, or remains at the deadline, is left to the next run."""
        now = now or datetime.now(UTC)
        records, self._counts, self._idle = self._context.records, Counter(), None
        for queue in self._context.dead_letters:
            with self._counting_errors():
                self._empty(queue)
        for scan in self._in_time(records.unmoved(iso_time(now - UNMOVED_AFTER))):
            with self._counting_errors():
                self._end(scan, now)
        for scan in self._in_time(records.events_pending(iso_time(now - EVENT_LATE_AFTER))):
            with self._counting_errors():
                self._announce(scan)
        with self._counting_errors("index_errors"):
            self._counts.update(self._index.run(now, self._deadline))
        return MaintenanceOutcome(dict(self._counts))

    def _empty(self, queue: Queue) -> None:
        """Processes every letter of a queue once; those that name no document stay for a person to look at."""
        seen: set[str] = set()
        while not self._deadline.is_over:
            letters = [letter for letter in queue.receive(LETTER_HIDDEN_SECONDS) if letter.message_id not in seen]
            if not letters:
                return
            for letter in letters:
                seen.add(letter.message_id)
                with self._counting_errors():
                    if self._open(letter):
                        queue.delete(letter)

    def _open(self, letter: Letter) -> bool:
        """Ends what the messages in a letter were about; returns False for a foreign one."""
        try:
            messages = messages_in(letter, self._context.stack.results_bucket)
        except ValueError:
            logger.warning("a dead letter names no document; `scanproof redrive` lists and discards such")
            self._counts["unreadable"] += 1
            return False
        for message in messages:
            self._give_up(message)
        return True

    def _give_up(self, message: Message) -> None:
        if isinstance(message, CorrectionsUpload):
            refuse_corrections(self._context, message, not_applied())
            return
        document = message.document
        if isinstance(message, Upload):
            self._context.start_attempt(document)  # its function may never have begun
            self._fail(document, never_read())
            return
        record = self._context.records.get(document.object_id)
        if record is None or record.attempt != document.attempt or record.finished:
            return
        if isinstance(message, PageRange):
            self._fail(document, never_read())
        elif isinstance(message, CorrectPage):
            self._finish_pages(document, [message.page])
        elif record.complete:
            self._fail(document, not_published())

    def _end(self, scan: ObjectId, now: datetime) -> None:
        """Ends a document that does not move, if no message of it can be left."""
        record = self._context.records.get(scan)
        if record is None or record.finished or record.updated_at >= iso_time(now - UNMOVED_AFTER):
            return
        lost = record.updated_at < iso_time(now - LOST_AFTER)
        if not (lost or self._queues_are_empty()):
            return
        if record.corrections:
            self._context.fail(record.document, not_applied())
        elif record.pages_total is None:
            self._fail(record.document, stalled())
        elif not record.complete:
            missing = sorted(set(range(1, record.pages_total + 1)) - record.pages_done)
            self._finish_pages(record.document, missing)
        elif lost:
            self._fail(record.document, not_published())
        else:
            self._context.publish_queue.send([PublishDocument(object_id=scan, attempt=record.attempt)])
            self._counts["resumed"] += 1

    def _finish_pages(self, document: DocumentRef, pages: Sequence[int]) -> None:
        """Publishes pages with their raw text; the document fails if one was not recognised."""
        objects = self._context.objects
        for page in pages:
            if not objects.has_page(document, page, corrected=True):
                if not objects.has_page(document, page, corrected=False):
                    self._fail(document, stalled())
                    return
                objects.put_corrected_page(document, left_raw(objects.raw_page(document, page)))
                self._counts["left_raw"] += 1
            self._context.complete_page(document, page)

    def _announce(self, scan: ObjectId) -> None:
        record = self._context.records.get(scan)
        if record and record.event_pending:
            self._context.announcer.announce(record)
            self._counts["events"] += 1

    def _fail(self, document: DocumentRef, error: GaveUpError) -> None:
        self._counts["given_up"] += self._context.fail(document, error)

    def _queues_are_empty(self) -> bool:
        """Whether no function has a message left; looked up once a run, and only where a document does not move."""
        if self._idle is None:
            context = self._context
            queues = [context.ocr_queue, context.correct_queue, context.publish_queue, context.fallback_queue]
            self._idle = all(queue.is_empty for queue in queues if queue)
        return self._idle

    def _in_time(self, scans: Iterable[ObjectId]) -> Iterator[ObjectId]:
        """Yields documents until the deadline; the rest is left to the next run."""
        for scan in scans:
            if self._deadline.is_over:
                return
            yield scan

    @contextmanager
    def _counting_errors(self, count: str = "errors") -> Iterator[None]:
        try:
            yield
        except Exception:  # whatever it is, one document must not keep the others from being ended
            logger.exception("a step of maintenance failed; the next run tries it again")
            self._counts[count] += 1


def messages_in(letter: Letter, results_bucket: str) -> Sequence[Message]:
    """Returns the messages in a dead letter of any queue; none for S3's test event.

    Args:
        results_bucket: whose notifications are about corrections; those of other buckets are about scans.

    Raises:
        ValueError: it is foreign.
    """
    try:
        return [_CLAIM_CHECK.validate_json(letter.body)]
    except ValidationError:
        with suppress(ValueError):
            found = corrections_in(letter.body)
            if any(upload.object_id.bucket == results_bucket for upload in found):
                return found
        return ocr_messages(letter.body, letter.attempt)
