"""Recognises words that name values: numbers, months and weekdays, currencies, units, in the eight languages.

A word that names one in one language and is ordinary in another counts as a value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from babel.dates import get_day_names, get_month_names

from scanproof.values.currencies import iso_codes
from scanproof.values.kinds import ValueKind
from scanproof.values.months import LOCALES, fold

_CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")
WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def exact_words(raw: str) -> Iterator[tuple[int, int, ValueKind]]:
    """(start, end, kind) of each exact word of a line, in order."""
    for match in WORD.finditer(raw):
        if kind := exact_kind(match[0]):
            yield match.start(), match.end(), kind


@lru_cache(maxsize=65_536)
def exact_kind(word: str) -> ValueKind | None:
    """The kind of value that a word names; None for ordinary words."""
    if word in iso_codes():
        return ValueKind.AMOUNT
    if len(word) < 3:
        return None
    folded = fold(word)
    return _table().get(folded) or (ValueKind.NUMBER if _compounds().fullmatch(folded) else None)


def is_number_word(word: str) -> bool:
    """Whether a word is a number in words and has hardly any other meaning in the supported languages."""
    return exact_kind(word) is ValueKind.NUMBER and fold(word) not in _folded("also_ordinary") | _folded("ordinals")


@cache
def _folded(name: str) -> frozenset[str]:
    return frozenset(map(fold, _lists()[name].split()))


@cache
def _table() -> dict[str, ValueKind]:
    calendar = {
        fold(name)
        for locale in LOCALES
        for context in _CONTEXTS
        for names in (get_month_names("wide", context, locale), get_day_names("wide", context, locale))
        for name in names.values()
    }
    table = dict.fromkeys(calendar, ValueKind.DATE)
    table |= dict.fromkeys(_folded("units"), ValueKind.QUANTITY)
    table |= dict.fromkeys(_folded("currencies"), ValueKind.AMOUNT)
    return table | dict.fromkeys(_folded("numbers") | _folded("ordinals"), ValueKind.NUMBER)


@cache
def _compounds() -> re.Pattern[str]:
    """einundzwanzig, tweehonderd, twenty-five, vingt-deux, duecento, zweihundertste …"""
    stems = "|".join(sorted(_folded("numbers"), key=len, reverse=True))
    return re.compile(rf"(?:ein(?=und)|een(?=en))?(?:(?:und|en|-et-un|-y-|-)?(?:{stems}))+(?:s?te[nrsm]?|th|er|e)?")


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
