"""Month names in the supported languages, and folding of text for comparisons."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

from babel.dates import get_month_names

_STROKES = str.maketrans("łøđ", "lod")  # letters that Unicode does not decompose
LOCALES = ("en", "fr", "de", "es", "it", "pt", "nl", "pl")
_EXTRA = {"sept": 9, "febr": 2, "jänner": 1, "janner": 1, "maerz": 3, "mrz": 3, "mär": 3, "agosto": 8}
_WIDTHS: tuple[Literal["wide", "abbreviated"], ...] = ("wide", "abbreviated")
_CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")


def fold(text: str) -> str:
    """Converts to lower case without accents and strokes, which scans lose."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_STROKES)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=1)
def month_numbers() -> dict[str, int]:
    """Maps folded month names and abbreviations (without their full stop) to 1 to 12."""
    numbers = {fold(name): number for name, number in _EXTRA.items()}
    for locale in LOCALES:
        for width in _WIDTHS:
            for context in _CONTEXTS:
                for number, name in get_month_names(width, context, locale).items():
                    numbers.setdefault(fold(name).rstrip("."), int(number))
    return numbers
