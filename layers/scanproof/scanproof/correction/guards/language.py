"""Keeps a text in its language and script.

Told by script and by function words alone: plain, and wrong at worst towards leaving the raw text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache

from scanproof.correction.guards.word_lists import function_words

_WORD = re.compile(r"[^\W\d_]+")
# Kanji and kana count as one, as they stand beside one another in one language.
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
_SHORT = 2  # letters: a syllable of a word cut at a line's end may look like one such word, not like two
_SURE = 2  # function words by which a text's language is known


def changes_language(raw: str, corrected: str) -> bool:
    """Whether ``corrected`` brings in a script, or a function word of a language, that ``raw`` is not written in."""
    if scripts_of(corrected) - scripts_of(raw):
        return True
    language = language_of(raw)
    if language is None:
        return False
    new = Counter(_words(corrected)) - Counter(_words(raw))
    foreign = [word for word in new if (spoken := _languages().get(word)) and language not in spoken]
    return len(foreign) > 1 or any(len(word) > _SHORT for word in foreign)


def language_of(text: str) -> str | None:
    """The language that a text's function words are of; None where too few or several languages' are in it."""
    votes = Counter(language for word in _words(text) for language in _languages().get(word, ()))
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] < _SURE or (len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]):
        return None
    return ranked[0][0]


def scripts_of(text: str) -> frozenset[str]:
    """Scripts of a text's letters, as Unicode names them."""
    return frozenset(_script(char) for char in text if char.isalpha()) & _SCRIPTS


@lru_cache(maxsize=65_536)
def _script(char: str) -> str:
    name = unicodedata.name(char, "").partition(" ")[0]
    return _ONE_SCRIPT.get(name, name)


@cache
def _languages() -> dict[str, frozenset[str]]:
    """Function word → the languages that it is one of."""
    found: dict[str, set[str]] = {}
    for language, words in function_words().items():
        for word in words:
            found.setdefault(word, set()).add(language)
    return {word: frozenset(languages) for word, languages in found.items()}


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text) if len(word) > 1]
