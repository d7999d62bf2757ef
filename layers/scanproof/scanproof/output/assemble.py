"""Assembles a document from its pages and from what was extracted from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanproof.document import (
    CheckFlag,
    DetailField,
    Document,
    DocumentKind,
    ItemSum,
    KeyField,
    LineItem,
    ObjectId,
    Page,
    Source,
)
from scanproof.options import ScanOptions
from scanproof.output.review import FlagTally, ReviewTally, flag_low_confidence


class DocumentAssembler:
    """Assembles a document page by page, without keeping the pages: they may be more than memory holds.

    Attributes:
        page_count: pages that were added.
        edits: of these pages.
        refusals: of these pages.
        fields: key fields that were added.
        details: that were added.
        kind: of document, the first that was added.
        flags: of the consistency checks that were added.
    """

    def __init__(self, review_confidence: float = 0.0) -> None:
        """Takes the confidence below which a page gets the flag ``low_confidence``, and its document needs review."""
        self.page_count = self.edits = self.refusals = 0
        self._review_confidence = review_confidence
        self._review = ReviewTally()
        self._warnings: dict[str, None] = {}
        self.fields: list[KeyField] = []
        self.details: list[DetailField] = []
        self.kind: DocumentKind | None = None
        self.flags = FlagTally()

    def add_values(
        self,
        fields: Iterable[KeyField],
        flags: Iterable[CheckFlag],
        warnings: Iterable[str] = (),
        *,
        details: Iterable[DetailField] = (),
        kind: DocumentKind | None = None,
    ) -> None:
        """Adds key fields, flags of the consistency checks in reading order, warnings about both, details, the kind."""
        self.details += details
        self.kind = self.kind or kind
        self._warnings |= dict.fromkeys(warnings)
        self.fields += fields
        self.flags.add(flags)

    def add_page(self, page: Page) -> Page:
        """Adds the next page; returns it as it is in the document."""
        page = flag_low_confidence(page, self._review_confidence)
        self.page_count += 1
        self.edits += sum(len(line.edits) for line in page.lines)
        self.refusals += sum(len(line.refusals) for line in page.lines)
        self._review.add(page)
        self._warnings |= dict.fromkeys(page.warnings)
        return page

    def document(
        self,
        *,
        source: Source,
        options: ScanOptions,
        document_id: str,
        published_at: str,
        object_id: ObjectId | None = None,
        attempt: int = 1,
        duration_seconds: float | None = None,
        warnings: Sequence[str] = (),
        line_items: Sequence[LineItem] = (),
        line_items_sum: ItemSum | None = None,
        pages: Sequence[Page] = (),
    ) -> Document:
        """Builds the document: its warnings are ``warnings`` and those of the pages that were added, each once.

        Args:
            published_at: ISO 8601, UTC.
            pages: as `add_page` returned them; none where they are written elsewhere.
        """
        reasons = self._review.reasons(self.fields, self.flags)
        about_flags = [self.flags.warning] if self.flags.warning else []
        return Document(
            id=document_id,
            object_id=object_id,
            attempt=attempt,
            published_at=published_at,
            duration_seconds=duration_seconds,
            source=source,
            language=options.language,
            profile=options.profile,
            kind=self.kind,
            fields=tuple(self.fields),
            details=tuple(self.details),
            flags=tuple(self.flags.listed),
            warnings=tuple(dict.fromkeys([*warnings, *about_flags, *self._warnings])),
            needs_review=bool(reasons),
            review_reasons=reasons,
            line_items=tuple(line_items),
            line_items_sum=line_items_sum,
            pages=tuple(pages),
        )
