"""Assembles a document from its pages and from what was extracted from them."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.document import CheckFlag, Document, KeyField, ObjectId, Page, Source
from scanproof.options import ScanOptions
from scanproof.output.review import flag_low_confidence, review_reasons


def assemble_document(
    pages: Sequence[Page],
    *,
    fields: Sequence[KeyField],
    flags: Sequence[CheckFlag],
    source: Source,
    options: ScanOptions,
    document_id: str,
    published_at: str,
    object_id: ObjectId | None = None,
    attempt: int = 1,
    duration_seconds: float | None = None,
    warnings: Sequence[str] = (),
    review_confidence: float = 0.0,
) -> Document:
    """Builds the document: its warnings are ``warnings`` and those of its pages, each once.

    Args:
        pages: corrected pages, in order.
        fields: the key fields of ``pages``.
        flags: the flags of the consistency checks of ``pages``.
        published_at: ISO 8601, UTC.
        review_confidence: pages below get the flag ``low_confidence``, and their document needs review.
    """
    pages = [flag_low_confidence(page, review_confidence) for page in pages]
    reasons = review_reasons(pages, fields, flags)
    page_warnings = (warning for page in pages for warning in page.warnings)
    return Document(
        id=document_id,
        object_id=object_id,
        attempt=attempt,
        published_at=published_at,
        duration_seconds=duration_seconds,
        source=source,
        language=options.language,
        profile=options.profile,
        fields=tuple(fields),
        flags=tuple(flags),
        warnings=tuple(dict.fromkeys([*warnings, *page_warnings])),
        needs_review=bool(reasons),
        review_reasons=reasons,
        pages=tuple(pages),
    )
