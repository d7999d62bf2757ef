"""Corrects raw pages; one batch of messages is one batch through the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages_until
from scanproof.correction.raw_pages import left_raw
from scanproof.document import Page
from scanproof.errors import OutOfTimeError
from scanproof.lattice.file_format import LatticeError
from scanproof.lattice.model import PageLattice
from scanproof.workers.context import WorkerContext
from scanproof.workers.handler import Metric
from scanproof.workers.messages import CorrectPage, Delivery, was_redelivered

MAX_RETRIES = 3  # a page whose correction failed at this many retries is published with its raw text


def parse_correct_record(record: SQSRecord) -> list[Delivery[CorrectPage]]:
    """Parses one record of the correct queue.

    Raises:
        ValueError: the message is foreign; the queue moves it to the dead-letter queue.
    """
    return [Delivery(CorrectPage.model_validate_json(record.body), was_redelivered(record))]


@dataclass(frozen=True)
class CorrectOutcome:
    """Result of one message, for logs and metrics; it contains no recognised text."""

    outcome: str
    lines: int = 0
    edits: int = 0
    refusals: int = 0
    routing: Mapping[str, int] = field(default_factory=dict)

    @property
    def metrics(self) -> list[Metric]:
        """Metrics of this message."""
        counts = {
            "LinesCorrected": self.lines,
            "Edits": self.edits,
            "Refusals": self.refusals,
            "PagesLeftRaw": int(self.outcome == "left_raw"),
            **self.routing,
        }
        return [Metric(name, count) for name, count in counts.items()]


class CorrectWorker:
    """Corrects pages: new ones of a batch together, redelivered ones one at a time.

    A page that makes the model fail, hang or crash takes its batch with it once; alone, it can only harm itself.
    Pages for which the invocation's time does not suffice go back to the queue, uncounted. One that is begun with most
    of the time left is finished, if need be without the language model.
    """

    def __init__(self, context: WorkerContext, models: ModelPool) -> None:
        self._context = context
        self._models = models
        self._batch: dict[CorrectPage, Page | None] = {}
        self._deadline = NO_DEADLINE

    def prepare(self, records: Sequence[dict[str, Any]], deadline: Deadline = NO_DEADLINE) -> None:
        """Corrects the new pages of a batch in one call of the corrector, for ``process`` to pick up.

        Args:
            records: of the invocation.
            deadline: of the invocation; pages that are not done by then are left out.
        """
        self._batch, self._deadline = {}, deadline
        new = [delivery.message for delivery in _deliveries(records) if not delivery.redelivered]
        if len(new) > 1:
            self._batch = dict(zip(new, self._corrected(new), strict=True))

    def process(self, delivery: Delivery[CorrectPage]) -> CorrectOutcome:
        """Finishes one page of the batch.

        Raises:
            OutOfTimeError: there was no time for it; nothing was written.
            Exception: whatever went wrong, to be retried.
        """
        message = delivery.message
        if not self._context.records.is_unfinished(message.document):
            return CorrectOutcome("stale")
        page = self._batch.pop(message) if message in self._batch else self._alone(delivery)
        if page is None:
            raise OutOfTimeError(f"page {message.page} was not corrected within the time of the invocation")
        self._context.objects.put_corrected_page(message.document, page)
        self._context.complete_page(message.document, message.page)
        return CorrectOutcome(
            "corrected" if page.corrector else "left_raw",
            lines=len(page.lines),
            edits=sum(len(line.edits) for line in page.lines),
            refusals=sum(len(line.refusals) for line in page.lines),
            routing=self._models.drain_counts(),
        )

    def _alone(self, delivery: Delivery[CorrectPage]) -> Page | None:
        message = delivery.message
        if self._deadline.is_near:
            return None
        if delivery.redelivered:
            retries = self._context.records.increment_retries(message.document, message.page)
            if retries.number >= MAX_RETRIES:
                return left_raw(self._raw(message))
        return self._corrected([message])[0]

    def _corrected(self, messages: Sequence[CorrectPage]) -> list[Page | None]:
        infos = [self._context.objects.scan_info(message.document) for message in messages]
        pages, lattices = zip(*map(self._raw_with_lattice, messages), strict=True)
        options, lists = [info.options for info in infos], [info.lists for info in infos]
        return correct_pages_until(self._deadline, pages, self._models, options, lattices, lists)

    def _raw_with_lattice(self, message: CorrectPage) -> tuple[Page, PageLattice | None]:
        """Returns a raw page and its lattice. A lattice that cannot be used gives a warning, not a failure."""
        page = self._raw(message)
        if not message.has_lattice:
            return page, None
        try:
            return page, self._context.objects.lattice(message.document, page)
        except LatticeError as error:
            warning = f"{error.message} The page was corrected without it."
            return page.model_copy(update={"warnings": (*page.warnings, warning)}), None

    def _raw(self, message: CorrectPage) -> Page:
        return self._context.objects.raw_page(message.document, message.page)


def _deliveries(records: Sequence[dict[str, Any]]) -> list[Delivery[CorrectPage]]:
    """Returns the deliveries of a batch; foreign messages are left out, they fail when they are processed."""
    found = []
    for record in records:
        try:
            found += parse_correct_record(SQSRecord(record))
        except ValidationError:
            continue
    return found
