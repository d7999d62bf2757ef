"""Amounts of money: a number with a currency sign or code before or behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scanproof.values.currencies import currencies_of, marks
from scanproof.values.numbers import NUMBER_PATTERN, SPACES, parse_number
from scanproof.values.patterns import NOT_FOLLOWED, NOT_INSIDE


@dataclass(frozen=True)
class Amount:
    """An amount and what is known of its currency.

    Attributes:
        written: as it stands on the page.
        value: without currency.
        decimals: digits after the decimal point.
        currencies: ISO 4217 codes that the mark may mean, likeliest first; empty without a mark.
        alternatives: other values that ``written`` may stand for.
    """

    written: str
    value: Decimal
    decimals: int
    currencies: tuple[str, ...] = ()
    alternatives: tuple[Decimal, ...] = ()


@lru_cache(maxsize=1)
def amount_pattern() -> re.Pattern[str]:
    """A number with a currency mark; the mark is in group ``before`` or ``behind``."""
    mark = "|".join(re.escape(sign) for sign in marks())
    space = f"[{SPACES}]?"
    number = rf"\(?[+\-−–]?{NUMBER_PATTERN}\)?"
    return re.compile(
        rf"(?:{NOT_INSIDE}[+\-−–(]?(?P<before>{mark}){space}(?P<number1>{number})(?:{space}(?P<also>[A-Z]{{3}}))?"
        rf"|{NOT_INSIDE}[+\-−–]?(?P<number2>{number}){space}(?P<behind>{mark})){NOT_FOLLOWED}",
    )


def parse_amount(written: str) -> Amount | None:
    """The amount that ``written`` is, with or without a currency, or None."""
    text = written.strip()
    match = amount_pattern().fullmatch(text)
    if match is None:
        return _bare(written)
    mark = match["before"] or match["behind"]
    currencies = currencies_of(mark)
    if match["also"]:
        said = currencies_of(match["also"])  # "$100.00 USD": the code settles what the sign leaves open
        if not said:
            return None
        currencies = said
    digits = match["number1"] or match["number2"]
    found = _bare(digits.rstrip(")") if text.startswith("(") else digits)
    if found is None or not currencies:
        return None
    minus = text[0] in "-−–("
    sign = -1 if minus and found.value > 0 else 1
    return Amount(written, sign * found.value, found.decimals, currencies, tuple(sign * v for v in found.alternatives))


def _bare(written: str) -> Amount | None:
    number = parse_number(written)
    return Amount(written, number.value, number.decimals, (), number.alternatives) if number else None
