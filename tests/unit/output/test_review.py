"""Reasons why a person should look at a document."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scanproof.document import (
    CheckCode,
    CheckFlag,
    CheckPlace,
    Document,
    FieldName,
    KeyField,
    Page,
    PageFlag,
    ReviewCode,
    ReviewReason,
    Source,
)
from scanproof.options import ScanOptions
from scanproof.output import review
from scanproof.output.assemble import DocumentAssembler
from scanproof.output.review import flag_low_confidence
from tests.builders import BOX, line, page

TEXT = line("three words here")
INCONSISTENT = CheckFlag(
    code=CheckCode.CASH_CHANGE, message="-", places=(CheckPlace(page=2, line=0, box=BOX, written="1.00"),)
)


def read(number: int, confidence: float | None, *flags: PageFlag) -> Page:
    return page(number, TEXT).model_copy(update={"confidence": confidence, "flags": flags})


def assembled(*pages: Page, minimum: float = 0.9, flagged: bool = False, ambiguous: bool = False) -> Document:
    field = KeyField(name=FieldName.INVOICE_DATE, value="2026-01-02", written="1/2/26", page=1, line=0, box=BOX)
    fields = [field.model_copy(update={"ambiguous": ambiguous})]
    return document_of(pages, fields, [INCONSISTENT] * flagged, minimum)


def document_of(
    pages: Sequence[Page], fields: Sequence[KeyField], flags: Sequence[CheckFlag], minimum: float = 0.0
) -> Document:
    assembler = DocumentAssembler(minimum)
    assembler.add_values(fields, flags)
    added = [assembler.add_page(page) for page in pages]
    return assembler.document(
        source=Source(name="scan.png", media_type="image/png", size_bytes=1),
        options=ScanOptions(),
        document_id="0",
        published_at="2026-11-28T00:00:00Z",
        pages=added,
    )


def test_good_document_needs_no_review() -> None:
    document = assembled(read(1, 0.95), read(2, None), read(3, 0.9, PageFlag.LOW_RESOLUTION, PageFlag.BLANK))
    assert (document.needs_review, document.review_reasons) == (False, ())


def test_low_confidence_names_pages_and_figure() -> None:
    document = assembled(read(1, 0.95), read(2, 0.71), read(3, 0.85))
    assert document.needs_review
    assert document.review_reasons == (
        ReviewReason(code=ReviewCode.LOW_CONFIDENCE, count=2, pages=(2, 3), confidence=0.71),
    )
    assert [page.flags for page in document.pages] == [(), (PageFlag.LOW_CONFIDENCE,), (PageFlag.LOW_CONFIDENCE,)]


def test_threshold_is_the_deployments() -> None:
    assert not assembled(read(1, 0.71), minimum=0.7).needs_review
    assert not assembled(read(1, 0.0), minimum=0.0).needs_review
    assert assembled(read(1, 0.99), minimum=1.0).needs_review


def test_flag_is_added_once() -> None:
    flagged = flag_low_confidence(read(1, 0.5, PageFlag.LOW_CONFIDENCE), 0.9)
    assert flagged.flags == (PageFlag.LOW_CONFIDENCE,)


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        (PageFlag.NOT_CORRECTED, ReviewCode.NOT_CORRECTED),
        (PageFlag.TRUNCATED, ReviewCode.TRUNCATED),
        (PageFlag.MISSING_LETTERS, ReviewCode.MISSING_LETTERS),
        (PageFlag.UNREADABLE, ReviewCode.UNREADABLE),
    ],
)
def test_page_flags_are_reasons(flag: PageFlag, code: ReviewCode) -> None:
    assert assembled(read(1, 0.99), read(2, 0.99, flag)).review_reasons == (
        ReviewReason(code=code, count=1, pages=(2,)),
    )


def test_values_are_reasons_in_fixed_order() -> None:
    document = assembled(read(1, 0.5), read(2, 0.99), flagged=True, ambiguous=True)
    assert [reason.code for reason in document.review_reasons] == [
        ReviewCode.LOW_CONFIDENCE,
        ReviewCode.INCONSISTENT_NUMBERS,
        ReviewCode.AMBIGUOUS_FIELD,
    ]
    assert [reason.pages for reason in document.review_reasons] == [(1,), (2,), (1,)]


@pytest.mark.parametrize(("text", "words"), [("", 0), ("word", 1), ("two words", 2)])
def test_little_text_is_a_reason(text: str, words: int) -> None:
    pages = [page(1, *([line(text)] if text else [])), page(2)]
    assert assembled(*pages).review_reasons == (ReviewReason(code=ReviewCode.LITTLE_TEXT, count=words),)


def test_single_blank_page_is_fine() -> None:
    assert not assembled(read(1, 0.99), page(2).model_copy(update={"flags": (PageFlag.BLANK,)})).needs_review


def test_long_document_lists_first_pages() -> None:
    [reason] = assembled(*(read(number, 0.5) for number in range(1, 2001))).review_reasons
    assert (reason.count, reason.pages) == (2000, tuple(range(1, 51)))


def test_listed_flags_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "_LISTED_FLAGS", 3)
    found = document_of([read(1, 0.99), read(2, 0.99)], [], [INCONSISTENT] * 5)
    assert (len(found.flags), found.warnings) == (3, ("5 groups of numbers do not agree; the first 3 are listed.",))
    assert found.review_reasons == (ReviewReason(code=ReviewCode.INCONSISTENT_NUMBERS, count=5, pages=(2,)),)
