"""The guard of rewritten sentences: accepts what a language model wrote, or refuses it as a whole.

A generative model corrects the letters of words, but it may not add, drop or replace a word, nor add markup, nor change
the language or script. It does not know what an engine left out either, so an additional word is an invention.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from scanproof.correction.confusions import is_lookalike
from scanproof.correction.guards.line import breaks_line, exceeded_limit, guard_line
from scanproof.edits import TextEdit, diff

_MARKUP = "*_`#~<>{}[]|\\^"
_QUOTES = '"“”„«»'
_LIKE_QUOTES = _QUOTES + "'’‘`´"  # as which a quotation mark may have been read
_MAX_GAP = 3  # letters that may be added or dropped in one place
_WORD = re.compile(r"[^\W\d_]+")
# Kanji and kana count as one script, since Japanese mixes them.
_ONE_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}
_SCRIPTS = frozenset((
    "LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "THAI", "DEVANAGARI", "ARMENIAN", "GEORGIAN",
))  # fmt: skip
_SHORT = 2  # letters: a syllable of a word cut at a line's end may look like one function word, not like two


@dataclass(frozen=True)
class GuardedSentence:
    """The text that stands in the end, and how it came about.

    Attributes:
        text: the rewritten sentence, or the raw one.
        edits: from the raw sentence to ``text``.
        guard: name of the guard that refused the rewritten sentence; None if it was accepted.
    """

    text: str
    edits: tuple[TextEdit, ...] = ()
    guard: str | None = None


def guard_sentence(raw: str, corrected: str, probability: float = 1.0, language: str | None = None) -> GuardedSentence:
    """Accepts ``corrected`` if `guard_line` accepts all its changes, and language and wording stay.

    The changes are those of a shortest edit script, so the verdict does not depend on how a model came to its text.

    Args:
        raw: the sentence before.
        corrected: the sentence as rewritten.
        probability: of the edits.
        language: of the page, as an ISO 639 code, if known.
    """
    if corrected == raw:
        return GuardedSentence(raw)
    if guard := ("line_break" if breaks_line(corrected) else exceeded_limit(raw, corrected, 0)):
        return GuardedSentence(raw, guard=guard)  # before the quadratic comparison: a run-away output is long
    edits = diff(raw, corrected, probability)
    guarded = guard_line(raw, edits)
    if guarded.refused:
        return GuardedSentence(raw, guard=guarded.refused[0].guard)
    if guard := _violation(raw, corrected, edits, language):
        return GuardedSentence(raw, guard=guard)
    return GuardedSentence(corrected, guarded.accepted)


def _violation(raw: str, corrected: str, changes: Sequence[TextEdit], language: str | None = None) -> str | None:
    """The name of the first rule that a rewritten sentence breaks, or None.

    ``language_changed``: another script, or function words of another language; ``markup_added``: more Markdown, tags
    or quotation marks; ``negation_changed``: a "not" added, removed or replaced; ``text_invented``, ``text_dropped``:
    whole words or several letters; ``word_replaced``: a word by one that does not look like it. ``changes`` lead from
    ``raw`` to ``corrected``, adjacent ones merged.
    """
    if _scripts_of(corrected) - _scripts_of(raw) or _adds_language(raw, corrected, language):
        return "language_changed"
    if _adds_markup(raw, corrected):
        return "markup_added"
    if changes_negation(raw, corrected):
        return "negation_changed"
    for change in changes:
        before = raw[change.start : change.end]
        if _has_surplus(change.corrected, before):
            return "text_invented"
        if _has_surplus(before, change.corrected):
            return "text_dropped"
        if _replaces_word(raw, change):
            return "word_replaced"
    return None


def _adds_language(raw: str, corrected: str, language: str | None) -> bool:
    """Whether ``corrected`` adds function words of another language.

    Those of the page's language are no addition, nor those of languages that have a function word of their own in
    ``raw``.
    """
    if language is not None and language not in _function_words():
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
    return frozenset(language for language, words in _function_words().items() if word in words)


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


def changes_negation(raw: str, corrected: str) -> bool:
    """Whether a "not" is added, removed or replaced."""
    return _negations(raw) != _negations(corrected)


def _negations(text: str) -> Counter[str]:
    return Counter(word for word in map(str.casefold, _WORD.findall(text)) if word in _negation_words())


@cache
def _negation_words() -> frozenset[str]:
    return frozenset(_word_lists()["negations"].split())


@cache
def _function_words() -> dict[str, frozenset[str]]:
    """The function words of each language."""
    return {language: frozenset(words.split()) for language, words in _word_lists()["function"].items()}


@cache
def _word_lists() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _has_surplus(more: str, less: str) -> bool:
    """Whether ``more`` holds a word, or several letters, without a counterpart in ``less``."""
    surplus = _letter_weight(more) - _letter_weight(less)
    with_blank = any(char.isspace() for char in more) and not any(char.isspace() for char in less)
    return surplus > _MAX_GAP or (with_blank and surplus > 1 and not _count_letters(less))


def _count_letters(text: str) -> int:
    return sum(char.isalnum() for char in text)


def _letter_weight(text: str) -> int:
    """The number of letters; an ideograph or syllable counts as a word."""
    return sum(_MAX_GAP + 1 if "\u3040" <= char <= "\ud7a3" else 1 for char in text if char.isalnum())


def _replaces_word(raw: str, change: TextEdit) -> bool:
    before, after = raw[change.start : change.end], change.corrected
    if min(_count_letters(before), _count_letters(after)) > _MAX_GAP:
        return True
    alone = not raw[: change.start][-1:].isalnum() and not raw[change.end : change.end + 1].isalnum()
    whole = alone and min(_count_letters(before), _count_letters(after)) > 1
    return whole and not is_lookalike(before.strip(), after.strip())
