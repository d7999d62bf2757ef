"""Consistency checks flag numbers that do not agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.document import CheckCode
from scanproof.extraction.extract import check_pages
from tests.unit.extraction.pages import page_of

ORDERS = st.lists(st.tuples(st.integers(1, 40), st.integers(100, 50000)), min_size=3, max_size=8)


def codes(text: str) -> list[CheckCode]:
    return [flag.code for flag in check_pages([page_of(text)])]


def invoice(orders: list[tuple[int, int]], error: int = 0) -> str:
    """Makes rows of quantity, unit price and amount; the first row's amount is ``error`` cents too high."""
    amounts = [quantity * cents + (error if index == 0 else 0) for index, (quantity, cents) in enumerate(orders)]
    pairs = zip(orders, amounts, strict=True)
    return "\n".join(f"Article     {q}     {cents / 100:.2f}     {amount / 100:.2f}" for (q, cents), amount in pairs)


@given(ORDERS)
def test_correct_rows_are_not_flagged(orders: list[tuple[int, int]]) -> None:
    assert codes(invoice(orders)) == []


def test_changed_digit_is_flagged() -> None:
    (flag,) = check_pages([page_of(invoice([(3, 1250), (2, 999), (7, 405)], error=310))])
    assert flag.code is CheckCode.ROW_PRODUCT
    assert [place.written for place in flag.places] == ["3", "12.50", "40.60"]
    assert [place.line for place in flag.places] == [1, 2, 3]


def test_single_row_is_not_flagged() -> None:
    assert codes("Article     3     12.50     40.50") == []


def test_round_discount_is_not_flagged() -> None:
    assert codes(invoice([(4, 1000), (2, 999), (7, 405)], error=-400)) == []


def test_wrong_change_is_flagged() -> None:
    assert codes("TOTAL 24.00\nCASH 100.00\nCHANGE 76.00") == []
    assert codes("TOTAL 24.00\nCASH 100.00\nCHANGE 78.00") == [CheckCode.CASH_CHANGE]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("IBAN: DE89 3704 0044 0532 0130 00", "IBAN: DE89 3704 0044 0532 0180 00", CheckCode.IBAN_DIGITS),
        ("Card no: 4111 1111 1111 1111", "Card no: 4111 1111 1111 1117", CheckCode.CARD_DIGITS),
        ("ISBN 978-3-16-148410-0", "ISBN 978-3-16-148410-6", CheckCode.ARTICLE_DIGITS),
    ],
)
def test_wrong_check_digits_are_flagged(right: str, wrong: str, code: CheckCode) -> None:
    assert codes(right) == []
    assert codes(wrong) == [code]
