"""Classifies words as common, rare or unknown for the tagger, which reads the class beside each character.

A model of a few million weights cannot hold the words of eight languages; a lexicon can. The tagger reads the class as
token types, so it doubts what is no word ("nember") and leaves known words alone. Token types also mark where an
unknown word would have to change to become the most probable known one, and a rare word ("custome") to become a more
probable one.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from scanproof.correction.fast.lexicon import TOKEN, may_be_word

COMMON = 1e-5  # of the words of a language

Span = tuple[int, int]


class WordStatus(IntEnum):
    """Token types of the tagger."""

    UNSPECIFIED = 0  # no word, or no statement
    COMMON = 1
    RARE = 2
    UNKNOWN = 3
    NEAR_KNOWN = 4  # in an unknown or rare word that is one character edit away from a known, more probable one
    SUSPECT = 5  # a character that this edit changes


def max_status(types: int) -> int:
    """The greatest `WordStatus` that a model of so many token types takes; greater ones are lowered to it.

    Older models have no types for words near a known one, or no types at all.
    """
    return types - 1 if types > WordStatus.UNKNOWN else int(WordStatus.UNSPECIFIED)


def word_statuses(
    text: str,
    max_prob: Callable[[str], float],
    suspect_span: Callable[[str, bool], Span | None] = lambda word, rare: None,
) -> list[int]:
    """One `WordStatus` for each character of ``text``.

    Args:
        text: the line.
        max_prob: the relative frequency of a word in the language that has it most; 0 if it was never seen.
        suspect_span: start and end of what to change in an unknown word, or (if the second argument is true) a rare
            one, to make a more probable word of it; an empty span is an insertion, and marks the character before it.
            None if there is no such word.
    """
    statuses = [int(WordStatus.UNSPECIFIED)] * len(text)
    for token in TOKEN.finditer(text):
        if token.group().isdecimal():
            continue
        status = _status(token.group(), max_prob)
        may_change = status is not WordStatus.COMMON and token.group().isalpha()
        span = suspect_span(token.group(), status is WordStatus.RARE) if may_change else None
        of_token = int(WordStatus.NEAR_KNOWN if span else status)
        statuses[token.start() : token.end()] = [of_token] * (token.end() - token.start())
        if span:
            start, end = span if span[0] < span[1] else (max(0, span[0] - 1), max(1, span[0]))
            statuses[token.start() + start : token.start() + end] = [int(WordStatus.SUSPECT)] * (end - start)
    return statuses


def _status(token: str, max_prob: Callable[[str], float]) -> WordStatus:
    probability = max_prob(token) if may_be_word(token) else 0.0
    if probability >= COMMON:
        return WordStatus.COMMON
    return WordStatus.RARE if probability else WordStatus.UNKNOWN
