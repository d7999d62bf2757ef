"""Numbers and amounts in the notations of the supported languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.values.amounts import parse_amount
from scanproof.values.numbers import parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200.00", "1200.00"),
        ("1.200,00", "1200.00"),
        ("1 200,00", "1200.00"),
        ("1\u202f234\u202f567,89", "1234567.89"),
        ("1'200.00", "1200.00"),
        ("12,00,000.50", "1200000.50"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        (".50", "0.50"),
        ("12.00-", "-12.00"),
        ("(12.00)", "-12.00"),
        ("−4", "-4"),
        ("12,-", "12"),
        ("0012", "12"),
    ],
)
def test_unambiguous_numbers_are_parsed(text: str, value: str) -> None:
    number = parse_number(text)
    assert number is not None
    assert (str(number.value), number.ambiguous, number.text) == (value, False, text)


@pytest.mark.parametrize("text", ["1,200", "1.200", "-3.500"])
def test_single_separator_is_ambiguous(text: str) -> None:
    number = parse_number(text)
    assert number is not None
    assert number.value == Decimal(text.replace(",", "").replace(".", ""))
    assert number.alternatives == (Decimal(text.replace(",", ".")),)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,20.00", "1,2,3", "1 20", "12a", "$5", "١٢", "1O0", "..", "-"])
def test_other_text_is_not_a_number(text: str) -> None:
    assert parse_number(text) is None


@settings(deadline=None)
@given(st.decimals(0, 10**12, places=2), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")]))
def test_formatted_numbers_round_trip(value: Decimal, marks: tuple[str, str]) -> None:
    group, point = marks
    text = f"{value:,.2f}".replace(",", "G").replace(".", point).replace("G", group)
    number = parse_number(text)
    assert number is not None
    assert (number.value, number.alternatives) == (value, ())


@settings(deadline=None)
@given(st.text(max_size=40))
def test_parse_number_accepts_any_text(text: str) -> None:
    number = parse_number(text)
    assert number is None or number.text == text
    parse_amount(text)


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("1.200,00 €", "1200.00", "EUR"),
        ("EUR 12", "12", "EUR"),
        ("12,50 eur", "12.50", "EUR"),
        ("RM24.00", "24.00", "MYR"),
        ("$100.00 USD", "100.00", "USD"),
        ("US$ 5", "5", "USD"),
        ("1 200,00 zł", "1200.00", "PLN"),
        ("CHF 1'200.00", "1200.00", "CHF"),
        ("£-3.10", "-3.10", "GBP"),
        ("(€5.00)", "-5.00", "EUR"),
    ],
)
def test_amounts_with_currency_are_parsed(text: str, value: str, currency: str) -> None:
    amount = parse_amount(text)
    assert amount is not None
    assert (str(amount.value), amount.currencies) == (value, (currency,))


@pytest.mark.parametrize(
    ("text", "currencies"), [("$5", {"USD", "CAD"}), ("¥1000", {"JPY", "CNY"}), ("50 kr", {"SEK", "DKK"})]
)
def test_shared_signs_name_all_currencies(text: str, currencies: set[str]) -> None:
    amount = parse_amount(text)
    assert amount is not None
    assert currencies <= set(amount.currencies)


@pytest.mark.parametrize("text", ["$", "USD", "$1O0.00", "TOP 10", "5 ft", "EUR 5 GBX"])
def test_other_text_is_not_an_amount(text: str) -> None:
    assert parse_amount(text) is None
