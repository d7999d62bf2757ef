"""Opens uploaded scans and recognises their pages, which become raw pages on the correct queue."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Timer
from typing import Any

from PIL import Image

from scanproof.correction.availability import check_corrector, flag_uncorrectable, needs_correction
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.user_lists import UserLists
from scanproof.document import DocumentRef, Page, Source
from scanproof.errors import GaveUpError, PermanentError
from scanproof.lattice.model import PageLattice
from scanproof.ocr.engine import Engine, EngineRefusalError
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import Engines
from scanproof.opening.scan import OpenedScan, open_scan
from scanproof.opening.unreadable import unreadable_page
from scanproof.options import NO_LIST, Output, ScanOptions, options_for
from scanproof.output.preview import preview
from scanproof.workers import s3_keys
from scanproof.workers.context import WorkerContext
from scanproof.workers.giving_up import OUT_OF_MEMORY, OUT_OF_TIME, given_up
from scanproof.workers.handler import Metric
from scanproof.workers.messages import CorrectPage, Delivery, PageRange, Upload
from scanproof.workers.objects import ScanInfo

MAX_RETRIES = 3  # the document of a message that failed at this many retries has failed


@dataclass(frozen=True)
class OcrOutcome:
    """Result of one message, for logs and metrics; it contains no recognised text."""

    document_id: str
    outcome: str
    pages: int = 0
    reason: str | None = None
    given_up: bool = False

    @property
    def metrics(self) -> list[Metric]:
        """Metrics of this message."""
        return [
            Metric("PagesRecognised", self.pages),
            Metric("DocumentsFailed", int(self.outcome == "failed")),
            Metric("DocumentsGivenUp", int(self.given_up)),
        ]


@dataclass(frozen=True)
class Handover:
    """Another function has the engine for these pages; ``reason`` says why this function's engine did not read them."""

    reason: str | None


