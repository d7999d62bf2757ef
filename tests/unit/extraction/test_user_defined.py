"""Fields that users define: keyword and value by their place on the page."""

from __future__ import annotations

import pytest

from scanproof.extraction.extract import extract
from scanproof.user_fields import FieldPlace, FieldType, UserField
from tests.unit.extraction.pages import page_of


def found(text: str, *fields: UserField) -> dict[str, str]:
    details = extract([page_of(text)], user_fields=fields).details
    assert all(detail.confidence is not None and detail.confidence >= 0.5 for detail in details)
    return {detail.name: detail.value for detail in details if detail.name == "wanted"}


def field(kind: FieldType, *labels: str, place: FieldPlace = FieldPlace.ANY) -> UserField:
    return UserField(name="wanted", labels=labels, type=kind, place=place)


@pytest.mark.parametrize(
    ("text", "kind", "label", "value"),
    [
        ("Cost centre: 4430-MG", FieldType.CODE, "Cost centre", "4430-MG"),
        ("COST CENTRE 4430-MG", FieldType.CODE, "cost centre", "4430-MG"),
        ("Kostenstelle   4430-MG-100", FieldType.CODE, "Kostenstelle", "4430-MG-100"),
        ("Délai : 3 mars 2024", FieldType.DATE, "delai", "2024-03-03"),
        ("Deposit EUR 1.250,00", FieldType.AMOUNT, "Deposit", "1250.00"),
        ("Pages 12", FieldType.NUMBER, "Pages", "12"),
        ("Share of costs 12,5 %", FieldType.PERCENTAGE, "Share of costs", "12.5"),
        ("Pay to DE89 3704 0044 0532 0130 00", FieldType.IBAN, "Pay to", "DE89370400440532013000"),
        ("Site manager: Ada Fenwick", FieldType.TEXT, "Site manager", "Ada Fenwick"),
        ("Site manager\nAda Fenwick", FieldType.TEXT, "Site manager", "Ada Fenwick"),
        ("C++ (beta): x7", FieldType.CODE, "C++ (beta)", "x7"),
    ],
)
def test_typed_values_are_found(text: str, kind: FieldType, label: str, value: str) -> None:
    assert found(text, field(kind, label)) == {"wanted": value}


def test_place_selects_the_value() -> None:
    text = "Weight   12.50\n44.00"
    assert found(text, field(FieldType.NUMBER, "Weight", place=FieldPlace.RIGHT)) == {"wanted": "12.50"}
    assert found(text, field(FieldType.NUMBER, "Weight", place=FieldPlace.BELOW)) == {"wanted": "44.00"}


def test_value_of_other_type_is_absent() -> None:
    assert found("Delivery: soon", field(FieldType.DATE, "Delivery")) == {}
    assert found("Another label: 3 May 2024", field(FieldType.DATE, "Delivery")) == {}
    assert found("", field(FieldType.TEXT, "Delivery")) == {}
