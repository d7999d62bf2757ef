"""Step two: raw pages become proofread pages; one batch of messages is one batch through the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanproof.correction.model_pool import ModelPool
from scanproof.correction.page_state import left_raw
from scanproof.correction.pages import correct_pages
from scanproof.document import Page
from scanproof.workers.context import WorkerContext
from scanproof.workers.deliveries import Delivery
from scanproof.workers.messages import CorrectPage

TRIES = 3  # a page whose correction failed this often is published with its raw text


@dataclass(frozen=True)
class CorrectOutcome:
    """What one message led to, for logs and metrics; no recognised text in it."""

    outcome: str
    lines: int = 0
    edits: int = 0
    refusals: int = 0
    routing: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Metrics."""
        left_raw = int(self.outcome == "left_raw")
        counts = {
            "LinesCorrected": self.lines,
            "Edits": self.edits,
            "Refusals": self.refusals,
            "PagesLeftRaw": left_raw,
        }
        return {**counts, **self.routing}


class CorrectWorker:
    """Corrects pages: those that come for the first time together, those that come again one at a time.

    A page that makes the model fail, hang or crash takes its batch with it once; alone, it can then only harm itself.
    """

    def __init__(self, tools: WorkerContext, correctors: ModelPool) -> None:
        self._tools = tools
        self._correctors = correctors
        self._together: dict[CorrectPage, Page] = {}

    def prepare(self, deliveries: Sequence[Delivery]) -> None:
        """Corrects the new ones of a batch in one call of the corrector; ``run`` then finds its page ready."""
        self._together = {}
        fresh = [delivery.message for delivery in deliveries if not delivery.redelivered]
        if len(fresh) > 1:
            self._together = dict(zip(fresh, self._corrected(fresh), strict=True))

    def run(self, delivery: Delivery) -> CorrectOutcome:
        """Finishes one page of the batch; raises whatever went wrong, to be retried."""
        message = delivery.message
        record = self._tools.records.get(message.object_id)
        if record is None or record.attempt != message.attempt or record.finished:
            return CorrectOutcome("stale")
        page = self._together.pop(message, None) or self._alone(delivery)
        self._tools.objects.put_corrected_page(message.object_id, message.attempt, page)
        self._tools.page_done(message.object_id, message.attempt, message.page)
        return CorrectOutcome(
            "corrected" if page.corrector else "left_raw",
            lines=len(page.lines),
            edits=sum(len(line.edits) for line in page.lines),
            refusals=sum(len(line.refusals) for line in page.lines),
            routing=self._correctors.drain_counts(),
        )

    def _alone(self, delivery: Delivery) -> Page:
        message = delivery.message
        if delivery.redelivered:
            tries_before = self._tools.records.increment_retries(message.object_id, message.attempt, message.page)
            if tries_before >= TRIES:
                return left_raw(self._raw(message))
        return self._corrected([message])[0]

    def _corrected(self, messages: Sequence[CorrectPage]) -> list[Page]:
        asked = [self._tools.objects.scan_info(message.object_id, message.attempt).options for message in messages]
        return correct_pages([self._raw(message) for message in messages], self._correctors, asked)

    def _raw(self, message: CorrectPage) -> Page:
        return self._tools.objects.raw_page(message.object_id, message.attempt, message.page)
