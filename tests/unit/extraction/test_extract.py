"""Extraction from whole documents in eight languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.document import FieldName
from scanproof.extraction.extract import extract_fields
from tests.unit.extraction.pages import fields_of, page_of, values_of

_ENGLISH = """
Harbour Lights Ltd
12 Quay Street
Bill to:
Mortimer Holdings LLC
Invoice No: HL-2041          Invoice Date: 14/03/2024
Due Date: 13/04/2024
Widgets        2   10.00   £20.00
Subtotal                   £20.00
VAT 20%                    £4.00
Total Amount Due           £24.00
"""
_FRENCH = """
Boulangerie des Quais SARL
Facture n° 2024-0117
Date de facture : 3 mars 2024
Date d'échéance : 2 avril 2024
Total HT        1 000,00 €
TVA 20 %          200,00 €
Net à payer     1 200,00 €
"""
_GERMAN = """
Nordlicht Elektro GmbH
Rechnungsnummer: RE-7781
Rechnungsdatum: 15.07.2023
Fällig am: 29.07.2023
Zwischensumme   1.000,00 €
MwSt 19%          190,00 €
Gesamtbetrag    1.190,00 €
"""
_SPANISH = """
Talleres Ortiz S.L.
Factura n.º F/2023/88
Fecha de emisión: 7 de marzo de 2023
Fecha de vencimiento: 6 de abril de 2023
Base imponible   100,00 €
IVA 21%           21,00 €
Total a pagar    121,00 €
"""
_ITALIAN = """
Officine Bellini S.r.l.
Fattura n. 55/2023
Data fattura: 12 ottobre 2023
Scadenza: 11 novembre 2023
Imponibile       200,00 €
IVA 22%           44,00 €
Totale fattura   244,00 €
"""
_PORTUGUESE = """
Padaria Central Lda
Fatura n.º FT-19
Data de emissão: 5 de maio de 2022
Data de vencimento: 4 de junho de 2022
Subtotal         50,00 €
IVA 23%          11,50 €
Total a pagar    61,50 €
"""
_DUTCH = """
Bakkerij De Vries B.V.
Factuurnummer: 20230419
Factuurdatum: 19 april 2023
Vervaldatum: 19 mei 2023
Subtotaal        100,00 €
BTW 9%             9,00 €
Te betalen       109,00 €
"""
_POLISH = """
Hurtownia Lipa Sp. z o.o.
Faktura VAT nr FV/12/2023
Data wystawienia: 21 stycznia 2023
Termin płatności: 4 lutego 2023
Razem netto      100,00 zł
VAT 23%           23,00 zł
Do zapłaty       123,00 zł
"""


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (_ENGLISH, ("HL-2041", "2024-03-14", "2024-04-13", "24.00", "GBP", "Harbour Lights Ltd")),
        (_FRENCH, ("2024-0117", "2024-03-03", "2024-04-02", "1200.00", "EUR", "Boulangerie des Quais SARL")),
        (_GERMAN, ("RE-7781", "2023-07-15", "2023-07-29", "1190.00", "EUR", "Nordlicht Elektro GmbH")),
        (_SPANISH, ("F/2023/88", "2023-03-07", "2023-04-06", "121.00", "EUR", "Talleres Ortiz S.L.")),
        (_ITALIAN, ("55/2023", "2023-10-12", "2023-11-11", "244.00", "EUR", "Officine Bellini S.r.l.")),
        (_PORTUGUESE, ("FT-19", "2022-05-05", "2022-06-04", "61.50", "EUR", "Padaria Central Lda")),
        (_DUTCH, ("20230419", "2023-04-19", "2023-05-19", "109.00", "EUR", "Bakkerij De Vries B.V.")),
        (_POLISH, ("FV/12/2023", "2023-01-21", "2023-02-04", "123.00", "PLN", "Hurtownia Lipa Sp. z o.o.")),
    ],
    ids=["en", "fr", "de", "es", "it", "pt", "nl", "pl"],
)
def test_invoices_in_eight_languages(text: str, values: tuple[str, ...]) -> None:
    names = ("invoice_number", "invoice_date", "due_date", "total", "currency", "vendor")
    assert values_of(text) == dict(zip(names, values, strict=True))
    assert fields_of(text)["total"].flags == ()  # type: ignore[index]  # a StrEnum is its value


def test_shortest_invoice() -> None:
    values = values_of("Invoice No: 12345\nDate: 2023/07/15\nTotal Amount: $1,200.00")
    assert {name: values[name] for name in ("invoice_number", "invoice_date", "total", "currency")} == {
        "invoice_number": "12345",
        "invoice_date": "2023-07-15",
        "total": "1200.00",
        "currency": "USD",
    }


def test_labels_above_their_values() -> None:
    text = """
Invoice Number   Invoice Date   Due Date
A-17             03/20/2023     04/19/2023
"""
    values = values_of(text)
    assert (values["invoice_number"], values["invoice_date"], values["due_date"]) == (
        "A-17",
        "2023-03-20",
        "2023-04-19",
    )


def test_letter_has_no_key_fields() -> None:
    letter = "Thornbury House\n21 September 2023\nDear Ms Arden,\nthe repair will cost $40, in all.\nYours, J. Finch"
    assert values_of(letter) == {}
    assert values_of(f"Date: 3 May 2021\n{letter}") == {"invoice_date": "2021-05-03"}


def test_empty_document_has_no_fields() -> None:
    assert extract_fields([]) == ()
    assert values_of("") == {}


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_fields_are_on_their_page(lines: list[str]) -> None:
    page = page_of("\n".join(lines))
    for field in extract_fields([page]):
        assert field.page == 1
        assert field.written.split()[0] in page.lines[field.line].text


def test_endless_values_are_no_fields() -> None:
    vendor = "Sold by: " + "Muster Handel und Transport " * 3_000
    dates = "\n".join(f"Invoice date: {day:02}.{month:02}.2024" for day in range(1, 29) for month in range(1, 13))
    found = fields_of(f"{vendor}\nInvoice No: 4711\n{dates}\nTotal due: 12.30 EUR")
    assert FieldName.VENDOR not in found
    assert found[FieldName.INVOICE_NUMBER].value == "4711"
    assert all(len(field.alternatives) <= 10 for field in found.values())
