"""Publishes what reviewers uploaded to the results bucket, as the next attempt at the document.

The order of writes is that of every attempt: files, then the record, which makes the event pending, then the event.
What became of the upload is written last, beside the results; with it, a redelivered event changes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from scanproof.document import Document, DocumentRef, Model, ObjectId, parse_document
from scanproof.errors import PermanentError, TransientError
from scanproof.options import Output, ScanOptions
from scanproof.output.files import FILE_NAMES, DocumentFiles
from scanproof.output.review_page import MAX_REVIEW_PAGES
from scanproof.reviewing import Corrections, apply_corrections, parse_corrections, recognised_attempt
from scanproof.workers import s3_keys
from scanproof.workers.context import WorkerContext
from scanproof.workers.handler import Metric
from scanproof.workers.messages import CorrectionsUpload
from scanproof.workers.record import Reason, Record
from scanproof.workers.record_summary import record_summary
from scanproof.workers.viewable import put_viewable_files


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
        if record.corrections == upload.object_id.document_id and record.finished:  # by an earlier delivery
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
        objects, records, begun_by = self._context.objects, self._context.records, upload.object_id.document_id
        is_begun = record.corrections == begun_by
        if not (is_begun or record.finished):
            raise TransientError("another attempt at the document is in progress")
        if (record.published_pages or 0) > MAX_REVIEW_PAGES:
            raise PermanentError(
                "too_many_pages_to_review",
                f"The document has {record.published_pages:,} pages; the stack applies corrections of up to "
                f"{MAX_REVIEW_PAGES}.",
                "Apply them to its files: scanproof apply corrections.json --document document.json -o FOLDER.",
            )
        before = record.results_prefix or ""
        document = parse_document(objects.output(before, FILE_NAMES[Output.JSON]))
        recognised = DocumentRef(object_id=record.object_id, attempt=recognised_attempt(document))
        document = apply_corrections(document, corrections, upload.uploaded_at, by)
        if not is_begun:
            self._context.announcer.announce(record)  # a new attempt begins only after the event of the one before
            latest = records.get(record.object_id)
            started = latest and records.start_review(latest, begun_by, len(document.pages))
            if started is None:
                raise TransientError("the document's record has changed meanwhile")
            record = started
        prefix = s3_keys.results_prefix(record.document)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        document = document.model_copy(
            update={"attempt": record.attempt, "published_at": now, "duration_seconds": None}
        )
        document = self._write(document, recognised, prefix, self._options(recognised, before))
        lines = [line for page in document.pages for line in page.lines]
        edits, refusals = sum(len(line.edits) for line in lines), sum(len(line.refusals) for line in lines)
        summary = record_summary(document, edits, refusals)
        published = records.mark_published(record.document, prefix, document.fields, summary)
        if published is None:
            raise TransientError("the attempt has ended elsewhere meanwhile")
        return published

    def _options(self, recognised: DocumentRef, prefix: str) -> ScanOptions:
        """Returns the options of the new attempt: its files are those of the reviewed one.

        What the recogniser considered (`Output.ALTERNATIVES`) is not about the reviewed text. Other options are known
        as long as intermediate pages are kept.
        """
        objects = self._context.objects
        found = {output for output, name in FILE_NAMES.items() if objects.has_output(prefix, name)}
        options = objects.scan_options(recognised) or ScanOptions()
        return options.model_copy(update={"outputs": frozenset(found) - {Output.ALTERNATIVES}})

    def _write(self, document: Document, recognised: DocumentRef, prefix: str, options: ScanOptions) -> Document:
        """Writes the files; returns the document, with a warning where one of them is not there."""
        objects = self._context.objects
        document = put_viewable_files(objects, recognised, document, document.pages, options, prefix)
        files = DocumentFiles(lambda name, kind: objects.open_output(prefix + name, kind), options.outputs)
        for page in document.pages:
            files.add_page(page)
        files.close(document)
        return document


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
