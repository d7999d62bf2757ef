"""Publishes complete documents: files are written first, then the record, then the event is sent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from scanproof.document import DocumentRef, Page
from scanproof.errors import PermanentError, TransientError
from scanproof.extraction.extract import PART_PAGES, extract_in_parts
from scanproof.extraction.suggestions import Lattices
from scanproof.lattice.file_format import LatticeError
from scanproof.lattice.model import PageLattice
from scanproof.opening.unreadable import check_any_readable
from scanproof.options import Output
from scanproof.output.alternatives import PageAlternatives, page_alternatives
from scanproof.output.assemble import DocumentAssembler
from scanproof.output.files import DocumentFiles
from scanproof.tables.find import DocumentTables
from scanproof.workers import s3_keys
from scanproof.workers.context import WorkerContext
from scanproof.workers.handler import Metric
from scanproof.workers.messages import CorrectionsUpload, PublishDocument
from scanproof.workers.record_summary import record_summary
from scanproof.workers.records import Record
from scanproof.workers.upload_events import corrections_in
from scanproof.workers.viewable import ViewablePages


def parse_publish_record(record: SQSRecord) -> Sequence[PublishDocument | CorrectionsUpload]:
    """Parses one record of the publish queue: a document whose pages are done, or S3's events of uploaded corrections.

    Raises:
        ValueError: the message is foreign; the queue moves it to the dead-letter queue.
    """
    try:
        return [PublishDocument.model_validate_json(record.body)]
    except ValidationError:
        return corrections_in(record.body)


@dataclass(frozen=True)
class PublishOutcome:
    """Result of one message, for logs and metrics."""

    outcome: str
    pages: int = 0
    seconds: float | None = None  # from the start of recognition
    needs_review: bool = False

    @property
    def metrics(self) -> list[Metric]:
        """Metrics of this message."""
        counts = [
            Metric("DocumentsPublished", int(self.outcome == "published")),
            Metric("DocumentsFailed", int(self.outcome == "failed")),
            Metric("DocumentsNeedingReview", int(self.needs_review)),
            Metric("PagesPublished", self.pages),
        ]
        return counts if self.seconds is None else [*counts, Metric("SecondsToPublish", self.seconds, "Seconds")]


class PublishWorker:
    """Publishes documents, each attempt once."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context

    def process(self, message: PublishDocument) -> PublishOutcome:
        """Publishes one document; every write may be repeated after a crash.

        Raises:
            TransientError: pages are still missing.
        """
        record = self._context.records.get(message.object_id)
        if record is None or record.attempt != message.attempt:
            return PublishOutcome("stale")
        if not record.finished:
            if not record.complete:
                raise TransientError("the document's pages are not all done yet")
            return self._publish(record)
        self._context.announcer.announce(record)
        return PublishOutcome("duplicate")

    def _publish(self, record: Record) -> PublishOutcome:
        """Reads pages one after the other, extracts and writes; at no time the whole document is in memory."""
        document_ref, objects = record.document, self._context.objects
        info = objects.scan_info(document_ref)
        now = datetime.now(UTC)
        seconds = (now - datetime.fromisoformat(info.started_at)).total_seconds()
        numbers = sorted(record.pages_done)
        load = lru_cache(maxsize=1)(partial(objects.corrected_page, document_ref))  # the first page is needed twice
        try:
            check_any_readable(load(number) for number in numbers)
        except PermanentError as error:
            self._context.fail(document_ref, error)
            return PublishOutcome("failed")
        prefix = s3_keys.results_prefix(document_ref)
        files = DocumentFiles(
            lambda name, media_type: objects.open_output(prefix + name, media_type), info.options.outputs
        )
        assembler = DocumentAssembler(self._context.settings.review_confidence)
        tables = DocumentTables()
        with closing(ViewablePages(info.options)) as viewable:
            for part in extract_in_parts(
                numbers,
                load,
                self._lattices(document_ref),
                resolve_numbers=info.options.resolve_numbers,
                user_fields=info.lists.fields,
            ):
                assembler.add_values(part.fields, part.flags, part.warnings, details=part.details, kind=part.kind)
                for page in part.pages:
                    page = assembler.add_page(tables.add(page))
                    viewable.add(page)
                    files.add_page(
                        page,
                        self._alternatives(document_ref, page) if Output.ALTERNATIVES in info.options.outputs else None,
                    )
            document = assembler.document(
                source=info.source,
                options=info.options,
                document_id=record.object_id.document_id,
                object_id=record.object_id,
                attempt=record.attempt,
                published_at=now.isoformat(timespec="milliseconds"),
                duration_seconds=round(seconds, 3),
                warnings=(*info.warnings, *tables.warnings),
                line_items=tables.line_items,
                line_items_sum=tables.line_items_sum,
            )
            document = viewable.put(objects, document_ref, document, prefix)
        files.close(document)
        published = self._context.records.mark_published(
            document_ref, prefix, document.fields, record_summary(document, assembler.edits, assembler.refusals)
        )
        if published:
            self._context.announcer.announce(published)
        else:  # the answer to the SDK's first request was lost, or the attempt ended elsewhere meanwhile
            self._context.announce(document_ref)
        return PublishOutcome("published", assembler.page_count, document.duration_seconds, document.needs_review)

    def _lattices(self, document: DocumentRef) -> Lattices:
        """Returns a function that returns a page's lattice, and None for one that is not there or unusable."""
        objects = self._context.objects

        @lru_cache(maxsize=PART_PAGES)
        def lattice(number: int) -> PageLattice | None:
            page = objects.corrected_page(document, number)
            if not page.has_lattice:
                return None
            try:
                return objects.lattice(document, page)
            except LatticeError:
                return None

        return lattice

    def _alternatives(self, document: DocumentRef, page: Page) -> PageAlternatives:
        if not page.has_lattice:
            return page_alternatives(page, None)
        try:
            return page_alternatives(page, self._context.objects.lattice(document, page))
        except LatticeError as error:
            return page_alternatives(page, None, error.message)
