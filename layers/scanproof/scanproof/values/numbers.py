"""Parses numbers as people write them: 1,200.00 and 1.200,00 and 1 200,00 and 1'200.00 and 12,00,000."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

SPACES = " \u00a0\u202f\u2009"
SIGNS = "+-−–"
_APOSTROPHES = "'’"

_GROUPED = (
    rf"\d{{1,3}}(?:(?P<group>[.,{_APOSTROPHES}{SPACES}])\d{{3}})(?:(?P=group)\d{{3}}){{0,6}}"
    r"(?:(?!(?P=group))(?P<grouped_point>[.,])(?P<grouped_decimals>\d{1,6}))?"
)
_INDIAN = r"\d{1,2}(?:,\d{2}){1,6},\d{3}(?:\.(?P<indian_decimals>\d{1,6}))?"
_PLAIN = r"\d{0,30}(?P<point>[.,])(?P<decimals>\d{1,12})|\d{1,30}"

_UNSIGNED = re.compile(rf"(?:(?P<grouped>{_GROUPED})|(?P<indian>{_INDIAN})|(?P<plain>{_PLAIN}))", re.ASCII)

# For use inside larger patterns: the same forms without named groups.
NUMBER_PATTERN = (
    rf"(?:[0-9]{{1,3}}(?:[.,{_APOSTROPHES}][0-9]{{3}}){{1,6}}(?:[.,][0-9]{{1,6}})?"
    rf"|[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}}(?![0-9])){{1,6}}(?:[.,][0-9]{{1,6}})?"
    r"|[0-9]{1,2}(?:,[0-9]{2}){1,6},[0-9]{3}(?:\.[0-9]{1,6})?"
    r"|[0-9]{1,30}(?:[.,](?:[0-9]{1,12}|[-–]{1,2}))?"
    r"|[.,][0-9]{1,12})"
)


@dataclass(frozen=True)
class Number:
    """A parsed number. ``alternatives`` are the other values that ``text`` may stand for."""

    text: str
    value: Decimal
    decimals: int
    alternatives: tuple[Decimal, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether a separator may be one of thousands or of decimals."""
        return bool(self.alternatives)


def parse_number(text: str) -> Number | None:
    """Parses a number; None for other text.

    A sign may stand in front, a minus behind (12.00-), and accountants' parentheses mean minus. One separator before
    exactly three digits is taken as a thousands separator, with the decimal as the alternative; after a leading zero it
    is a decimal point (0.125).
    """
    body, negative = _split_sign(text.strip())
    match = _UNSIGNED.fullmatch(body)
    if match is None:
        return None
    whole, fraction = _parts(match)
    value = _decimal(whole, fraction, negative)
    other = _as_decimal_fraction(match, negative)
    if other is not None and whole.startswith("0"):
        return Number(text, other, 3)
    return Number(text, value, len(fraction), () if other is None else (other,))


def _split_sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text[:1] and text[0] in SIGNS:
        return text[1:].strip(), text[0] != "+"
    if text[-1:] and text[-1] in "-−" and text[-2:-1] not in (".", ","):
        return text[:-1].strip(), True
    return re.sub(r"[.,][-–]{1,2}$", "", text), False  # "12,-" and "12.--": no cents


def _parts(match: re.Match[str]) -> tuple[str, str]:
    """Splits a match into the digits before and after the decimal point."""
    fraction = next((match[name] for name in ("grouped_decimals", "indian_decimals", "decimals") if match[name]), "")
    text = match[0][: len(match[0]) - len(fraction)] if fraction else match[0]
    return re.sub(r"\D", "", text) or "0", fraction


def _as_decimal_fraction(match: re.Match[str], negative: bool) -> Decimal | None:
    """Reads a single group as decimals: 1.200 may be one and two tenths."""
    grouped = match["grouped"]
    if not grouped or match["group"] not in ".," or match["grouped_point"] or grouped.count(match["group"]) > 1:
        return None
    whole, fraction = grouped.split(match["group"])
    return _decimal(whole, fraction, negative)


def _decimal(whole: str, fraction: str, negative: bool) -> Decimal:
    value = Decimal(f"{whole}.{fraction}" if fraction else whole)
    return -value if negative else value
