"""Characters that OCR engines confuse."""

from __future__ import annotations

from scanproof.values.months import fold

_CLASSES = ("0OoQD", "1lIiL|!", "2Zz", "5Ss", "6bG", "7Tt?", "8B", "9gq", "4Aa", "3Ee")
_MULTI_LETTER = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("ii", "u"))
_PAIRS = frozenset(_MULTI_LETTER) | {(right, left) for left, right in _MULTI_LETTER}

_CLASS_OF = {char: number for number, chars in enumerate(_CLASSES) for char in chars}

# Letters and strokes that are read for a digit. The safe ones are hardly ever part of a number as letters.
SAFE_DIGITS = {"O": "0", "o": "0", "l": "1", "I": "1", "i": "1"}
LOOSE_DIGITS = SAFE_DIGITS | dict(zip("|!SsBZzGbQD", "11558226600", strict=True))


def is_lookalike(raw: str, corrected: str) -> bool:
    """Whether ``raw`` can be a misreading of ``corrected``: character by character, or as a known pair (rn, m).

    A digit is compared with a letter's base, so 0 may be ó. Upper and lower case of a letter are look-alikes.
    """
    if (raw, corrected) in _PAIRS:
        return True
    return len(raw) == len(corrected) and all(map(_are_alike, raw, corrected))


def has_class(char: str) -> bool:
    """Whether ``char`` has look-alikes."""
    return char in _CLASS_OF


def _are_alike(raw: str, corrected: str) -> bool:
    if raw == corrected:
        return True
    if raw.isdigit() and corrected.isdigit():
        return False
    if raw.isalpha() and corrected.isalpha() and fold(raw) == fold(corrected):
        return True
    base = corrected if corrected in _CLASS_OF else fold(corrected)[:1]
    return raw in _CLASS_OF and _CLASS_OF[raw] == _CLASS_OF.get(base)
