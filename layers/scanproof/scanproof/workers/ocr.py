"""Step one: an upload becomes raw pages on the correct queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scanproof.correction.availability import check_corrector
from scanproof.correction.needs_correction import needs_correction
from scanproof.document import ObjectId, Page, Source
from scanproof.errors import PermanentError
from scanproof.ocr.engine import Engine, EngineRefusalError
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import Engines
from scanproof.opening.scan import OpenedScan, open_scan
from scanproof.options import ScanOptions, options_for
from scanproof.workers import s3_keys
from scanproof.workers.context import WorkerContext
from scanproof.workers.messages import CorrectPage, PageRange, Upload
from scanproof.workers.objects import ScanInfo


@dataclass(frozen=True)
class OcrOutcome:
    """What one message led to, for logs and metrics; no recognised text in it."""

    document_id: str
    outcome: str
    pages: int = 0
    reason: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Metrics."""
        return {"PagesRecognised": self.pages, "DocumentsFailed": int(self.outcome == "failed")}


@dataclass(frozen=True)
class Handover:
    """Another function has the engine for these pages; ``because`` says why this one's did not read them."""

    because: str | None


class OcrWorker:
    """Opens scans and recognises their pages."""

    def __init__(self, tools: WorkerContext, engines: Engines) -> None:
        self._tools = tools
        self._engines = engines

    def run(self, task: Upload | PageRange) -> OcrOutcome:
        """Works on one message. Permanent failures are recorded on the document; all else is raised, to be retried."""
        return self._upload(task) if isinstance(task, Upload) else self._range(task)

    def _upload(self, upload: Upload) -> OcrOutcome:
        # Gone before it was looked at: still a document with a recorded end, under the version that the event named.
        of = upload.object_id
        try:
            head = self._tools.objects.head(upload.bucket, upload.key, upload.version_id)
        except PermanentError as error:
            self._tools.records.begin(of, upload.attempt)
            return self._failed(of, upload.attempt, error)
        of = head.object_id
        self._tools.records.set_current_version(of, upload.sequencer, head.last_modified)
        record = self._tools.records.begin(of, upload.attempt)
        if record.attempt > upload.attempt:
            return self._outcome(of, "stale")
        if record.finished:
            self._tools.announcer.announce(record)
            return self._outcome(of, "duplicate")
        try:
            options = options_for(upload.key, head.metadata, self._tools.settings.prefix_rules)
            check_corrector(options)
            return self._start(of, upload.attempt, options)
        except PermanentError as error:
            return self._failed(of, upload.attempt, error)

    def _start(self, of: ObjectId, attempt: int, options: ScanOptions) -> OcrOutcome:
        started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        engine = self._engine(options)
        with self._tools.objects.downloaded(of) as path, open_scan(path, s3_keys.file_name(of.key)) as scan:
            source = Source(name=s3_keys.file_name(of.key), media_type=scan.media_type, size_bytes=path.stat().st_size)
            info = ScanInfo(source=source, options=options, warnings=tuple(scan.warnings), started_at=started_at)
            self._tools.objects.put_scan_info(of, attempt, info)
            self._tools.records.set_pages_total(of, attempt, scan.page_count)
            ranges = page_ranges(scan.page_count, self._tools.settings.pages_per_invocation)
            if isinstance(engine, Handover):
                return self._forward(of, attempt, ranges, engine)
            if len(ranges) > 1:
                # All ranges at once: a message that requeues "the rest" would be cut off by Lambda as a loop.
                self._tools.ocr_queue.send(
                    [PageRange(object_id=of, attempt=attempt, first_page=r[0], last_page=r[-1]) for r in ranges]
                )
                return self._outcome(of, "fanned_out")
            return self._recognise(of, attempt, scan, ranges[0], options, engine)

    def _range(self, task: PageRange) -> OcrOutcome:
        of, attempt = task.object_id, task.attempt
        numbers = range(task.first_page, task.last_page + 1)
        record = self._tools.records.get(of)
        if record is None or record.attempt != attempt or record.finished:
            return self._outcome(of, "stale")
        try:
            head = self._tools.objects.head(of.bucket, of.key, of.version_id)
            options = _as_handed_on(options_for(of.key, head.metadata, self._tools.settings.prefix_rules), task)
            engine = self._engine(options, task.fallback_reason)
            if isinstance(engine, Handover):
                return self._forward(of, attempt, [numbers], engine)
            with self._tools.objects.downloaded(of) as path, open_scan(path, s3_keys.file_name(of.key)) as scan:
                return self._recognise(of, attempt, scan, numbers, options, engine, task.fallback_reason)
        except PermanentError as error:
            return self._failed(of, attempt, error)

    def _recognise(
        self,
        of: ObjectId,
        attempt: int,
        scan: OpenedScan,
        numbers: range,
        options: ScanOptions,
        engine: Engine,
        note: str | None = None,
    ) -> OcrOutcome:
        """Recognises pages; from the first one that the engine refuses, they are handed on where that is allowed."""
        try:
            for number in numbers:
                opened = scan.page(number)
                page = recognise_page(opened, number, engine, options.language, options.handwritten, options.layout)
                self._recognised(of, attempt, _with_note(page, note), options)
        except EngineRefusalError as refusal:
            return self._forward(of, attempt, [range(number, numbers.stop)], self._handover(options, refusal))
        finally:
            engine.free()
        return self._outcome(of, "recognised", pages=len(numbers))

    def _recognised(self, of: ObjectId, attempt: int, page: Page, options: ScanOptions) -> None:
        if needs_correction(page, options):
            self._tools.objects.put_raw_page(of, attempt, page)
            self._tools.correct_queue.send([CorrectPage(object_id=of, attempt=attempt, page=page.number)])
        else:
            self._tools.objects.put_corrected_page(of, attempt, page)
            self._tools.page_done(of, attempt, page.number)

    def _engine(self, options: ScanOptions, note: str | None = None) -> Engine | Handover:
        if self._tools.other_engine_queue and not self._engines.has(options):
            return Handover(note)
        try:
            return self._engines.get(options)
        except EngineRefusalError as refusal:
            return self._handover(options, refusal)

    def _handover(self, options: ScanOptions, refusal: EngineRefusalError) -> Handover:
        """RapidOCR's function, where the upload leaves the choice; one that names its engine fails instead."""
        if options.engine != "auto" or self._tools.other_engine_queue is None:
            raise refusal
        return Handover(f"{refusal.message} RapidOCR read it instead.")

    def _forward(self, of: ObjectId, attempt: int, ranges: Sequence[range], to: Handover) -> OcrOutcome:
        assert self._tools.other_engine_queue is not None  # noqa: S101 - else there is no Elsewhere
        self._tools.other_engine_queue.send(
            [
                PageRange(
                    object_id=of,
                    attempt=attempt,
                    first_page=pages[0],
                    last_page=pages[-1],
                    engine="rapidocr",
                    fallback_reason=to.because,
                )
                for pages in ranges
            ]
        )
        return self._outcome(of, "handed_on")

    def _failed(self, of: ObjectId, attempt: int, error: PermanentError) -> OcrOutcome:
        self._tools.fail(of, attempt, error)
        return self._outcome(of, "failed", reason=error.code)

    def _outcome(self, of: ObjectId, outcome: str, pages: int = 0, reason: str | None = None) -> OcrOutcome:
        return OcrOutcome(s3_keys.document_id(of), outcome, pages, reason)


def page_ranges(total: int, size: int) -> list[range]:
    """Page numbers 1 to ``total`` in stretches of at most ``size``."""
    return [range(first, min(first + size, total + 1)) for first in range(1, total + 1, size)]


def _as_handed_on(options: ScanOptions, task: PageRange) -> ScanOptions:
    """What is asked of the engine that pages were handed to: what the other one could not do is not asked again."""
    if task.engine is None:
        return options
    instead: dict[str, object] = {"handwritten": False} if task.fallback_reason else {}
    return options.model_copy(update={"engine": task.engine, **instead})


def _with_note(page: Page, note: str | None) -> Page:
    """``page`` with the reason why another engine read it; a text layer needed no engine."""
    if note is None or page.engine is None:
        return page
    return page.model_copy(update={"warnings": (*page.warnings, note)})
