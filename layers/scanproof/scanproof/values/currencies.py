"""Maps currency signs and codes to the ISO 4217 currencies that they may stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from babel.core import get_global

# Likeliest first; with more than one, the sign alone is ambiguous.
SIGNS: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "£": ("GBP",), "₹": ("INR",), "₽": ("RUB",), "₩": ("KRW",), "₺": ("TRY",), "₫": ("VND",),
    "₴": ("UAH",), "₪": ("ILS",), "฿": ("THB",), "₱": ("PHP",), "₦": ("NGN",),
    "$": ("USD", "CAD", "AUD", "MXN", "SGD", "HKD", "NZD"),
    "¥": ("JPY", "CNY"), "￥": ("JPY", "CNY"),
    "US$": ("USD",), "A$": ("AUD",), "AU$": ("AUD",), "C$": ("CAD",), "CA$": ("CAD",), "NZ$": ("NZD",),
    "HK$": ("HKD",), "S$": ("SGD",), "R$": ("BRL",), "RM": ("MYR",), "zł": ("PLN",), "Kč": ("CZK",), "Ft": ("HUF",),
    "kr": ("SEK", "NOK", "DKK"), "kr.": ("DKK", "SEK", "NOK"), "Fr.": ("CHF",), "SFr.": ("CHF",),
    "Rs": ("INR", "PKR", "LKR"), "Rs.": ("INR", "PKR", "LKR"), "Rp": ("IDR",),
}  # fmt: skip

# Other spellings in use; in any other case they are words ("5 ft", "a top 10").
_SPELLINGS = {"rm": "RM", "Rm": "RM", "zl": "zł", "ZŁ": "zł", "Zł": "zł", "KR": "kr", "Kr": "kr", "Fr": "Fr."}
_SPELLINGS |= {code.lower(): code for code in ("EUR", "USD", "GBP", "CHF", "PLN")}
_SPELLINGS |= {code.title(): code for code in ("EUR", "USD", "GBP", "CHF", "PLN")}

# Codes that are also words of the supported languages: "ALL 5 items", "TOP 10".
_ALSO_WORDS = frozenset({"ALL", "AMD", "ANG", "BAM", "CUP", "GEL", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"})


@lru_cache(maxsize=1)
def iso_codes() -> frozenset[str]:
    """Returns the ISO 4217 codes that are legal tender somewhere today (CLDR, through babel)."""
    territories: Mapping[str, Sequence[tuple[str, object, object, bool]]] = get_global("territory_currencies")
    uses = (use for territory in territories.values() for use in territory)
    return frozenset(code for code, _since, until, tender in uses if until is None and tender) - _ALSO_WORDS


@lru_cache(maxsize=1)
def currency_marks() -> tuple[str, ...]:
    """Returns all signs and codes as written next to an amount, longest first."""
    return tuple(sorted({*SIGNS, *_SPELLINGS, *iso_codes()}, key=lambda mark: (-len(mark), mark)))


def currencies_of(mark: str) -> tuple[str, ...]:
    """Returns the currencies that a sign or code may stand for, likeliest first; empty for anything else."""
    mark = _SPELLINGS.get(mark, mark)
    return SIGNS.get(mark) or ((mark,) if mark in iso_codes() else ())
