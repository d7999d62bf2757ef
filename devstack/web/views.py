"""What the page shows of records, documents and hits, as JSON. Everything in it is text to the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanproof.cli.admin.text_search import Found
from scanproof.cli.render import changes, check_findings, review_text
from scanproof.document import Document, KeyField, Line
from scanproof.workers.record import Record

MAX_SHOWN_PAGES = 50  # the browser lays them all out at once; the review page has every page, and is lazy


def record_view(record: Record) -> dict[str, Any]:
    """Returns a line of the list."""
    return {
        "id": record.object_id.document_id,
        "scan": record.object_id.model_dump(),
        "attempt": record.attempt,
        "status": record.outcome,
        "changed": record.updated_at,
        "pages": record.pages_total,
        "done": len(record.pages_done),
        "hasResult": record.has_result,
        "publishedAttempt": record.published_attempt,
        "edits": record.edits,
        "needsReview": record.needs_review,
        "reason": f"{record.reason.message} {record.reason.next_step}" if record.reason else "",
    }


def found_view(found: Found) -> dict[str, Any]:
    """Returns a line of the search's results; what was found is marked, see `Hit`."""
    return {**record_view(found.record), "snippet": found.snippet}


def document_view(document: Document, files: Sequence[str]) -> dict[str, Any]:
    """Returns a document as the page shows it: before and after, fields, findings.

    Args:
        files: that can be opened.
    """
    pages = document.pages[:MAX_SHOWN_PAGES]
    return {
        "attempt": document.attempt,
        "name": document.source.name,
        "files": list(files),
        "fields": [_field(field) for field in document.fields],
        "findings": [
            *(f"Review: {review_text(reason).replace('_', ' ')}" for reason in document.review_reasons),
            *(f"Check: {finding}" for finding in check_findings(document)),
            *document.warnings,
        ],
        "pageCount": len(document.pages),
        "pages": [{"number": page.number, "lines": [list(_parts(line)) for line in page.lines]} for page in pages],
    }


def _field(field: KeyField) -> dict[str, str]:
    notes = [flag.replace("_", " ") for flag in field.flags]
    if field.alternatives:
        notes.append(f"or {', '.join(field.alternatives)}")
    where = f"page {field.page}, line {field.line + 1}"
    label = field.name.value.replace("_", " ")
    return {"label": label, "value": field.value, "written": field.written, "where": "; ".join([where, *notes])}


def _parts(line: Line) -> Iterator[dict[str, str]]:
    """Yields a line's parts in order: unchanged text, and words that were changed, raw and corrected."""
    position = 0
    for change in changes(line):
        if position < change.start:
            yield {"text": line.raw[position : change.start]}
        yield {"raw": change.raw, "corrected": change.corrected}
        position = change.end
    if position < len(line.raw):
        yield {"text": line.raw[position:]}
