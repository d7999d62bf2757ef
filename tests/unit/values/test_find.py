"""The position and kind of the values of a line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.values.check_digits import is_iban
from scanproof.values.find import find_values


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Total Amount: $1,200.00", [("amount", "$1,200.00")]),
        ("TOTAL DUE ON August 3 , 2014 $4.11", [("date", "August 3 , 2014"), ("amount", "$4.11")]),
        (
            "IBAN DE89 3704 0044 0532 0130 00 EUR 1.200,00",
            [("iban", "DE89 3704 0044 0532 0130 00"), ("amount", "EUR 1.200,00")],
        ),
        ("Tel: 012 - 6651783", [("phone", "012 - 6651783")]),
        ("(870)-931-0505 a.b24@example.com", [("phone", "(870)-931-0505"), ("address", "a.b24@example.com")]),
        ("see http://www.example.com/a?b=1", [("address", "http://www.example.com/a?b=1")]),
        ("VAT DE123456789 6% 15,5 %", [("tax_id", "DE123456789"), ("percentage", "6%"), ("percentage", "15,5 %")]),
        ("10kg 5 mg 12x 1st", [("quantity", "10kg"), ("quantity", "5 mg"), ("quantity", "12x"), ("quantity", "1st")]),
        ("A4 B2B COVID19 H2O", [("code", "A4"), ("code", "B2B"), ("code", "COVID19"), ("code", "H2O")]),
        ("No.:INV-2023-001, at 17:58", [("code", "INV-2023-001"), ("time", "17:58")]),
        ("London SW1A 1AA, Warszawa 00-950", [("postal_code", "SW1A 1AA"), ("postal_code", "00-950")]),
        ("INV-2023-07-15-A", [("code", "INV-2023-07-15-A")]),  # no date inside a reference
        ("Total....€9.99 Net…...7,50", [("amount", "€9.99"), ("number", "7,50")]),  # leaders
        ("Paper @4.50", [("number", "4.50")]),
        ("Inv0ice s4mple words only.", []),
        ("", []),
    ],
)
def test_values_of_a_line(line: str, found: list[tuple[str, str]]) -> None:
    assert [(value.kind.value, value.text) for value in find_values(line)] == found


@settings(deadline=None)
@given(st.text(max_size=80))
def test_values_are_ordered_and_disjoint(line: str) -> None:
    end = 0
    for value in find_values(line):
        assert value.start >= end
        assert line[value.start : value.end] == value.text != ""
        end = value.end


@settings(deadline=None)
@given(st.integers(0, 96).map(lambda check: f"GB{check:02d}WEST12345698765432"))
def test_iban_needs_correct_check_digits(iban: str) -> None:
    assert is_iban(iban) == (iban[2:4] == "82")


@pytest.mark.parametrize("piece", ["1 ", "1,", "12.", "a1-", "1/", "1.a@", "May ", "1 000 ", "$", "(1", "0" * 9 + " "])
def test_long_lines_take_linear_time(piece: str) -> None:
    """A line of adversarial repetition must not take quadratic time, which would exceed the suite's time-out."""
    started = time.monotonic()
    find_values(piece * (100_000 // len(piece)))
    assert time.monotonic() - started < 60
