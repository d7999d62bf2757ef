"""Decides whether a person should look at a document, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.document import CheckFlag, KeyField, Page, PageFlag, ReviewCode, ReviewReason

_MIN_WORDS = 3  # a document with fewer is more often a photo, a blank sheet or an unreadable page than a text
_LISTED_PAGES = 50  # pages that a reason names at most; with 2,000 the record would outgrow its table

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


def review_reasons(
    pages: Sequence[Page], fields: Sequence[KeyField], flags: Sequence[CheckFlag]
) -> tuple[ReviewReason, ...]:
    """Lists the reasons in the order of `ReviewCode`; none for a document that needs no review.

    Args:
        pages: with their flags, by `flag_low_confidence` too.
        fields: the key fields of ``pages``.
        flags: the flags of the consistency checks of ``pages``.
    """
    found = {reason.code: reason for reason in (*_of_pages(pages), *_of_values(fields, flags))}
    words = sum(len(line.text.split()) for page in pages for line in page.lines)
    if words < _MIN_WORDS:
        found[ReviewCode.LITTLE_TEXT] = ReviewReason(code=ReviewCode.LITTLE_TEXT, count=words)
    return tuple(found[code] for code in ReviewCode if code in found)


def _of_pages(pages: Sequence[Page]) -> Iterator[ReviewReason]:
    for flag, code in _PAGE_REASONS.items():
        flagged = [page for page in pages if flag in page.flags]
        if flagged:
            figures = [page.confidence for page in flagged if page.confidence is not None]
            lowest = min(figures) if figures and code is ReviewCode.LOW_CONFIDENCE else None
            yield _reason(code, [page.number for page in flagged], lowest)


def _of_values(fields: Sequence[KeyField], flags: Sequence[CheckFlag]) -> Iterator[ReviewReason]:
    if flags:
        yield _reason(ReviewCode.INCONSISTENT_NUMBERS, [flag.places[0].page for flag in flags])
    ambiguous = [field.page for field in fields if field.ambiguous]
    if ambiguous:
        yield _reason(ReviewCode.AMBIGUOUS_FIELD, ambiguous)


def _reason(code: ReviewCode, pages: Sequence[int], confidence: float | None = None) -> ReviewReason:
    listed = tuple(sorted(set(pages))[:_LISTED_PAGES])
    return ReviewReason(code=code, count=len(pages), pages=listed, confidence=confidence)
