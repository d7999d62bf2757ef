"""Publishes a reviewed document as a new attempt of a stack."""

from __future__ import annotations

from datetime import UTC, datetime

from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import Document, DocumentRef, ObjectId, parse_document
from scanproof.errors import PermanentError
from scanproof.options import Output, ScanOptions
from scanproof.output.files import output_files
from scanproof.reviewing import Corrections, apply_corrections
from scanproof.workers import s3_keys
from scanproof.workers.messages import PublishDocument
from scanproof.workers.publish import record_summary
from scanproof.workers.viewable import put_viewable_files

# Files of the reviewed attempt by output: the new one has the same, but for the recogniser's alternatives.
_FILES = {
    "document.txt": Output.TEXT,
    "document.raw.txt": Output.RAW,
    "audit.jsonl": Output.AUDIT,
    "document.pdf": Output.PDF,
    "review.html": Output.REVIEW,
    "document.hocr": Output.HOCR,
    "document.alto.xml": Output.ALTO,
}


def publish_reviewed(client: StackClient, corrections: Corrections, by: str | None) -> Document:
    """Applies corrections to the published document that they are of, and publishes the outcome as the next attempt.

    The order of writes is PublishFunction's: files, then the record, which makes the event pending. A crash before the
    record leaves the published result; maintenance ends the attempt.

    Raises:
        PermanentError: ``corrections_stale``, ``corrections_invalid``, ``document_unknown``, ``document_busy``.
    """
    if corrections.scan is None:
        raise PermanentError(
            "document_unknown",
            "The corrections are of a file that was read without a stack.",
            "Name its document.json: --document FILE.",
        )
    before = _published(client, corrections.scan)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    document = apply_corrections(before, corrections, now, by)
    record = client.records.get(corrections.scan)
    attempt = DocumentRef(object_id=corrections.scan, attempt=(record.attempt if record else before.attempt) + 1)
    started = client.records.start_attempt(attempt)
    if started.attempt != attempt.attempt:
        raise PermanentError(
            "document_busy", "Another attempt at this document has begun.", "Wait until it is finished, then try again."
        )
    client.records.set_pages_total(attempt, len(document.pages))
    document = document.model_copy(update={"attempt": attempt.attempt, "published_at": now, "duration_seconds": None})
    _write(client, DocumentRef(object_id=corrections.scan, attempt=before.attempt), attempt, document)
    # The record is finished: PublishFunction sends the event that is pending.
    client.send("publish", PublishDocument(**attempt.model_dump()).model_dump(by_alias=True))
    return document


def _published(client: StackClient, scan: ObjectId) -> Document:
    record = client.records.get(scan)
    content = client.result(record, "document.json") if record else None
    if content is None:
        raise PermanentError(
            "document_unknown",
            "This stack has no published document of the scan that the corrections are of.",
            "Name the stack that processed it (--stack), or its document.json (--document FILE).",
        )
    return parse_document(content)


def _write(client: StackClient, before: DocumentRef, attempt: DocumentRef, document: Document) -> None:
    record = client.records.get(before.object_id)
    names = client.result_names(record) if record else []
    options = ScanOptions(outputs=frozenset(_FILES[name] for name in names if name in _FILES))
    prefix = s3_keys.results_prefix(attempt)
    document = put_viewable_files(client.objects, before, document, options, prefix)
    for file in output_files(document, options.outputs):
        client.objects.put_output(prefix, file)
    lines = [line for page in document.pages for line in page.lines]
    edits, refusals = sum(len(line.edits) for line in lines), sum(len(line.refusals) for line in lines)
    client.records.mark_published(attempt, prefix, document.fields, record_summary(document, edits, refusals))
