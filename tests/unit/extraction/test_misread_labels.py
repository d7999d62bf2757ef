"""Labels and amounts that recognition has damaged."""

from __future__ import annotations

import pytest

from scanproof.document import FieldName
from scanproof.extraction.extract import extract
from scanproof.extraction.misread_labels import respelled
from tests.unit.extraction.pages import fields_of, page_of


@pytest.mark.parametrize(
    ("read", "label"),
    [("tolal", "total"), ("totai incl btw", "total incl btw"), ("suhtota1 :", "subtotal :"), ("factuur", "factuur")],
)
def test_alike_characters_are_exchanged(read: str, label: str) -> None:
    assert respelled(read) == label


@pytest.mark.parametrize("word", ["content", "chance", "cross", "charge", "sumo", "1012", "total", "xotal"])
def test_other_words_stay(word: str) -> None:
    assert respelled(word) == word


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ("Tolal due: 12.50", "12.50"),
        ("Total14.20", "14.20"),
        ("Grand Tota1RM14.20", "14.20"),
        ("TOT : RM 73.00", "73.00"),
        ("Total due 4.940.60", "4940.60"),
        ("Total due 4,940,60 EUR", "4940.60"),
        ("SUBTOTAL 4.51\nROUNDING ADJUSTMENT 0.01-\nIUIAL 4.50\nCASH 4.50", "4.50"),
        ("NET AMT : 136.00\nRECEIVED 150.00\nCHANGE 14.00", "136.00"),
    ],
)
def test_damaged_totals_are_found(line: str, total: str) -> None:
    assert fields_of(f"Cash receipt\n{line}")[FieldName.TOTAL].value == total


def test_polish_invoice_number_is_found() -> None:
    assert fields_of("Faktura\nNumer faktury: K-48964")[FieldName.INVOICE_NUMBER].value == "K-48964"


@pytest.mark.parametrize("below", ["(Co. Reg: 1217116-T)", "(169609-A)", "Company No : SA0099552-P"])
def test_registered_name_beats_the_brand(below: str) -> None:
    head = f"goldscoops\nPark Mall\n\nGolden Scoop Sdn Bhd\n{below}\nA-16, Tower A"
    text = f"{head}\nTax invoice\nInvoice No: 12345\nTotal 4.00"
    assert fields_of(text)[FieldName.VENDOR].value == "Golden Scoop Sdn Bhd"


def test_part_of_a_number_is_none() -> None:
    assert FieldName.INVOICE_NUMBER not in fields_of("Invoice\nInvoice no. RÉ29004")


def test_total_without_tax_is_net() -> None:
    sums = "Totaal excl. btw 11.987,50\nbtw 9 % 1.078,88\nTotaal incl. btw 13.066,38"
    page = page_of(f"Factuur\nFactuurnummer 134632\n{sums}")
    assert {detail.name: detail.value for detail in extract([page]).details}["net"] == "11987.50"
