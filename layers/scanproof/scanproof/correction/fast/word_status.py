"""How well known the word is that a character stands in: told to the tagger beside the characters.

A model of a few million weights cannot hold the words of eight languages; a list can. The tagger reads it as token
types, so that what nobody ever wrote ("nember") looks doubtful to it and what is known is left alone. It is told, too,
where an unknown word would have to change to become the likeliest known one, and a rare one ("custome") to become one
that is likelier to be meant.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from scanproof.correction.fast.lexicon import RUN, may_be_word

COMMON = 1e-5  # of the words of a language

Span = tuple[int, int]  # start and end of the letters in a word that an engine may have misread


class WordStatus(IntEnum):
    """Token types of the tagger."""

    UNSPECIFIED = 0  # no word, or nothing is said of it
    COMMON = 1
    RARE = 2
    UNKNOWN = 3
    NEAR_KNOWN = 4  # in an unknown or rare word that one slip parts from a known one, which is the likelier for it
    SUSPECT = 5  # there, in such a word


def max_status(types: int) -> int:
    """The greatest `WordStatus` that a model of so many token types takes: what is more comes down to it.

    Older models were told less, that words near a known one are unknown; or, with fewer types yet, nothing.
    """
    return types - 1 if types > WordStatus.UNKNOWN else int(WordStatus.UNSPECIFIED)


def word_statuses(
    text: str, share: Callable[[str], float], char_edit: Callable[[str, bool], Span | None] = lambda word, known: None
) -> list[int]:
    """One `WordStatus` for each character of ``text``.

    Args:
        share: of the words of the language that has it most, how many are this one; 0 if it was never seen.
        slip: what to change in a word, unknown or (if its second argument is true) rare, to make a likelier one of it;
            empty where a letter is to be put in, and then the one before is told of; None if there is no such word.
    """
    told = [int(WordStatus.UNSPECIFIED)] * len(text)
    for run in RUN.finditer(text):
        if run.group().isdecimal():
            continue
        known = _of_run(run.group(), share)
        doubted = known is not WordStatus.COMMON and run.group().isalpha()
        changed = char_edit(run.group(), known is WordStatus.RARE) if doubted else None
        told[run.start() : run.end()] = [int(WordStatus.NEAR_KNOWN if changed else known)] * (run.end() - run.start())
        if changed:
            start, end = changed if changed[0] < changed[1] else (max(0, changed[0] - 1), max(1, changed[0]))
            told[run.start() + start : run.start() + end] = [int(WordStatus.SUSPECT)] * (end - start)
    return told


def _of_run(run: str, share: Callable[[str], float]) -> WordStatus:
    found = share(run) if may_be_word(run) else 0.0
    if found >= COMMON:
        return WordStatus.COMMON
    return WordStatus.RARE if found else WordStatus.UNKNOWN
