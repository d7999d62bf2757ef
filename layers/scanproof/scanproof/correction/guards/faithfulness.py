"""Checks that a language model corrects the letters of words, but adds, drops and replaces no word and no markup.

A tagger cannot do so; a generative model can. It does not know what an engine left out altogether either, so an
additional word is an invention, and a missing word a loss.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scanproof.correction.confusions import is_lookalike
from scanproof.correction.guards.exact_words import word_list
from scanproof.edits import TextEdit

_MARKUP = "*_`#~<>{}[]|\\^"
_QUOTES = '"“”„«»'
_LIKE_QUOTES = _QUOTES + "'’‘`´"  # as which a quotation mark may have been read
_MAX_GAP = 3  # letters that may be added or dropped in one place
_WORD = re.compile(r"[^\W\d_]+")


def faithfulness_violation(raw: str, corrected: str, changes: Sequence[TextEdit]) -> str | None:
    """The name of the first rule that a rewritten sentence breaks, or None.

    ``markup_added``: more Markdown, tags or quotation marks; ``negation_changed``: a "not" added, removed or replaced;
    ``text_invented``, ``text_dropped``: whole words or several letters; ``word_replaced``: a word by one that does not
    look like it.

    Args:
        raw: the sentence before.
        corrected: the sentence as rewritten.
        changes: from ``raw`` to ``corrected``, adjacent ones merged.
    """
    if _adds_markup(raw, corrected):
        return "markup_added"
    if _negations(raw) != _negations(corrected):
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


def _adds_markup(raw: str, corrected: str) -> bool:
    if any(corrected.count(mark) > raw.count(mark) for mark in _MARKUP):
        return True
    return sum(map(corrected.count, _QUOTES)) > sum(map(raw.count, _LIKE_QUOTES))


def _negations(text: str) -> Counter[str]:
    return Counter(word for word in map(str.casefold, _WORD.findall(text)) if word in word_list("negations"))


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
