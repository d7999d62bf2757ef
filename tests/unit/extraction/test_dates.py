"""Invoice and due dates, and the ambiguity of day and month."""

from __future__ import annotations

from scanproof.document import FieldName
from tests.unit.extraction.pages import fields_of


def test_exchangeable_day_and_month_are_ambiguous() -> None:
    field = fields_of("Date: 03/04/2024")[FieldName.INVOICE_DATE]
    assert (field.value, field.ambiguous, field.alternatives, field.written) == (
        "2024-04-03",
        True,
        ("2024-03-04",),
        "03/04/2024",
    )


def test_dollars_prefer_month_first() -> None:
    field = fields_of("Date: 03/04/2024\nTotal: $5.00")[FieldName.INVOICE_DATE]
    assert (field.value, field.ambiguous, field.alternatives) == ("2024-03-04", True, ("2024-04-03",))


def test_other_date_settles_day_month_order() -> None:
    fields = fields_of("Invoice date: 03/04/2024\nDue date: 04/30/2024")
    field = fields[FieldName.INVOICE_DATE]
    assert (field.value, field.ambiguous, field.flags) == ("2024-03-04", False, ("order_told_by_other_dates",))
    assert fields[FieldName.DUE_DATE].value == "2024-04-30"


def test_other_labelled_dates_are_ignored() -> None:
    fields = fields_of(
        "Order date: 01.02.2024\nLieferdatum: 05.02.2024\nInvoice date: 09.02.2024\nDelivery date: 10.02.2024"
    )
    assert fields[FieldName.INVOICE_DATE].value == "2024-02-09"
    assert FieldName.DUE_DATE not in fields


def test_receipt_date_is_next_to_time() -> None:
    assert (
        fields_of("Receipt no 77\nSince 01.02.1999\n14.05.2018 17:42 Till 3")[FieldName.INVOICE_DATE].value
        == "2018-05-14"
    )


def test_impossible_dates_are_rejected() -> None:
    assert FieldName.INVOICE_DATE not in fields_of("Invoice date: 31/02/2024")


def test_due_date_is_not_invoice_date() -> None:
    fields = fields_of("Invoice 77\nPlease pay by 04.05.2024")
    assert fields[FieldName.DUE_DATE].value == "2024-05-04"
    assert FieldName.INVOICE_DATE not in fields
