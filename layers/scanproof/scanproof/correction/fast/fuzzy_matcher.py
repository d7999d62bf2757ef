"""Finds known words for unknown ones that several character edits of the engine may have produced ("suspiolons").

The channel of the noisy-channel model for a whole word: the most probable alignment of the known word with what was
read, letter by letter or by two letters at a time (Brill and Moore 2000), at the error rates measured on engines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein, Postfix, Prefix

from scanproof.correction.fast.channel_model import NEVER, ErrorModel
from scanproof.correction.fast.lexical_candidates import SHAPES
from scanproof.correction.fast.lexicon import LanguagePosterior, Lexicon
from scanproof.edits import TextEdit

_MIN_LENGTH, _MAX_LENGTH = 5, 24  # letters of a word
_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{{_MIN_LENGTH},{_MAX_LENGTH}}}(?![^\W_])")
_MAX_EDITS, _MAX_EDITS_OF_LONG, _LONG = 2, 3, 7  # edits of a word, edits of a long word, letters of a long word
_MAX_MATCHES = 3  # of a word
_MAX_ALIGNED = 8  # of the nearest and most common words
_MIN_COUNT = 3  # a rarer word is hardly meant
_LOG_RATE_PER_EDIT = -1.5  # log10: what an edit costs before the words are aligned
_CACHED_WORDS = 20_000
_SHAPES = {*SHAPES, ("ni", "m"), ("iu", "m"), ("ui", "m")}
_STEPS = ((1, 1), (0, 1), (1, 0), (1, 2), (2, 1), (2, 2))  # letters read, and letters meant
_UNCHANGED = (0, 0)  # a letter that was read as what it is
_SHAPE_LOG_RATE = -2.7  # log10; tables of single characters do not hold such an error as one


@dataclass(frozen=True)
class FuzzyMatch:
    """A known word, the edits that turn what was read into it, and the log10 of how often they occur together."""

    word: str
    char_edits: tuple[TextEdit, ...]
    log_rate: float


class Vocabulary:
    """Searches the words of one language by similarity."""

    def __init__(self, words: Sequence[str]) -> None:
        """``words``: in lower case, of at most ``_MAX_LENGTH`` letters, at least one."""
        words = sorted(words, key=len)
        letters = sorted(set("".join(words)))
        self._words = np.array(words, dtype=object)
        codes = np.array(words, dtype=f"U{_MAX_LENGTH}").view(np.uint32).reshape(len(words), _MAX_LENGTH)
        self._ends = np.bincount((codes > 0).sum(1), minlength=_MAX_LENGTH + 1).cumsum()  # of the words of each length
        self._bits = {letter: np.uint64(1 << place % 64) for place, letter in enumerate(letters)}
        table = np.zeros(ord(letters[-1]) + 1, np.uint64)
        for letter, bit in self._bits.items():
            table[ord(letter)] = bit
        self._letters = np.bitwise_or.reduce(table[codes], axis=1)

    def near(self, word: str, max_distance: int) -> list[tuple[str, int]]:
        """Words at most ``max_distance`` away, with their distance (Levenshtein 1966)."""
        letters = np.bitwise_or.reduce([self._bits.get(letter, np.uint64(0)) for letter in word])
        shortest, longest = max(1, len(word) - max_distance), min(_MAX_LENGTH, len(word) + max_distance)
        of_length = slice(self._ends[shortest - 1], self._ends[longest])
        similar = np.bitwise_count(self._letters[of_length] ^ letters) <= 2 * max_distance
        found = process.extract(
            word,
            self._words[of_length][similar].tolist(),
            scorer=Levenshtein.distance,
            score_cutoff=max_distance,
            limit=None,
        )
        return [(other, int(distance)) for other, distance, _ in found]


class FuzzyMatcher:
    """Finds known words for unknown ones, several character edits away."""

    def __init__(self, lexicon: Lexicon, error_model: ErrorModel) -> None:
        self._lexicon, self._error_model = lexicon, error_model
        self._vocabulary = lru_cache(self._words_of)
        self._near = lru_cache(_CACHED_WORDS)(self._find)

    def words(self, text: str) -> Iterator[re.Match[str]]:
        """The words of ``text`` that no language's lexicon holds."""
        return (found for found in _WORD.finditer(text) if found.group() not in self._lexicon)

    def matches(self, word: str, posterior: LanguagePosterior) -> Iterator[FuzzyMatch]:
        """The most probable known words of the line's language for ``word``, which is in lower case."""
        yield from self._near(word, self._lexicon.language(posterior))

    def _words_of(self, language: int) -> Vocabulary:
        words = self._lexicon.words_of(language, _MIN_COUNT)
        return Vocabulary([word for word in words if len(word) <= _MAX_LENGTH])

    def _find(self, word: str, language: int) -> tuple[FuzzyMatch, ...]:
        max_edits = _MAX_EDITS if len(word) < _LONG else _MAX_EDITS_OF_LONG
        found = self._vocabulary(language).near(word, max_edits)
        near = [(other, distance) for other, distance in found if distance > 1]
        log_probs = {other: self._lexicon.log_prob_in(other, language) for other, _ in near}
        near.sort(key=lambda found: (-_LOG_RATE_PER_EDIT * found[1] - log_probs[found[0]], found[0]))
        matches = [align(word, other, self._error_model) for other, _ in near[:_MAX_ALIGNED]]
        matches.sort(key=lambda match: (-match.log_rate - log_probs[match.word], match.word))
        return tuple(matches[:_MAX_MATCHES])


