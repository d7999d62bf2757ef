"""Pages without text, with huge tables, or with text in several directions."""

from __future__ import annotations

import pytest

from scanproof.document import Box, FieldName, Line, Page, PageSource
from scanproof.extraction.extract import extract
from scanproof.user_fields import FieldType, UserField
from tests.unit.extraction.pages import fields_of, page_of

ROWS, COLUMNS = 400, 50


def page_with(lines: tuple[Line, ...]) -> Page:
    return Page(number=1, width=6_000, height=20_000, dpi=300, source=PageSource.OCR, lines=lines)


def line_at(text: str, left: float, top: float, width: float = 90, height: float = 30) -> Line:
    return Line(raw=text, text=text, box=Box(left=left, top=top, right=left + width, bottom=top + height))


def test_page_without_text_has_nothing() -> None:
    found = extract([page_with(())])
    assert (found.fields, found.details, found.kind, found.flags) == ((), (), None, ())


@pytest.mark.slow
def test_table_of_twenty_thousand_cells() -> None:
    cells = [line_at("Total", 0, 0), line_at("Date", 200, 0)]
    cells += [
        line_at(f"{row * COLUMNS + column}.{column:02}", column * 110, 50 + row * 45)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    wanted = UserField(name="wanted", labels=("Total",), type=FieldType.AMOUNT)
    found = extract([page_with(tuple(cells))], user_fields=[wanted])
    assert FieldName.TOTAL not in {field.name for field in found.fields}


def test_text_in_three_directions() -> None:
    upright = [line_at("Invoice No: A-17", 100, 100, 400), line_at("Total due: 12.50", 100, 200, 400)]
    sideways = [line_at("Terms overleaf", 20, 100, 30, 900), line_at("99.00", 3_000, 100, 30, 300)]
    backwards = [line_at("EILPMAXE", 5_000, 3_000, 300)]
    found = extract([page_with((*upright, *sideways, *backwards))])
    values = {field.name: field.value for field in found.fields}
    assert (values[FieldName.INVOICE_NUMBER], values[FieldName.TOTAL]) == ("A-17", "12.50")


def test_garbled_page_has_no_number() -> None:
    page = page_of("lnv0jce i4 ~~ l|\nInvoice i4 rn,\n0.3 %% no")
    lines = tuple(line.model_copy(update={"confidence": 0.5}) for line in page.lines)
    found = extract([page.model_copy(update={"lines": lines, "confidence": 0.5})])
    assert FieldName.INVOICE_NUMBER not in {field.name for field in found.fields}


@pytest.mark.parametrize("text", ["Open Mo-Fr 8.00-20.00", "Th,Fr 02/27/20", "Fr 12 May", "We meet each Fr. at 10"])
def test_friday_is_no_currency(text: str) -> None:
    assert FieldName.CURRENCY not in fields_of(f"Invoice No: 4711\n{text}")


@pytest.mark.parametrize("text", ["Our CAD drawings are free", "The RM of the site", "a kr or two"])
def test_word_in_sentence_is_no_currency(text: str) -> None:
    assert FieldName.CURRENCY not in fields_of(f"Invoice No: 4711\n{text}")


def test_net_amount_due_is_the_total() -> None:
    text = "Invoice 77\nGross Total $150.00\nAgency Commission $22.50\nNet Amount Due $127.50"
    assert fields_of(text)[FieldName.TOTAL].value == "127.50"


def test_table_row_is_no_total() -> None:
    text = "Rechnung Nr. 42\nPos   Beschreibung   Menge   Betrag\n1   Papier   2   8,41\n2   Stift   1   5,39"
    assert FieldName.TOTAL not in fields_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please pay no later than 3 May 2024.",
        "Bitte überweisen Sie den Betrag bis spätestens 3. Mai 2024.",
        "Merci de régler au plus tard le 3 mai 2024.",
        "Rogamos el pago a más tardar el 3 de mayo de 2024.",
        "Da pagare entro il 3 maggio 2024.",
        "Pagar até 3 de maio de 2024.",
        "Uiterlijk te betalen op 3 mei 2024.",
        "Prosimy zapłacić do dnia 3 maja 2024.",
    ],
    ids=["en", "de", "fr", "es", "it", "pt", "nl", "pl"],
)
def test_due_date_in_a_sentence(text: str) -> None:
    assert fields_of(f"Invoice No: 4711\n{text}")[FieldName.DUE_DATE].value == "2024-05-03"
