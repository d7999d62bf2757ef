"""Documents that are no invoices: nothing is invented."""

from __future__ import annotations

import pytest

from scanproof.document import DocumentKind
from scanproof.extraction.extract import extract
from tests.unit.extraction.pages import page_of

CONTRACT = """
EMPLOYMENT AGREEMENT
This agreement is made between Harbour Lights and Ada Fenwick and is dated
May 20, 2014, and the parties agree that the total compensation is stated in
the schedule that was delivered before the date of this agreement."""
NEWS = """
QUARTER SESSIONS.
The change was tendered to the court of quarter sessions on Monday last and
the cash that had been stolen from the till of the hotel was returned. The
total of 22,675 ounces that the mines of the district have produced is
greater than that of any month before the 1st of July, 1858."""
LETTER = "Ada Fenwick\nHarbour Street 5\n\n3 May 2024\nTotal of 22,675 ozs.\nYours, Eve"


@pytest.mark.parametrize("text", [CONTRACT, NEWS, LETTER], ids=["contract", "news", "letter"])
def test_nothing_is_invented(text: str) -> None:
    found = extract([page_of(text)])
    assert (found.fields, found.details) == ((), ())
    assert found.kind in (None, DocumentKind.FORM)
