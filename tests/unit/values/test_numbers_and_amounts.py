"""Numbers and amounts in the forms of our languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.values.amounts import parse_amount
from scanproof.values.numbers import parse_number


@pytest.mark.parametrize(
    ("written", "value"),
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
def test_numbers(written: str, value: str) -> None:
    number = parse_number(written)
    assert number is not None
    assert (str(number.value), number.ambiguous, number.text) == (value, False, written)


@pytest.mark.parametrize("written", ["1,200", "1.200", "-3.500"])
def test_one_separator_before_three_digits_is_ambiguous(written: str) -> None:
    number = parse_number(written)
    assert number is not None
    assert number.value == Decimal(written.replace(",", "").replace(".", ""))
    assert number.alternatives == (Decimal(written.replace(",", ".")),)


@pytest.mark.parametrize(
    "written", ["", "abc", "1.2.3", "1,20.00", "1,2,3", "1 20", "12a", "$5", "١٢", "1O0", "..", "-"]
)
def test_what_is_no_number(written: str) -> None:
    assert parse_number(written) is None


@settings(deadline=None)
@given(st.decimals(0, 10**12, places=2), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")]))
def test_every_amount_reads_back_in_every_locale(value: Decimal, marks: tuple[str, str]) -> None:
    group, point = marks
    written = f"{value:,.2f}".replace(",", "G").replace(".", point).replace("G", group)
    number = parse_number(written)
    assert number is not None
    assert (number.value, number.alternatives) == (value, ())


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = parse_number(text)
    assert number is None or number.text == text
    parse_amount(text)


@pytest.mark.parametrize(
    ("written", "value", "currency"),
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
def test_amounts(written: str, value: str, currency: str) -> None:
    amount = parse_amount(written)
    assert amount is not None
    assert (str(amount.value), amount.currencies) == (value, (currency,))


@pytest.mark.parametrize(
    ("written", "currencies"), [("$5", {"USD", "CAD"}), ("¥1000", {"JPY", "CNY"}), ("50 kr", {"SEK", "DKK"})]
)
def test_shared_signs_name_all_that_they_may_mean(written: str, currencies: set[str]) -> None:
    amount = parse_amount(written)
    assert amount is not None
    assert currencies <= set(amount.currencies)


@pytest.mark.parametrize("written", ["$", "USD", "$1O0.00", "TOP 10", "5 ft", "EUR 5 GBX"])
def test_what_is_no_amount(written: str) -> None:
    assert parse_amount(written) is None
