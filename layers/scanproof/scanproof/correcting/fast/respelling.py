"""Words that were seldom or never seen, and the commoner ones that a slip of the engine could have made of them.

One slip apart: a letter put for another, lost, added, or two of them swapped (Damerau 1964), or one of the shapes that
look alike in print, such as rn and m. Whether any of them is meant is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from scanproof.correcting.fast.lexicon import Lexicon, Mix

_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{3,24}(?![^\W_])")
# What is read, and what may stand there.
SHAPES = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("vv", "w"), ("ii", "u"), ("li", "h"), ("nn", "m"), ("in", "m"),
    ("ri", "n"), ("tl", "d"), ("fi", "h"), ("ll", "U"), ("lc", "k"), ("lt", "h"),
)  # fmt: skip
_RARE = -6.0  # log10 of a share: once in a million words; texts have slips of their own
_COMMONER = 1.0  # log10: ten times
_MOST = 4  # respellings of a word that are looked at
_CACHED_WORDS = 20_000


class Respeller:
    """Finds the known neighbours of unknown words."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._neighbours = lru_cache(_CACHED_WORDS)(self._find)  # a word's neighbours depend on it alone

    def respellings(self, text: str, mix: Mix) -> Iterator[tuple[int, int, str]]:
        """Start, end and what to write there, for the commonest known neighbours of every rare word of ``text``."""
        for found in _WORD.finditer(text):
            word = found.group()
            share = self._lexicon.log_share(word.lower(), mix)
            if share > _RARE:
                continue
            others = {
                slip: self._lexicon.log_share(_outcome(word.lower(), slip), mix)
                for slip in self._neighbours(word.lower())
            }
            commoner = sorted((-other, slip) for slip, other in others.items() if other > share + _COMMONER)
            for _, (start, end, written) in commoner[:_MOST]:
                yield found.start() + start, found.start() + end, in_case_of(word, start, end, written)

    def _find(self, word: str) -> tuple[tuple[int, int, str], ...]:
        """Edits of ``word`` (lower case) that make a known word."""
        known = self._lexicon.words
        return tuple(slip for slip in _slips(word, self._lexicon.letters) if _outcome(word, slip) in known)


def _outcome(word: str, slip: tuple[int, int, str]) -> str:
    """What becomes of ``word``, in lower case."""
    start, end, written = slip
    return word[:start] + written + word[end:]


def _slips(word: str, letters: str) -> Iterator[tuple[int, int, str]]:
    for place, letter in enumerate(word):
        if word[place + 1 : place + 2] != letter:  # of a double letter the last is taken out, as in training
            yield place, place + 1, ""
        if word[place + 1 : place + 2] not in ("", letter):
            yield place, place + 2, word[place + 1] + letter
        for other in letters:
            if other != letter:
                yield place, place + 1, other
                yield place, place, other  # the same before its double is found after it
    for other in letters:
        yield len(word), len(word), other
    for shape, meant in SHAPES:
        place = word.find(shape)
        while place >= 0:
            yield place, place + len(shape), meant.lower()
            place = word.find(shape, place + 1)


def in_case_of(word: str, start: int, end: int, written: str) -> str:
    """``written`` in place of ``word[start:end]``: in capitals where the word is, or where it begins with one."""
    if len(word) > 1 and word.isupper():
        return written.upper()
    return written.capitalize() if start == 0 and end > 0 and word[0].isupper() else written
