"""Due dates that follow from terms of payment."""

from __future__ import annotations

import pytest

from scanproof.document import FieldName, KeyField
from scanproof.extraction.extract import extract
from scanproof.extraction.payment_due import COMPUTED, net_days
from tests.unit.extraction.pages import page_of


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ("30 days", 30),
        ("Payment terms: 30 days net", 30),
        ("Net 14", 14),
        ("within 30 days of the invoice date", 30),
        ("14 Tage netto", 14),
        ("innerhalb von 10 Tagen nach Rechnungsdatum", 10),
        ("30 jours", 30),
        ("14 días neto", 14),
        ("30 dni", 30),
    ],
)
def test_plain_terms_are_days(terms: str, days: int) -> None:
    assert net_days(terms) == days


@pytest.mark.parametrize(
    "terms",
    [
        "2 % 10 days, net 30",
        "30 days end of month",
        "30 jours fin de mois",
        "30 days of delivery",
        "10 Tage 2 % Skonto, 30 Tage netto",
        "thirty days",
        "on receipt",
        "1000 days",
        "",
    ],
)
def test_other_terms_are_not(terms: str) -> None:
    assert net_days(terms) is None


INVOICE = "Invoice\nInvoice No: 4711\nInvoice date: 3 May 2024\nTotal due: 12.50\nPayment terms: {}"


def fields_of(text: str) -> dict[FieldName, KeyField]:
    return {field.name: field for field in extract([page_of(text)]).fields}


def test_due_date_follows_from_terms() -> None:
    due = fields_of(INVOICE.format("30 days net"))[FieldName.DUE_DATE]
    assert (due.value, due.flags, due.written) == ("2024-06-02", (COMPUTED,), "30 days net")


def test_stated_due_date_is_kept() -> None:
    due = fields_of(INVOICE.format("30 days net") + "\nDue date: 1 July 2024")[FieldName.DUE_DATE]
    assert (due.value, due.flags) == ("2024-07-01", ())


@pytest.mark.parametrize("terms", ["30 days end of month", "on receipt"])
def test_doubtful_terms_give_none(terms: str) -> None:
    assert FieldName.DUE_DATE not in fields_of(INVOICE.format(terms))
