"""The guard of a sentence that a language model wrote: it keeps language and script, and no markup is added."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from scanproof.correction.guards.word_lists import function_words

_MARKUP = "*_`#~<>{}[]|\\^"
_QUOTES = '"“”„«»'
_LIKE_QUOTES = _QUOTES + "'’‘`´"  # as which a quotation mark may have been read
_WORD = re.compile(r"[^\W\d_]+")
# Kanji and kana count as one script, since Japanese mixes them.
_ONE_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}
_SCRIPTS = frozenset((
    "LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "THAI", "DEVANAGARI", "ARMENIAN", "GEORGIAN",
))  # fmt: skip
_SHORT = 2  # letters: a syllable of a word cut at a line's end may look like one function word, not like two


def sentence_violation(raw: str, corrected: str, language: str | None = None) -> str | None:
    """Returns the name of the first rule that a rewritten sentence breaks, or None.

    ``language_changed``: another script, or function words of another language; ``markup_added``: more Markdown, tags
    or quotation marks.

    Args:
        raw: the sentence before.
        corrected: the sentence as rewritten.
        language: of the page, as an ISO 639 code, if known.
    """
    if _scripts_of(corrected) - _scripts_of(raw) or _adds_language(raw, corrected, language):
        return "language_changed"
    return "markup_added" if _adds_markup(raw, corrected) else None


def _adds_language(raw: str, corrected: str, language: str | None) -> bool:
    """Whether ``corrected`` adds function words of another language.

    Those of the page's language are no addition, nor those of languages that have a function word of their own in
    ``raw``.
    """
    if language is not None and language not in function_words():
        return False
    own_words = [languages for word in _words(raw) if len(languages := _languages_of(word)) == 1]
    present = frozenset({language} if language else ()).union(*own_words)
    if not present:
        return False
    new = Counter(_words(corrected)) - Counter(_words(raw))
    foreign = [word for word in new if (languages := _languages_of(word)) and not languages & present]
    return len(foreign) > 1 or any(len(word) > _SHORT for word in foreign)


@lru_cache(maxsize=65_536)
def _languages_of(word: str) -> frozenset[str]:
    """The languages of a function word; none for other words."""
    return frozenset(language for language, words in function_words().items() if word in words)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text) if len(word) > 1]


def _scripts_of(text: str) -> frozenset[str]:
    """The scripts of a text's letters, as Unicode names them."""
    return frozenset(_script(char) for char in text if char.isalpha()) & _SCRIPTS


@lru_cache(maxsize=65_536)
def _script(char: str) -> str:
    name = unicodedata.name(char, "").partition(" ")[0]
    return _ONE_SCRIPT.get(name, name)


def _adds_markup(raw: str, corrected: str) -> bool:
    if any(corrected.count(mark) > raw.count(mark) for mark in _MARKUP):
        return True
    return sum(map(corrected.count, _QUOTES)) > sum(map(raw.count, _LIKE_QUOTES))