class OcrWorker:
    """Opens scans and recognises their pages.

    A message that fails, or whose invocation is killed, is tried again; at its third retry the document fails instead.
    """

    def __init__(self, context: WorkerContext, engines: Engines) -> None:
        self._context = context
        self._engines = engines
        self._deadline = NO_DEADLINE

    def prepare(self, _records: Sequence[dict[str, Any]], deadline: Deadline) -> None:
        """Sets the deadline of the invocation that begins."""
        self._deadline = deadline

    def process(self, delivery: Delivery[Upload | PageRange]) -> OcrOutcome:
        """Works on one message. Permanent failures are recorded on the document; all else is raised, to be retried."""
        message = delivery.message
        if isinstance(message, Upload):
            return self._upload(message, delivery.redelivered)
        return self._page_range(message, delivery.redelivered)

    def _upload(self, upload: Upload, redelivered: bool) -> OcrOutcome:
        try:
            head = self._context.objects.head(upload.bucket, upload.key, upload.version_id)
        except PermanentError as error:
            return self._refused(upload, error)
        document = DocumentRef(object_id=head.object_id, attempt=upload.attempt)
        self._context.records.set_current_version(head.object_id, upload.sequencer, head.last_modified)
        record = self._context.start_attempt(document)
        if record.attempt > upload.attempt:
            return _outcome(document, "stale")
        if record.finished:
            self._context.announcer.announce(record)
            return _outcome(document, "duplicate")

        def work() -> OcrOutcome:
            options = options_for(upload.key, head.metadata, self._context.stack.prefix_rules)
            check_corrector(options, self._context.settings)
            return self._start(document, options)

        return self._try(document, upload.unit, redelivered, work)

    def _refused(self, upload: Upload, error: PermanentError) -> OcrOutcome:
        """Records the end of a scan that cannot be read, under the version id that its event names.

        It becomes the key's current version only where there is no other, so that `scanproof show` finds it.
        """
        self._context.records.set_current_version(upload.object_id, None)
        record = self._context.start_attempt(upload.document)
        if record.attempt > upload.attempt:
            return _outcome(upload.document, "stale")
        return self._failed(upload.document, error)

    def _try(self, document: DocumentRef, unit: str, redelivered: bool, work: Callable[[], OcrOutcome]) -> OcrOutcome:
        """Does the work of a message unless it failed too often; notes how a try ends that does not succeed."""
        try:
            if redelivered:
                retry = self._context.records.increment_retries(document, unit)
                if retry.number >= MAX_RETRIES:
                    raise given_up(retry.ended)
            with self._noting_timeout(document, unit):
                return work()
        except PermanentError as error:
            return self._failed(document, error)
        except Exception as error:
            how = OUT_OF_MEMORY if isinstance(error, MemoryError) else type(error).__name__
            self._context.records.note_end_of_try(document, unit, how)
            raise

    @contextmanager
    def _noting_timeout(self, document: DocumentRef, unit: str) -> Iterator[None]:
        """Notes shortly before the invocation is killed at its time-out that this was the reason."""
        seconds = self._deadline.seconds_left()
        if math.isinf(seconds):
            yield
            return
        note = self._context.records.note_end_of_try
        timer = Timer(max(seconds, 0.0), note, (document, unit, OUT_OF_TIME))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _start(self, document: DocumentRef, options: ScanOptions) -> OcrOutcome:
        started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        lists, engine = self._lists(options), self._engine(options)
        name = s3_keys.file_name(document.object_id.key)
        with self._context.objects.downloaded(document.object_id) as path, open_scan(path, name) as scan:
            source = Source(name=name, media_type=scan.media_type, size_bytes=path.stat().st_size)
            info = ScanInfo(
                source=source, options=options, warnings=tuple(scan.warnings), lists=lists, started_at=started_at
            )
            self._context.objects.put_scan_info(document, info)
            self._context.records.set_pages_total(document, scan.page_count)
            ranges = page_ranges(scan.page_count, self._context.stack.pages_per_invocation)
            if isinstance(engine, Handover):
                return self._forward(document, ranges, engine)
            if len(ranges) > 1:
                # All ranges at once: Lambda stops a message that requeues "the rest" as a loop.
                self._context.ocr_queue.send([_page_range(document, pages) for pages in ranges])
                return _outcome(document, "fanned_out")
            return self._recognise(document, scan, ranges[0], options, engine)

    def _page_range(self, message: PageRange, redelivered: bool) -> OcrOutcome:
        document, scan_id = message.document, message.object_id
        numbers = range(message.first_page, message.last_page + 1)
        record = self._context.records.get(scan_id)
        if record is None or record.attempt != message.attempt:
            return _outcome(document, "stale")
        if record.finished:  # perhaps by this message, in an invocation that was killed before it sent the event
            self._context.announcer.announce(record)
            return _outcome(document, "duplicate")

        def work() -> OcrOutcome:
            head = self._context.objects.head(scan_id.bucket, scan_id.key, scan_id.version_id)
            options = _forwarded(options_for(scan_id.key, head.metadata, self._context.stack.prefix_rules), message)
            engine = self._engine(options, message.fallback_reason)
            if isinstance(engine, Handover):
                return self._forward(document, [numbers], engine)
            name = s3_keys.file_name(scan_id.key)
            with self._context.objects.downloaded(scan_id) as path, open_scan(path, name) as scan:
                return self._recognise(document, scan, numbers, options, engine, message.fallback_reason)

        return self._try(document, message.unit, redelivered, work)

    def _recognise(
        self,
        document: DocumentRef,
        scan: OpenedScan,
        numbers: range,
        options: ScanOptions,
        engine: Engine,
        fallback_reason: str | None = None,
    ) -> OcrOutcome:
        """Recognises pages; from the first one that the engine refuses on, they are forwarded where that is allowed."""
        try:
            for number in numbers:
                try:
                    opened = scan.page(number)
                except PermanentError as error:
                    if scan.page_count == 1:
                        raise
                    self._store(document, unreadable_page(number, error), None, options)
                    continue
                on_image = self._preview_writer(document, number, scan.page_count, options)
                page, lattice = recognise_page(
                    opened, number, engine, options.language, options.handwritten, options.layout, on_image
                )
                self._store(document, _with_warning(page, fallback_reason), lattice, options)
        except EngineRefusalError as refusal:
            return self._forward(document, [range(number, numbers.stop)], self._handover(options, refusal))
        finally:
            engine.free()
        return _outcome(document, "recognised", pages=len(numbers))

    def _store(self, document: DocumentRef, page: Page, lattice: PageLattice | None, options: ScanOptions) -> None:
        page = flag_uncorrectable(page, options)
        correction = needs_correction(page, options)
        if lattice:
            self._context.objects.put_lattice(document, page, lattice)
        if correction:
            self._context.objects.put_raw_page(document, page)
            message = CorrectPage(
                object_id=document.object_id,
                attempt=document.attempt,
                page=page.number,
                has_lattice=lattice is not None,
            )
            self._context.correct_queue.send([message])
        else:
            self._context.objects.put_corrected_page(document, page)
            self._context.complete_page(document, page.number)

    def _preview_writer(
        self, document: DocumentRef, number: int, page_count: int, options: ScanOptions
    ) -> Callable[[Image.Image], None] | None:
        """Returns what stores a page's small picture; None where the review page was not requested."""
        if Output.REVIEW not in options.outputs:
            return None
        put = self._context.objects.put_preview
        return lambda image: put(document, number, preview(image, page_count))

    def _lists(self, options: ScanOptions) -> UserLists:
        """Returns the lists that the upload names, or else the deployment's; all pages are processed with these."""
        stack, corrects = self._context.stack, options.corrector != "none"
        named = (
            (options.words or stack.words_key) if corrects else None,
            (options.replacements or stack.replacements_key) if corrects else None,
            options.fields or stack.fields_key,
        )
        return self._context.objects.user_lists(*(None if key == NO_LIST else key for key in named))

    def _engine(self, options: ScanOptions, fallback_reason: str | None = None) -> Engine | Handover:
        if self._context.fallback_queue and not self._engines.has(options):
            return Handover(fallback_reason)
        try:
            return self._engines.get(options)
        except EngineRefusalError as refusal:
            return self._handover(options, refusal)

    def _handover(self, options: ScanOptions, refusal: EngineRefusalError) -> Handover:
        """Returns a handover to RapidOCR's function; raises the refusal where the upload names its engine."""
        if options.engine != "auto" or self._context.fallback_queue is None:
            raise refusal
        return Handover(f"{refusal.message} RapidOCR read it instead.")

    def _forward(self, document: DocumentRef, ranges: Sequence[range], handover: Handover) -> OcrOutcome:
        assert self._context.fallback_queue is not None  # noqa: S101 - else there is no Handover
        self._context.fallback_queue.send([_page_range(document, pages, handover) for pages in ranges])
        return _outcome(document, "forwarded")

    def _failed(self, document: DocumentRef, error: PermanentError) -> OcrOutcome:
        self._context.fail(document, error)
        given_up = isinstance(error, GaveUpError)
        return OcrOutcome(document.object_id.document_id, "failed", reason=error.code, given_up=given_up)


