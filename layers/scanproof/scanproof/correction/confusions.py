"""What OCR engines take for one another: which characters look alike, and how often an engine makes an error.

The guards and the search for candidates share the table of look-alikes. The error model is the channel of the
noisy-channel model; its rates were measured on engines.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanproof.values.months import fold

NEVER = -6.0  # log10 of the rate of an error that was not seen

_CLASSES = ("0OoQD", "1lIiL|!", "2Zz", "5Ss", "6bG", "7Tt?", "8B", "9gq", "4Aa", "3Ee")
_CLASS_OF = {char: number for number, chars in enumerate(_CLASSES) for char in chars}
SHAPES = frozenset((
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("vv", "w"), ("ii", "u"), ("li", "h"), ("nn", "m"), ("in", "m"), ("ni", "m"),
    ("iu", "m"), ("ui", "m"), ("ri", "n"), ("tl", "d"), ("fi", "h"), ("ll", "u"), ("lc", "k"), ("lt", "h"),
))  # fmt: skip
"""Letters as read, and the letters that they may stand for, in lower case."""


def _digits(letters: str) -> dict[str, str]:
    return {letter: _CLASSES[_CLASS_OF[letter]][0] for letter in letters}


SAFE_DIGITS = _digits("OolIi")
"""The digits for which letters are read that are hardly ever part of a number."""
LOOSE_DIGITS = SAFE_DIGITS | _digits("|!SsBZzGbQD")
"""The digits for which any letters and strokes are read."""


def is_lookalike(raw: str, corrected: str) -> bool:
    """Whether ``raw`` can be a misreading of ``corrected``: character by character, or as a pair of shapes (rn, m).

    A digit is compared with a letter's base, so 0 may be ó. Upper and lower case of a letter are look-alikes.
    """
    if (raw, corrected) in SHAPES or (corrected, raw) in SHAPES:
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


class ErrorModel:
    """Rates of errors of one or two characters."""

    def __init__(self, rates: Mapping[str, Mapping[str, float]]) -> None:
        """Takes the rates as ``error_rates.json`` holds them.

        Args:
            rates: by true string, by string read instead, log10 of how often the true string is read so. The empty
                string as the true one stands for an insertion, as the one read for a deletion.
        """
        self._rates = rates

    def log_rate(self, meant: str, read: str) -> float:
        """log10 of how often ``meant`` is read as ``read``, in either case; `NEVER` if that was not seen."""
        exact = self._lookup(meant, read)
        return exact if exact > NEVER else self._lookup(meant.lower(), read.lower())

    def _lookup(self, meant: str, read: str) -> float:
        return max(NEVER, self._rates.get(meant, {}).get(read, NEVER))
