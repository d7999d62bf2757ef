"""Parses dates as people write them; ``ambiguous`` where day and month can be exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from scanproof.values.months import fold, month_numbers
from scanproof.values.patterns import NOT_FOLLOWED, NOT_INSIDE

_CENTURY_PIVOT = 69  # POSIX: two-digit years from 69 on are of the last century


class DateOrder(StrEnum):
    """The order of day and month in a numeric date."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True)
class ParsedDate:
    """A parsed date. ``alternatives`` are the other dates that ``text`` may stand for."""

    text: str
    value: date
    alternatives: tuple[date, ...] = ()

    @property
    def iso(self) -> str:
        """The date in ISO 8601."""
        return self.value.isoformat()

    @property
    def ambiguous(self) -> bool:
        """Whether day and month can be exchanged."""
        return bool(self.alternatives)


_NUMERIC = (
    r"(?P<first>\d{1,2})(?P<joint>\s{0,2}[/.\-–]\s{0,2})(?P<second>\d{1,2})(?P=joint)"
    r"(?P<last>\d{4}|['’]?\d{2})"
)
_YEAR_FIRST = (
    r"(?P<yf_year>(?:19|20)\d{2})(?P<yf_joint>\s?[/.\-–]\s?)(?P<yf_month>\d{1,2})(?P=yf_joint)(?P<yf_day>\d{1,2})"
)
_HAN = r"(?P<han_year>\d{4})\s?年\s?(?P<han_month>\d{1,2})\s?月\s?(?P<han_day>\d{1,2})\s?日"
_DAY = r"\d{1,2}"
_NTH = r"(?:\.|st|nd|rd|th|er|º|°|ª|e)?"
_YEAR = r"(?:\d{4}|['’]?\d{2})"
_BETWEEN = r"(?:\s{0,2}[-/.,]\s{0,2}|\s{1,2}(?:de\s{1,2}|del\s{1,2}|of\s{1,2})?|(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d))"


@lru_cache(maxsize=1)
def date_pattern() -> re.Pattern[str]:
    """Matches everything that may be a date; ``parse_date`` decides whether it is one."""
    month = rf"(?:{'|'.join(sorted(_month_spellings(), key=len, reverse=True))})\.?"
    day_month = rf"(?P<dm_day>{_DAY}){_NTH}{_BETWEEN}(?P<dm_month>{month}){_BETWEEN},?\s?(?P<dm_year>{_YEAR})"
    month_day = rf"(?P<md_month>{month}){_BETWEEN}(?P<md_day>{_DAY}){_NTH}\s?(?:,\s?|{_BETWEEN})(?P<md_year>{_YEAR})"
    year_month_day = rf"(?P<ym_year>\d{{4}}){_BETWEEN}(?P<ym_month>{month}){_BETWEEN}(?P<ym_day>{_DAY})"
    forms = "|".join((_YEAR_FIRST, _NUMERIC, _HAN, day_month, month_day, year_month_day))
    return re.compile(f"{NOT_INSIDE}(?:{forms}){NOT_FOLLOWED}", re.IGNORECASE)


def _month_spellings() -> Iterator[str]:
    """Yields month names as regular expressions that also match accented letters: ``month_numbers`` is folded."""
    accents = {
        "a": "áàâäãą",
        "c": "çć",
        "e": "éèêëę",
        "i": "íìîï",
        "n": "ñń",
        "o": "óòôöõ",
        "s": "śš",
        "u": "úùûü",
        "z": "źż",
    }
    for name in month_numbers():
        yield "".join(f"[{char}{accents[char]}]" if char in accents else re.escape(char) for char in name)


def parse_date(text: str, order: DateOrder = DateOrder.DAY_FIRST) -> ParsedDate | None:
    """Parses a date; None for other text and for impossible dates (31 February).

    Args:
        order: how to read an ambiguous date such as 03/04/2024. Dates with full stops are always day first: no country
            that writes them writes the month first.
    """
    match = date_pattern().fullmatch(text.strip())
    if match is None:
        return None
    if match["first"]:
        return _parse_numeric(text, match, order)
    year, month, day = _named_parts(match)
    value = _date(year, month, day)
    return ParsedDate(text, value) if value else None


def _named_parts(match: re.Match[str]) -> tuple[str, str, str]:
    prefix = next(name for name in ("yf", "han", "dm", "md", "ym") if match[f"{name}_year"])
    month = match[f"{prefix}_month"]
    if not month.isdecimal():
        month = str(month_numbers()[fold(month).rstrip(".")])
    return match[f"{prefix}_year"], month, match[f"{prefix}_day"]


def _parse_numeric(text: str, match: re.Match[str], order: DateOrder) -> ParsedDate | None:
    first, second, year = match["first"], match["second"], match["last"]
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if match["joint"].strip() == ".":
        return ParsedDate(text, day_first) if day_first else None
    if day_first and month_first and day_first != month_first:
        if order is DateOrder.MONTH_FIRST:
            return ParsedDate(text, month_first, (day_first,))
        return ParsedDate(text, day_first, (month_first,))
    value = day_first or month_first or _date(first, second, year)
    return ParsedDate(text, value) if value else None


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year.lstrip("'’"))
    if number < 100:
        number += 1900 if number >= _CENTURY_PIVOT else 2000
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
