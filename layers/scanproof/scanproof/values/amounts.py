"""Parses amounts of money: a number with a currency sign or code before or behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scanproof.values.currencies import currencies_of, currency_marks
from scanproof.values.numbers import NUMBER_PATTERN, SPACES, parse_number
from scanproof.values.patterns import NOT_FOLLOWED, NOT_INSIDE


@dataclass(frozen=True)
class Amount:
    """An amount and its possible currencies.

    Attributes:
        text: as written on the page.
        value: without currency.
        decimals: digits after the decimal point.
        currencies: ISO 4217 codes that the mark may stand for, likeliest first; empty without a mark.
        alternatives: other values that ``text`` may stand for.
    """

    text: str
    value: Decimal
    decimals: int
    currencies: tuple[str, ...] = ()
    alternatives: tuple[Decimal, ...] = ()


@lru_cache(maxsize=1)
def amount_pattern() -> re.Pattern[str]:
    """Matches a number with a currency mark; the mark is in group ``before`` or ``behind``."""
    mark = "|".join(re.escape(sign) for sign in currency_marks())
    space = f"[{SPACES}]?"
    number = rf"\(?[+\-−–]?{NUMBER_PATTERN}\)?"
    return re.compile(
        rf"(?:{NOT_INSIDE}[+\-−–(]?(?P<before>{mark}){space}(?P<number1>{number})(?:{space}(?P<also>[A-Z]{{3}}))?"
        rf"|{NOT_INSIDE}[+\-−–]?(?P<number2>{number}){space}(?P<behind>{mark})){NOT_FOLLOWED}",
    )


def parse_amount(text: str) -> Amount | None:
    """Parses an amount with or without a currency; None for other text."""
    stripped = text.strip()
    match = amount_pattern().fullmatch(stripped)
    if match is None:
        return _without_currency(text)
    mark = match["before"] or match["behind"]
    currencies = currencies_of(mark)
    if match["also"]:
        currencies = currencies_of(match["also"])  # "$100.00 USD": the code makes the sign unambiguous
    digits = match["number1"] or match["number2"]
    found = _without_currency(digits.rstrip(")") if stripped.startswith("(") else digits)
    if found is None or not currencies:
        return None
    is_negative = stripped[0] in "-−–("
    sign = -1 if is_negative and found.value > 0 else 1
    return Amount(text, sign * found.value, found.decimals, currencies, tuple(sign * v for v in found.alternatives))


def _without_currency(text: str) -> Amount | None:
    number = parse_number(text)
    return Amount(text, number.value, number.decimals, (), number.alternatives) if number else None
