"""Publishes what reviewers uploaded to the results bucket, as the next attempt at the document.

The order of writes is that of every attempt: files, then the record, which makes the event pending, then the event.
What became of the upload is written last, beside the results; with it, a redelivered event changes nothing more.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from scanproof.document import DocumentRef, Model, ObjectId
from scanproof.errors import PermanentError, TransientError
from scanproof.extraction.extract import extract_in_parts
from scanproof.options import Output, ScanOptions
from scanproof.output.assemble import DocumentAssembler
from scanproof.output.files import FILE_NAMES, DocumentFiles
from scanproof.reviewing import Corrections, Review, parse_corrections, recognised_attempt
from scanproof.tables.find import DocumentTables
from scanproof.workers import s3_keys
from scanproof.workers.context import WorkerContext
from scanproof.workers.handler import Metric
from scanproof.workers.messages import CorrectionsUpload
from scanproof.workers.page_spool import PageSpool
from scanproof.workers.published_document import read_published
from scanproof.workers.record import Reason, Record
from scanproof.workers.record_summary import record_summary
from scanproof.workers.viewable import ViewablePages


class CorrectionsOutcome(Model):
    """What became of an upload of corrections, as stored below ``outcomes/``.

    Attributes:
        scan: that was reviewed, where the file says it.
        attempt: that was published.
        reason: why nothing was changed.
    """

    outcome: Literal["published", "refused"]
    corrections: ObjectId
    scan: ObjectId | None = None
    attempt: int | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class CorrectionsApplied:
    """Result of one upload, for logs and metrics."""

    outcome: str
    reason: str | None = None
    attempt: int | None = None

    @property
    def metrics(self) -> list[Metric]:
        """Metrics of this upload, without zeros: CloudWatch bills a metric for the hours in which it has values."""
        names = {"published": "CorrectionsApplied", "refused": "CorrectionsRefused"}
        return [Metric(names[self.outcome], 1)] if self.outcome in names else []


class CorrectionsWorker:
    """Applies uploaded corrections, each upload once."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context

    def process(self, upload: CorrectionsUpload) -> CorrectionsApplied:
        """Applies one upload, or records why it is refused; every write may be repeated after a crash.

        Raises:
            TransientError: another attempt at the document is in progress.
        """
        if self._context.objects.has_outcome(upload.object_id):
            return CorrectionsApplied("duplicate")
        try:
            published = self._publish(upload)
        except PermanentError as error:
            refuse_corrections(self._context, upload, error)
            return CorrectionsApplied("refused", error.code)
        outcome = CorrectionsOutcome(
            outcome="published", corrections=upload.object_id, scan=published.object_id, attempt=published.attempt
        )
        self._context.objects.put_outcome(upload.object_id, outcome)
        return CorrectionsApplied("published", attempt=published.attempt)

    def _publish(self, upload: CorrectionsUpload) -> DocumentRef:
        """Publishes the reviewed document; returns its attempt.

        Raises:
            PermanentError: the upload is refused; the document is as before.
        """
        content, name = self._context.objects.uploaded_corrections(upload.object_id)
        corrections = parse_corrections(content, s3_keys.file_name(upload.object_id.key))
        record = self._record(corrections)
        if _is_begun(record, upload) and record.finished:
            if record.reason:
                raise PermanentError(record.reason.code, record.reason.message, record.reason.next_step)
        else:
            record = self._apply(record, corrections, upload, _reviewer(name, upload.principal))
        self._context.announcer.announce(record)
        return record.document

    def _record(self, corrections: Corrections) -> Record:
        record = self._context.records.get(corrections.scan) if corrections.scan else None
        if record is None or not record.has_result:
            raise PermanentError(
                "document_unknown",
                "This stack has published no document of the scan that the corrections are of.",
                "Upload them to the stack that processed it, or use `scanproof apply --document`.",
            )
        return record

    def _apply(self, record: Record, corrections: Corrections, upload: CorrectionsUpload, by: str | None) -> Record:
        """Applies corrections to the published result of a record, as its next attempt; returns the new record."""
        if not (_is_begun(record, upload) or record.finished):
            raise TransientError("another attempt at the document is in progress")
        before = record.results_prefix or ""
        document, pages = read_published(self._context.objects.output_lines(before, FILE_NAMES[Output.JSON]))
        recognised = DocumentRef(object_id=record.object_id, attempt=recognised_attempt(document))
        review = Review(document, corrections, upload.uploaded_at, by)
        with closing(PageSpool()) as reviewed:
            for page in pages:
                reviewed.add(review.page(page))
            review.check_all_applied()
            if not _is_begun(record, upload):
                record = self._begin(record, upload, len(reviewed))
            return self._write(record.document, review, reviewed, recognised, self._options(recognised, before))

    def _begin(self, record: Record, upload: CorrectionsUpload, page_count: int) -> Record:
        self._context.announcer.announce(record)  # a new attempt begins only after the event of the one before
        latest = self._context.records.get(record.object_id)
        if latest is not None and latest.finished and latest.attempt == record.attempt:
            started = self._context.records.start_review(latest, upload.object_id.document_id, page_count)
            if started is not None:
                return started
        raise TransientError("the document's record has changed meanwhile")

    def _options(self, recognised: DocumentRef, prefix: str) -> ScanOptions:
        """Returns the options of the new attempt: its files are those of the reviewed one.

        What the recogniser considered (`Output.ALTERNATIVES`) is not about the reviewed text. Other options are known
        as long as intermediate pages are kept.
        """
        objects = self._context.objects
        found = {output for output, name in FILE_NAMES.items() if objects.has_output(prefix, name)}
        options = objects.scan_options(recognised) or ScanOptions()
        return options.model_copy(update={"outputs": frozenset(found) - {Output.ALTERNATIVES}})

    def _write(
        self, attempt: DocumentRef, review: Review, pages: PageSpool, recognised: DocumentRef, options: ScanOptions
    ) -> Record:
        """Writes the files, page by page, then the record."""
        objects, prefix = self._context.objects, s3_keys.results_prefix(attempt)
        files = DocumentFiles(lambda name, kind: objects.open_output(prefix + name, kind), options.outputs)
        assembler, tables = DocumentAssembler(), DocumentTables()
        with closing(ViewablePages(options)) as viewable:
            for part in extract_in_parts(pages.numbers, pages.page):
                assembler.add_values(part.fields, part.flags, details=part.details, kind=part.kind)
                for page in part.pages:
                    page = assembler.add_page(tables.add(page))
                    viewable.add(page)
                    files.add_page(page)
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            update = {
                "attempt": attempt.attempt,
                "published_at": now,
                "duration_seconds": None,
                "line_items": tables.line_items,
                "line_items_sum": tables.line_items_sum,
            }
            document = review.document(assembler.fields, assembler.flags.listed, assembler.details, assembler.kind)
            document = document.model_copy(update=update)
            document = viewable.put(objects, recognised, document, prefix)
        files.close(document)
        summary = record_summary(document, assembler.edits, assembler.refusals)
        published = self._context.records.mark_published(attempt, prefix, document.fields, summary)
        if published is None:
            raise TransientError("the attempt has ended elsewhere meanwhile")
        return published


def _is_begun(record: Record, upload: CorrectionsUpload) -> bool:
    """Whether an earlier delivery of this upload began the record's attempt."""
    return record.corrections == upload.object_id.document_id


def refuse_corrections(context: WorkerContext, upload: CorrectionsUpload, error: PermanentError) -> None:
    """Records that an upload of corrections changed nothing, and announces it; does nothing where that is done."""
    if context.objects.has_outcome(upload.object_id):
        return
    reason = Reason(code=error.code, message=error.message, next_step=error.next_step)
    context.announcer.announce_refusal(upload.object_id, reason)
    outcome = CorrectionsOutcome(outcome="refused", corrections=upload.object_id, reason=reason)
    context.objects.put_outcome(upload.object_id, outcome)


def _reviewer(name: str | None, principal: str | None) -> str | None:
    """Returns who reviewed: the name that the upload states, and whom S3 saw, which nobody can state."""
    return f"{name} ({principal})" if name and principal else name or principal
