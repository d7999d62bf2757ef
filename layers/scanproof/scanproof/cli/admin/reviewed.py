"""Publishes a reviewed document as a new attempt of a stack."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import Document, DocumentRef, parse_document
from scanproof.errors import PermanentError
from scanproof.options import Output, ScanOptions
from scanproof.output.files import FILE_NAMES, output_files
from scanproof.reviewing import Corrections, apply_corrections
from scanproof.workers import s3_keys
from scanproof.workers.messages import PublishDocument
from scanproof.workers.publish import record_summary
from scanproof.workers.viewable import put_viewable_files


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
    record = client.records.get(corrections.scan)
    content = client.result(record, FILE_NAMES[Output.JSON]) if record else None
    if record is None or content is None:
        raise PermanentError(
            "document_unknown",
            "This stack has no published document of the scan that the corrections are of.",
            "Name the stack that processed it (--stack), or its document.json (--document FILE).",
        )
    document = parse_document(content)
    reviewed = DocumentRef(object_id=corrections.scan, attempt=document.attempt)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    document = apply_corrections(document, corrections, now, by)
    attempt = DocumentRef(object_id=corrections.scan, attempt=record.attempt + 1)
    started = client.records.start_attempt(attempt)
    if started.attempt != attempt.attempt:
        raise PermanentError(
            "document_busy", "Another attempt at this document has begun.", "Wait until it is finished, then try again."
        )
    client.records.set_pages_total(attempt, len(document.pages))
    document = document.model_copy(update={"attempt": attempt.attempt, "published_at": now, "duration_seconds": None})
    options = ScanOptions(outputs=_outputs(client.result_names(record)))
    document = _write(client, reviewed, attempt, document, options)
    # The record is finished: PublishFunction sends the event that is pending.
    client.send("publish", PublishDocument(**attempt.model_dump()).model_dump(by_alias=True))
    return document


def _outputs(names: Collection[str]) -> frozenset[Output]:
    """Returns the outputs of the reviewed attempt: the new one has the same, but for what the recogniser considered."""
    return frozenset(output for output, name in FILE_NAMES.items() if name in names) - {Output.ALTERNATIVES}


def _write(
    client: StackClient, reviewed: DocumentRef, attempt: DocumentRef, document: Document, options: ScanOptions
) -> Document:
    """Writes the files, then the record; returns the document, with a warning where one of them is not there.

    Args:
        reviewed: the attempt whose pictures of pages are there.
    """
    prefix = s3_keys.results_prefix(attempt)
    document = put_viewable_files(client.objects, reviewed, document, options, prefix)
    for file in output_files(document, options.outputs):
        client.objects.put_output(prefix, file)
    lines = [line for page in document.pages for line in page.lines]
    edits, refusals = sum(len(line.edits) for line in lines), sum(len(line.refusals) for line in lines)
    client.records.mark_published(attempt, prefix, document.fields, record_summary(document, edits, refusals))
    return document
