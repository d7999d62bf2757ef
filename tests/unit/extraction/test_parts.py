"""Documents of many pages are extracted in parts."""

from __future__ import annotations

import pytest

from scanproof.document import FieldName, Page
from scanproof.extraction import extract as module
from scanproof.extraction.extract import PART_PAGES, Extraction, extract, extract_in_parts
from tests.unit.extraction.pages import page_of

COUNT = 3 * PART_PAGES + 5
WRONG_ROW = "3 pens 12.50 37.50\n2 pads 4.00 8.00\n1 ruler 2.00 2.00\n4 clips 3.00 21.00"


def pages_of_report(**texts: str) -> dict[int, Page]:
    """A long document whose pages have only a number, except the named ones: ``p3="Total 3.00"``."""
    return {number: page_of(texts.get(f"p{number}", f"Page {number}"), number) for number in range(1, COUNT + 1)}


def in_parts(pages: dict[int, Page]) -> list[Extraction]:
    return list(extract_in_parts(list(pages), pages.__getitem__))


def test_parts_are_the_document_in_order() -> None:
    pages = pages_of_report(p1=WRONG_ROW, p30=WRONG_ROW, p65=WRONG_ROW)
    parts = in_parts(pages)
    assert [page for part in parts for page in part.pages] == list(pages.values())
    assert [flag.places[0].page for part in parts for flag in part.flags] == [1, 30, 65]
    whole = extract(list(pages.values()))
    assert (len(whole.pages), len(whole.flags), whole.warnings) == (COUNT, 3, ())


def test_pages_are_loaded_once_when_due() -> None:
    pages, loaded = pages_of_report(), list[int]()

    def load(number: int) -> Page:
        loaded.append(number)
        return pages[number]

    parts = extract_in_parts(list(pages), load)
    next(parts)
    assert len(loaded) == PART_PAGES
    assert len(next(parts).pages) == PART_PAGES
    assert len(loaded) == 2 * PART_PAGES
    list(parts)
    assert sorted(loaded) == list(pages)


def test_fields_come_from_both_ends() -> None:
    other = "Invoice No: B-5678\nGrand Total EUR 99.00"
    pages = pages_of_report(p1="Invoice No: A-1234", p30=other, p65="Total EUR 12.30")
    fields = {field.name: field.value for part in in_parts(pages) for field in part.fields}
    assert (fields[FieldName.INVOICE_NUMBER], fields[FieldName.TOTAL]) == ("A-1234", "12.30")


def test_too_much_text_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_CHECKED_CHARACTERS", 300)
    found = extract(list(pages_of_report(p1=WRONG_ROW, p11=WRONG_ROW, p50=WRONG_ROW).values()))
    assert [flag.places[0].page for flag in found.flags] == [1, 11]
    assert found.warnings == ("The numbers of 25 pages before the last 10 were not compared: there is too much text.",)