def page_ranges(total: int, size: int) -> list[range]:
    """Splits the page numbers 1 to ``total`` into ranges of at most ``size``."""
    return [range(first, min(first + size, total + 1)) for first in range(1, total + 1, size)]


def _page_range(document: DocumentRef, pages: range, handover: Handover | None = None) -> PageRange:
    return PageRange(
        object_id=document.object_id,
        attempt=document.attempt,
        first_page=pages[0],
        last_page=pages[-1],
        engine="rapidocr" if handover else None,
        fallback_reason=handover.reason if handover else None,
    )


def _forwarded(options: ScanOptions, message: PageRange) -> ScanOptions:
    """Returns the options for forwarded pages, without what made the first engine refuse them."""
    if message.engine is None:
        return options
    dropped: dict[str, object] = {"handwritten": False} if message.fallback_reason else {}
    return options.model_copy(update={"engine": message.engine, **dropped})


def _with_warning(page: Page, fallback_reason: str | None) -> Page:
    """Adds the reason why another engine read the page; a text layer needed no engine."""
    if fallback_reason is None or page.engine is None:
        return page
    return page.model_copy(update={"warnings": (*page.warnings, fallback_reason)})


def _outcome(document: DocumentRef, outcome: str, pages: int = 0) -> OcrOutcome:
    return OcrOutcome(document.object_id.document_id, outcome, pages)
