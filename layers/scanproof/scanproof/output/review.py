"""Decides whether a person should look at a document, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanproof.document import CheckFlag, KeyField, Page, PageFlag, ReviewCode, ReviewReason

_MIN_WORDS = 3  # a document with fewer is more often a photo, a blank sheet or an unreadable page than a text
_LISTED_PAGES = 50  # pages that a reason names at most; with 2,000 the record would outgrow its table
_LISTED_FLAGS = 1_000  # of a document; a table of contents or a price list may have one on each row of 2,000 pages

_PAGE_REASONS = {
    PageFlag.LOW_CONFIDENCE: ReviewCode.LOW_CONFIDENCE,
    PageFlag.NOT_CORRECTED: ReviewCode.NOT_CORRECTED,
    PageFlag.TRUNCATED: ReviewCode.TRUNCATED,
    PageFlag.MISSING_LETTERS: ReviewCode.MISSING_LETTERS,
    PageFlag.UNREADABLE: ReviewCode.UNREADABLE,
}


def flag_low_confidence(page: Page, minimum: float) -> Page:
    """Adds the flag ``low_confidence`` to a page whose confidence is below ``minimum``."""
    if page.confidence is None or page.confidence >= minimum or PageFlag.LOW_CONFIDENCE in page.flags:
        return page
    return page.model_copy(update={"flags": (*page.flags, PageFlag.LOW_CONFIDENCE)})


class ReviewTally:
    """Counts, page by page, what the reasons for a review are about."""

    def __init__(self) -> None:
        self._words = 0
        self._pages: dict[ReviewCode, _FlaggedPages] = {}

    def add(self, page: Page) -> None:
        """Counts a page, with its flags, by `flag_low_confidence` too."""
        self._words += sum(len(line.text.split()) for line in page.lines)
        for flag, code in _PAGE_REASONS.items():
            if flag in page.flags:
                self._pages.setdefault(code, _FlaggedPages()).add(page)

    def reasons(self, fields: Sequence[KeyField], flags: FlagTally) -> tuple[ReviewReason, ...]:
        """Lists the reasons in the order of `ReviewCode`; none for a document that needs no review.

        Args:
            fields: the key fields of the pages.
            flags: the flags of the consistency checks of the pages.
        """
        found = {code: flagged.reason(code) for code, flagged in self._pages.items()}
        if flags.count:
            code = ReviewCode.INCONSISTENT_NUMBERS
            found[code] = ReviewReason(code=code, count=flags.count, pages=_first_of(flags.pages))
        if ambiguous := [field.page for field in fields if field.ambiguous]:
            code = ReviewCode.AMBIGUOUS_FIELD
            found[code] = ReviewReason(code=code, count=len(ambiguous), pages=_first_of(ambiguous))
        if self._words < _MIN_WORDS:
            found[ReviewCode.LITTLE_TEXT] = ReviewReason(code=ReviewCode.LITTLE_TEXT, count=self._words)
        return tuple(found[code] for code in ReviewCode if code in found)


class _FlaggedPages:
    def __init__(self) -> None:
        self._count = 0
        self._first: list[int] = []
        self._lowest: float | None = None

    def add(self, page: Page) -> None:
        self._count += 1
        if len(self._first) < _LISTED_PAGES:
            self._first.append(page.number)
        if page.confidence is not None:
            self._lowest = min(page.confidence, 1.0 if self._lowest is None else self._lowest)

    def reason(self, code: ReviewCode) -> ReviewReason:
        lowest = self._lowest if code is ReviewCode.LOW_CONFIDENCE else None
        return ReviewReason(code=code, count=self._count, pages=tuple(self._first), confidence=lowest)


class FlagTally:
    """The flags of a document: the first of them, and the number and the pages of all."""

    def __init__(self) -> None:
        self.listed: list[CheckFlag] = []
        self.count = 0
        self.pages: set[int] = set()

    def add(self, flags: Iterable[CheckFlag]) -> None:
        """Adds flags, in reading order."""
        for flag in flags:
            self.count += 1
            self.pages.add(flag.places[0].page)
            if len(self.listed) < _LISTED_FLAGS:
                self.listed.append(flag)

    @property
    def warning(self) -> str | None:
        """Says that not all flags are listed; None where they are."""
        if self.count == len(self.listed):
            return None
        return f"{self.count:,} groups of numbers do not agree; the first {len(self.listed):,} are listed."


def _first_of(pages: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(pages))[:_LISTED_PAGES])
