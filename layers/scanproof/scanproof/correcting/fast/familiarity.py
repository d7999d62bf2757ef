"""How well known the word is that a character stands in: told to the tagger beside the characters.

A model of three million weights cannot hold the words of eight languages; a list can. The tagger reads it as token
types, so that what nobody ever wrote ("nember") looks doubtful to it and what is known is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from scanproof.correcting.fast.lexicon import RUN

COMMON = 1e-5  # of the words of a language


class Familiarity(IntEnum):
    """Token types of the tagger."""

    UNTOLD = 0  # no word, or nothing is said of it
    COMMON = 1
    RARE = 2
    UNKNOWN = 3


def familiarity(text: str, share: Callable[[str], float]) -> list[int]:
    """One `Familiarity` for each character of ``text``.

    Args:
        share: of the words of the language that has it most, how many are this one; 0 if it was never seen.
    """
    told = [int(Familiarity.UNTOLD)] * len(text)
    for run in RUN.finditer(text):
        if not run.group().isdecimal():
            told[run.start() : run.end()] = [int(_of_run(run.group(), share))] * (run.end() - run.start())
    return told


def _of_run(run: str, share: Callable[[str], float]) -> Familiarity:
    found = share(run) if run.isalpha() else 0.0  # letters and digits mixed are no word
    if found >= COMMON:
        return Familiarity.COMMON
    return Familiarity.RARE if found else Familiarity.UNKNOWN
