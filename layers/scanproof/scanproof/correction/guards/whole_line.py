"""Limits for a whole line: length, edit distance, repetition, line breaks."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

_MAX_PHRASE = 8  # words
_LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def breaks_line(text: str) -> bool:
    """Whether ``text`` holds a character that would end a line, or another control character."""
    return any(char in _LINE_ENDS or (char < " " and char != "\t") or char == "\x7f" for char in text)


def exceeded_limit(raw: str, corrected: str, distance: int) -> str | None:
    """The name of the first limit that ``corrected`` exceeds, or None.

    Args:
        raw: the line before.
        corrected: the line after.
        distance: at least the edit distance of the two.
    """
    if not raw.strip():
        return None if corrected == raw else "blank_line"
    if not corrected.strip() or abs(len(corrected) - len(raw)) > max(3, 0.3 * len(raw)):
        return "line_length"
    if distance > max(3, 0.5 * len(raw)):
        return "edit_distance"
    return "repetition" if _adds_repetition(raw, corrected) else None


def numeric_characters(text: str) -> Counter[str]:
    """Digits of any script, fractions, Roman numeral signs: all that Unicode calls numeric."""
    return Counter(char for char in text if char.isnumeric())


def _adds_repetition(raw: str, corrected: str) -> bool:
    if _longest_run(corrected) > max(3, _longest_run(raw)):
        return True
    return _phrase_repeats(corrected.split()) > max(2, _phrase_repeats(raw.split()))


def _longest_run(text: str) -> int:
    """Length of the longest run of one character other than a space."""
    return max((len(list(run)) for char, run in groupby(text) if not char.isspace()), default=0)


def _phrase_repeats(words: list[str]) -> int:
    """How often the most repeated phrase (of up to eight words) occurs in a row."""
    most = 1
    for size in range(1, _MAX_PHRASE + 1):
        run = 0
        for word, earlier in zip(words[size:], words, strict=False):
            run = run + 1 if word == earlier else 0
            most = max(most, run // size + 1)
    return most
