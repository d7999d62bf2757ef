"""Keeps a language model to letters: it may mend words, not add, drop or replace them, and not dress them up.

A tagger cannot do such things; who writes freely can. What an engine left out altogether is not known to a model
either, so a whole word more is an invention, and a word less a loss.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scanproof.correction.guards.lookalikes import is_lookalike
from scanproof.correction.guards.word_lists import word_list
from scanproof.edits import TextEdit

_MARKUP = "*_`#~<>{}[]|\\^"
_QUOTES = '"“”„«»'
_LIKE_QUOTES = _QUOTES + "'’‘`´"  # what a quotation mark may have been read as
_LONGEST_GAP = 3  # letters that may be lost or found in one place
_WORD = re.compile(r"[^\W\d_]+")


def faithfulness_violation(raw: str, corrected: str, changes: Sequence[TextEdit]) -> str | None:
    """The name of the first rule that a rewritten sentence breaks, or None.

    ``markup_added``: Markdown, tags or quotation marks more; ``negation_changed``: a "not" came, went or was replaced;
    ``text_invented``, ``text_dropped``: whole words or long stretches; ``word_replaced``: a word by one that does not
    look like it.

    Args:
        changes: from ``raw`` to ``corrected``, neighbouring ones joined.
    """
    if _adds_markup(raw, corrected):
        return "markup_added"
    if _negations(raw) != _negations(corrected):
        return "negation_changed"
    for change in changes:
        before = raw[change.start : change.end]
        if _is_much(change.corrected, before):
            return "text_invented"
        if _is_much(before, change.corrected):
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


def _is_much(more: str, less: str) -> bool:
    """Whether ``more`` holds a word, or many letters, that nothing in ``less`` stands for."""
    surplus = _weight(more) - _weight(less)
    with_blank = any(char.isspace() for char in more) and not any(char.isspace() for char in less)
    return surplus > _LONGEST_GAP or (with_blank and surplus > 1 and not _letters(less))


def _letters(text: str) -> int:
    return sum(char.isalnum() for char in text)


def _weight(text: str) -> int:
    """Letters; an ideograph or syllable is a word by itself."""
    return sum(_LONGEST_GAP + 1 if "\u3040" <= char <= "\ud7a3" else 1 for char in text if char.isalnum())


def _replaces_word(raw: str, change: TextEdit) -> bool:
    before, after = raw[change.start : change.end], change.corrected
    if min(_letters(before), _letters(after)) > _LONGEST_GAP:
        return True
    alone = not raw[: change.start][-1:].isalnum() and not raw[change.end : change.end + 1].isalnum()
    whole = alone and min(_letters(before), _letters(after)) > 1
    return whole and not is_lookalike(before.strip(), after.strip())
