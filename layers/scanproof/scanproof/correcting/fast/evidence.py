"""What speaks for and against a proposed edit, as numbers: the tagger's opinion, the words, and the line around it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Candidate
from scanproof.correcting.fast.tagger import Tags

NAMES: Final = (
    "one", "doubt", "choice", "before_known", "before_common", "after_known", "after_common", "noise", "capitals",
    "digits", "short_line", "word_length", "word_in_capitals", "name_like", "respelt", "margin",
)  # fmt: skip
_FARTHEST = 7.0  # logits beyond say nothing more
_COMMON = 10.0  # so many e-folds of occurrences make a word as common as can be
_LONG_WORD, _LONGEST_WORD = 12, 40
_UNDOUBTED = 0.3  # of one character, in a line of which nothing is known yet

Evidence = npt.NDArray[np.float64]


def evidence_of(text: str, tags: Tags, proposed: Sequence[Candidate], lexicon: Lexicon) -> Iterator[Evidence]:
    """For each proposed edit of the line ``text`` one row of ``NAMES``; it depends on nothing but the line."""
    letters = [character for character in text if character.isalpha()]
    blanks = sum(map(str.isspace, text))
    of_line = (
        _share(sum(map(str.isupper, letters)), len(letters)),
        _share(sum(map(str.isdigit, text)), len(text) - blanks),
        math.exp(-len(text) / 20),
    )
    doubted = float(tags.doubt.sum())
    for candidate in proposed:
        start, end = _word_around(text, candidate)
        before = text[start:end]
        edit = candidate.edit
        after = text[start : edit.start] + edit.corrected + text[edit.end : end]
        elsewhere = max(0.0, doubted - float(tags.doubt[edit.start : edit.end + 1].sum()))
        yield np.array(
            [
                1.0,
                _logit(candidate.doubt),
                _logit(edit.probability),
                *_commonness(before, lexicon),
                *_commonness(after, lexicon),
                math.log((elsewhere + _UNDOUBTED) / (len(text) + 20.0)) + 4.0,
                *of_line,
                min(len(before), _LONG_WORD) / _LONG_WORD,
                float(before.isupper()),
                float(start > 0 and before.istitle()),
                float(candidate.respelt),
                candidate.margin,
            ]
        )


def _word_around(text: str, candidate: Candidate) -> tuple[int, int]:
    """Where the word begins and ends that the edit touches; both words, where it joins two."""
    start, end = candidate.edit.start, candidate.edit.end
    while start > 0 and candidate.edit.start - start < _LONGEST_WORD and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and end - candidate.edit.end < _LONGEST_WORD and text[end].isalnum():
        end += 1
    return start, end


def _commonness(text: str, lexicon: Lexicon) -> tuple[float, float]:
    """Whether all words of ``text`` are known, and how common the rarest is (0 to 1)."""
    count = lexicon.least_count(text)
    return float(count > 0), min(1.0, math.log1p(count) / _COMMON)


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return min(_FARTHEST, max(-_FARTHEST, math.log(bounded / (1 - bounded))))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
