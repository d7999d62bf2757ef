"""Refuses edits that would change a word of the user's word list, whichever corrector proposes them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from scanproof.correction.base import CorrectedLine
from scanproof.document import Edit, Refusal, apply_edits
from scanproof.edits import apply

KNOWN_WORD = "known_word"  # the name of this guard

_TOKEN = re.compile(r"\w+|[^\w\s]")


def protect_known_words(text: str, result: CorrectedLine, words: tuple[str, ...]) -> CorrectedLine:
    """Returns ``result``, which a corrector made of ``text``, without the edits that change a known word."""
    if not words or not result.edits:
        return result
    kept = _kept(text, result.edits, list(_occurrences(text, words)))
    if len(kept) == len(result.edits):
        return result
    refusals = (*result.refusals, *(_refusal(edit) for edit in result.edits if edit not in kept))
    ordered = tuple(sorted(refusals, key=lambda refusal: (refusal.start, refusal.end)))
    return replace(result, text=apply_edits(text, kept), edits=tuple(kept), refusals=ordered)


def is_whole_word(text: str, start: int, end: int) -> bool:
    """Whether no letter, digit or underscore at an edge of ``text[start:end]`` has another one beside it."""
    return not any(
        0 < edge < len(text) and _is_word_character(text[edge - 1]) and _is_word_character(text[edge])
        for edge in (start, end)
    )


def _occurrences(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Start and end of each known word in ``text``; an entry in lower case is found in any case."""
    by_first_token = _by_first_token(words)
    for token in _TOKEN.finditer(text):
        for word in by_first_token.get(token[0].lower(), ()):
            start, end = token.start(), token.start() + len(word)
            found = text[start:end]
            if word in (found, found.lower()) and is_whole_word(text, start, end):
                yield start, end


@lru_cache(maxsize=4)
def _by_first_token(words: tuple[str, ...]) -> dict[str, list[str]]:
    index = defaultdict(list)
    for word in words:
        if token := _TOKEN.match(word):
            index[token[0].lower()].append(word)
    return dict(index)


def _kept(text: str, edits: Sequence[Edit], occurrences: Sequence[tuple[int, int]]) -> list[Edit]:
    """Edits that leave every occurrence as it is and do not join it to a neighbour."""
    kept = [edit for edit in edits if not any(edit.start < end and start < edit.end for start, end in occurrences)]
    while joined := [place for place in occurrences if _joins(text, kept, *place)]:
        edges = {edge for place in joined for edge in place}
        kept = [edit for edit in kept if edit.start not in edges and edit.end not in edges]
    return kept


def _joins(text: str, edits: Sequence[Edit], start: int, end: int) -> bool:
    """Whether the text around ``text[start:end]`` continues that word after the edits."""
    before = apply(text, [edit for edit in edits if edit.end <= start], 0, start)
    after = apply(text, [edit for edit in edits if edit.start >= end], end)
    word = text[start:end]
    return not is_whole_word(before + word + after, len(before), len(before) + len(word))


def _is_word_character(character: str) -> bool:
    return character.isalnum() or character == "_"


def _refusal(edit: Edit) -> Refusal:
    return Refusal(
        start=edit.start,
        end=edit.end,
        raw=edit.raw,
        proposed=edit.corrected,
        guard=KNOWN_WORD,
        probability=edit.probability,
    )
