"""Refuses edits that would change a word of the user's word list, whichever corrector proposes them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from scanproof.correction.base import CorrectedLine
from scanproof.document import Edit, Refusal, apply_edits

KNOWN_WORD = "known_word"  # the name of this guard

_TOKEN = re.compile(r"\w+|[^\w\s]")


def protect_known_words(text: str, result: CorrectedLine, words: tuple[str, ...]) -> CorrectedLine:
    """Returns ``result``, which a corrector made of ``text``, without the edits that change a known word."""
    if not words or not result.edits:
        return result
    kept = _kept(text, result.edits, list(_occurrences(text, words)))
    if len(kept) == len(result.edits):
        return result
    places = {(edit.start, edit.end) for edit in kept}
    refusals = (*result.refusals, *(_refusal(edit) for edit in result.edits if (edit.start, edit.end) not in places))
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
    """Edits that leave every occurrence as it is and do not join it to a neighbour; linear in the line's length."""
    starts, ends = [edit.start for edit in edits], [edit.end for edit in edits]
    changed = {
        index for start, end in occurrences for index in range(bisect_right(ends, start), bisect_left(starts, end))
    }
    kept = [edit for index, edit in enumerate(edits) if index not in changed]
    while edges := _joined_edges(text, kept, occurrences):
        kept = [edit for edit in kept if edit.start not in edges and edit.end not in edges]
    return kept


def _joined_edges(text: str, edits: Sequence[Edit], occurrences: Sequence[tuple[int, int]]) -> set[int]:
    """Edges of the occurrences that continue with a letter, digit or underscore after the edits."""
    starts, ends = [edit.start for edit in edits], [edit.end for edit in edits]
    joined = set()
    for start, end in occurrences:
        before = _character_before(text, edits, bisect_right(ends, start), start)
        after = _character_after(text, edits, bisect_left(starts, end), end)
        if not is_whole_word(before + text[start:end] + after, len(before), len(before) + end - start):
            joined |= {start, end}
    return joined


def _character_before(text: str, edits: Sequence[Edit], index: int, position: int) -> str:
    """The character in front of ``position`` after the edits, of which ``edits[:index]`` are in front of it."""
    while index and edits[index - 1].end == position:
        index -= 1
        if edits[index].corrected:
            return edits[index].corrected[-1]
        position = edits[index].start
    return text[max(position - 1, 0) : position]


def _character_after(text: str, edits: Sequence[Edit], index: int, position: int) -> str:
    """The character at ``position`` after the edits, of which ``edits[index:]`` are behind it."""
    while index < len(edits) and edits[index].start == position:
        if edits[index].corrected:
            return edits[index].corrected[0]
        position = edits[index].end
        index += 1
    return text[position : position + 1]


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
