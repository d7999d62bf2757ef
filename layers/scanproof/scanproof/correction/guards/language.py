"""Checks that a text stays in its language and script.

It goes by script and function words alone; if in error, it leaves the raw text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache

from scanproof.correction.guards.exact_words import function_words

_WORD = re.compile(r"[^\W\d_]+")
# Kanji and kana count as one script, since Japanese mixes them.
_ONE_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}
_SCRIPTS = {
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "ARABIC",
    "HEBREW",
    "CJK",
    "HANGUL",
    "THAI",
    "DEVANAGARI",
    "ARMENIAN",
    "GEORGIAN",
}
_SHORT = 2  # letters: a syllable of a word cut at a line's end may look like one function word, not like two
_MIN_VOTES = 2  # function words that determine a text's language


def changes_language(raw: str, corrected: str, page_language: str | None = None) -> bool:
    """Whether ``corrected`` adds a script, or function words of a language, in which ``raw`` is not written."""
    if scripts_of(corrected) - scripts_of(raw):
        return True
    language = language_of(raw) or page_language
    if language is None or language not in function_words():
        return False
    new = Counter(_words(corrected)) - Counter(_words(raw))
    foreign = [word for word in new if (languages := _languages().get(word)) and language not in languages]
    return len(foreign) > 1 or any(len(word) > _SHORT for word in foreign)


def language_of(text: str) -> str | None:
    """The language of a text's function words; None where there are too few, or they belong to several languages."""
    votes = Counter(language for word in _words(text) for language in _languages().get(word, ()))
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] < _MIN_VOTES or (len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]):
        return None
    return ranked[0][0]


def scripts_of(text: str) -> frozenset[str]:
    """The scripts of a text's letters, as Unicode names them."""
    return frozenset(_script(char) for char in text if char.isalpha()) & _SCRIPTS


@lru_cache(maxsize=65_536)
def _script(char: str) -> str:
    name = unicodedata.name(char, "").partition(" ")[0]
    return _ONE_SCRIPT.get(name, name)


@cache
def _languages() -> dict[str, frozenset[str]]:
    """The languages of each function word."""
    found: dict[str, set[str]] = {}
    for language, words in function_words().items():
        for word in words:
            found.setdefault(word, set()).add(language)
    return {word: frozenset(languages) for word, languages in found.items()}


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text) if len(word) > 1]