def align(read: str, meant: str, error_model: ErrorModel) -> FuzzyMatch:
    """The most probable edits that turn ``read`` into ``meant``; a common beginning and end stay as they are."""
    first = Prefix.similarity(read, meant)
    last = Postfix.similarity(read[first:], meant[first:])
    log_rate, edits = _best_path(read[first : len(read) - last], meant[first : len(meant) - last], error_model)
    return FuzzyMatch(meant, tuple(edit.shifted(first) for edit in edits), log_rate)


def _best_path(read: str, meant: str, error_model: ErrorModel) -> tuple[float, tuple[TextEdit, ...]]:
    """Dynamic programming over prefixes of both words: the highest sum of log rates, and its edits."""
    scores = [[-math.inf] * (len(meant) + 1) for _ in range(len(read) + 1)]
    steps = [[_UNCHANGED] * (len(meant) + 1) for _ in range(len(read) + 1)]
    scores[0][0] = 0.0
    for row, column in islice(product(range(len(read) + 1), range(len(meant) + 1)), 1, None):
        best, best_step = -math.inf, _UNCHANGED
        if row and column and read[row - 1] == meant[column - 1]:
            best = scores[row - 1][column - 1]
        for step in _STEPS:
            taken, given = step
            if row >= taken and column >= given and (before := scores[row - taken][column - given]) > best:
                score = before + _log_rate(meant[column - given : column], read[row - taken : row], error_model)
                best, best_step = (score, step) if score > best else (best, best_step)
        scores[row][column], steps[row][column] = best, best_step
    return scores[-1][-1], tuple(_backtrack(steps, meant))[::-1]


def _log_rate(meant: str, read: str, error_model: ErrorModel) -> float:
    """log10 of how often ``meant`` is read as ``read``; an unseen error of several letters is impossible."""
    rate = max(error_model.log_rate(meant, read), _SHAPE_LOG_RATE if (read, meant) in _SHAPES else NEVER)
    return -math.inf if rate <= NEVER and len(meant) + len(read) > 2 else rate


def _backtrack(steps: Sequence[Sequence[tuple[int, int]]], meant: str) -> Iterator[TextEdit]:
    """The edits of the best path, the last one first."""
    row, column = len(steps) - 1, len(meant)
    while row or column:
        taken, given = steps[row][column]
        if (taken, given) == _UNCHANGED:
            row, column = row - 1, column - 1
        else:
            yield TextEdit(row - taken, row, meant[column - given : column])
            row, column = row - taken, column - given
