"""Currency signs and codes: which ISO 4217 currencies a sign may stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from babel.core import get_global

# The first is the likeliest; more than one means that the sign alone does not tell.
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

# Other spellings in use; anything else in another case is a word ("5 ft", "a top 10").
_SPELLINGS = {"rm": "RM", "Rm": "RM", "zl": "zł", "ZŁ": "zł", "Zł": "zł", "KR": "kr", "Kr": "kr", "Fr": "Fr."}
_SPELLINGS |= {code.lower(): code for code in ("EUR", "USD", "GBP", "CHF", "PLN")}
_SPELLINGS |= {code.title(): code for code in ("EUR", "USD", "GBP", "CHF", "PLN")}

# Codes that are also words of our languages: "ALL 5 items", "TOP 10".
_ALSO_WORDS = frozenset({"ALL", "AMD", "ANG", "BAM", "CUP", "GEL", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"})


@lru_cache(maxsize=1)
def iso_codes() -> frozenset[str]:
    """ISO 4217 codes that are legal tender somewhere today (CLDR, through babel)."""
    territories: Mapping[str, Sequence[tuple[str, object, object, bool]]] = get_global("territory_currencies")
    uses = (use for territory in territories.values() for use in territory)
    return frozenset(code for code, _since, until, tender in uses if until is None and tender) - _ALSO_WORDS


@lru_cache(maxsize=1)
def marks() -> tuple[str, ...]:
    """All signs and codes, longest first, as they stand beside an amount."""
    return tuple(sorted({*SIGNS, *_SPELLINGS, *iso_codes()}, key=lambda mark: (-len(mark), mark)))


def currencies_of(mark: str) -> tuple[str, ...]:
    """The currencies that a sign or code may stand for, likeliest first; empty if it is none."""
    mark = _SPELLINGS.get(mark, mark)
    return SIGNS.get(mark) or ((mark,) if mark in iso_codes() else ())
