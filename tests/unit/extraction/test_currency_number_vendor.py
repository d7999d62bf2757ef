"""Currencies, invoice numbers and vendors."""

from __future__ import annotations

import pytest

from scanproof.document import Box, Edit, FieldName, Line, Page, PageSource, Word
from scanproof.extraction.extract import extract_fields
from tests.unit.extraction.pages import fields_of, values_of


@pytest.mark.parametrize(
    ("text", "code", "ambiguous"),
    [
        ("Total: 5.00 €", "EUR", False),
        ("Total: $5.00", "USD", True),
        ("Total: $5.00\nAll prices in CAD", "CAD", False),
        ("Total: ¥500.00", "JPY", True),
        ("Total: 50.00 kr", "SEK", True),
        ("Price (RM)\n5.00\nTotal 5.00", "MYR", False),
        ("Currency: CHF\nTotal 5.00", "CHF", False),
        ("Bill no 99\nFee £2.00\nFee £3.00\nIn € 6.00", "GBP", False),
    ],
)
def test_currency_is_found(text: str, code: str, ambiguous: bool) -> None:
    field = fields_of(text)[FieldName.CURRENCY]
    assert (field.value, field.ambiguous) == (code, ambiguous)
    assert bool(field.alternatives) == ambiguous


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Invoice # 12345", "12345"),
        ("INVOICE NO. : INV/2023/03/0008", "INV/2023/03/0008"),
        ("Invoice INV-7\nOrder No: 99", "INV-7"),
        ("GST Reg No: 000123456789\nTax Invoice No: T-5", "T-5"),
        ("Receipt #: CS0420 Date: 13/12/2017", "CS0420"),
        ("Customer No 5512\nPhone No 030 123456", None),
        ("Invoice date 12.03.2024", None),
        ("Invoice total 12.00", None),
    ],
)
def test_invoice_number_is_found(text: str, number: str | None) -> None:
    assert values_of(text).get("invoice_number") == number


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ("TAX INVOICE\nCorner Bakery Ltd (Reg 12345-X)\n1 High Street", "Corner Bakery Ltd"),
        ("Invoice 5\nSold by: Fern & Moss\nBill to: Ash Ltd", "Fern & Moss"),
        ("Invoice\nBill to:\nAsh Ltd", None),
        ("THE OLD\nLTD\n1 High Street\nReceipt no 12", "THE OLD LTD"),
        ("THE OLD\nLTD\n1 High Street", None),
        ("Seller   Buyer\nFern & Moss   Ash Ltd", "Fern & Moss"),
    ],
)
def test_vendor_is_found(text: str, vendor: str | None) -> None:
    assert values_of(text).get("vendor") == vendor


def test_corrected_line_keeps_word_boxes() -> None:
    edit = Edit(
        start=0, end=3, raw="Tot", corrected="Total", probability=0.9, corrector="fast", model="m", model_version="1"
    )
    words = (
        Word(start=0, end=4, box=Box(left=0, top=0, right=40, bottom=10)),
        Word(start=5, end=9, box=Box(left=300, top=0, right=360, bottom=10)),
    )
    line = Line(
        raw="Tot: 5.00", text="Total: 5.00", box=Box(left=0, top=0, right=360, bottom=10), words=words, edits=(edit,)
    )
    page = Page(number=3, width=400, height=100, dpi=100, source=PageSource.OCR, lines=(line,))
    total = next(field for field in extract_fields([page]) if field.name is FieldName.TOTAL)
    assert (total.value, total.page, total.box.left, total.box.right) == ("5.00", 3, 300, 360)
