"""Where the pages of a document meet again."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.document import Document, ObjectId, Page, Source
from scanproof.extraction.checks.check import check_pages
from scanproof.extraction.extract import extract_fields
from scanproof.options import ScanOptions


def assemble_document(
    pages: Sequence[Page],
    *,
    source: Source,
    options: ScanOptions,
    document_id: str,
    published_at: str,
    object_id: ObjectId | None = None,
    attempt: int = 1,
    duration_seconds: float | None = None,
    warnings: Sequence[str] = (),
) -> Document:
    """The whole document: pages in order, key fields, numbers that do not agree, and every warning of its pages once.

    Args:
        pages: proofread pages, in any order.
        published_at: ISO 8601, UTC.
    """
    ordered = tuple(sorted(pages, key=lambda page: page.number))
    page_warnings = (warning for page in ordered for warning in page.warnings)
    return Document(
        id=document_id,
        object_id=object_id,
        attempt=attempt,
        published_at=published_at,
        duration_seconds=duration_seconds,
        source=source,
        language=options.language,
        profile=options.profile,
        fields=extract_fields(ordered),
        flags=check_pages(ordered),
        warnings=tuple(dict.fromkeys([*warnings, *page_warnings])),
        pages=ordered,
    )
