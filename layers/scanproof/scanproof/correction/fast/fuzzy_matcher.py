"""Unknown words, and the known ones that several slips of the engine could have made of them ("suspiolons").

The channel of the noisy-channel model for a whole word: the likeliest way in which the known word was read as what
stands there, letter by letter or by two letters at a time (Brill and Moore 2000), at the rates measured on engines.
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

from scanproof.correction.fast.channel_model import NEVER, CharEdit, ErrorModel
from scanproof.correction.fast.lexical_candidates import SHAPES
from scanproof.correction.fast.lexicon import LanguagePosterior, Lexicon

_SHORTEST, _LONGEST = 5, 24  # letters of a word
_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{{_SHORTEST},{_LONGEST}}}(?![^\W_])")
_EDITS, _EDITS_OF_LONG, _LONG = 2, 3, 7  # letters
_MOST = 3  # words that are looked at
_WORTH_A_LOOK = 8  # of the nearest and commonest
_LEAST_COUNT = 3  # a word that is rarer is hardly meant
_PER_EDIT = 1.5  # log10 by which a slip more makes a word less likely, before it is known which slip
_CACHED_WORDS = 20_000
_SHAPES = {*SHAPES, ("ni", "m"), ("iu", "m"), ("ui", "m")}
_STEPS = ((1, 1), (0, 1), (1, 0), (1, 2), (2, 1), (2, 2))  # letters read, and letters meant
_KEPT = (0, 0)  # a letter that was read as what it is
_ALIKE = -2.7  # log10 of the rate of such a slip: in tables of single characters it falls apart


@dataclass(frozen=True)
class FuzzyMatch:
    """A known word, the slips that part it from what was read, and log10 of how likely they are together."""

    word: str
    char_edits: tuple[CharEdit, ...]
    log_rate: float


class Vocabulary:
    """The words of one language, to be searched by likeness."""

    def __init__(self, words: Sequence[str]) -> None:
        """``words``: in lower case, of at most ``_LONGEST`` letters, at least one."""
        words = sorted(words, key=len)
        letters = sorted(set("".join(words)))
        self._words = np.array(words, dtype=object)
        codes = np.array(words, dtype=f"U{_LONGEST}").view(np.uint32).reshape(len(words), _LONGEST)
        self._ends = np.bincount((codes > 0).sum(1), minlength=_LONGEST + 1).cumsum()  # of the words of each length
        self._bits = {letter: np.uint64(1 << place % 64) for place, letter in enumerate(letters)}
        table = np.zeros(ord(letters[-1]) + 1, np.uint64)
        for letter, bit in self._bits.items():
            table[ord(letter)] = bit
        self._letters = np.bitwise_or.reduce(table[codes], axis=1)

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        """Words at most ``most`` letters lost, added or changed away, with that distance (Levenshtein 1966)."""
        letters = np.bitwise_or.reduce([self._bits.get(letter, np.uint64(0)) for letter in word])
        shortest, longest = max(1, len(word) - most), min(_LONGEST, len(word) + most)
        of_length = slice(self._ends[shortest - 1], self._ends[longest])
        alike = np.bitwise_count(self._letters[of_length] ^ letters) <= 2 * most
        found = process.extract(
            word, self._words[of_length][alike].tolist(), scorer=Levenshtein.distance, score_cutoff=most, limit=None
        )
        return [(other, int(distance)) for other, distance, _ in found]


class FuzzyMatcher:
    """Finds respellings of unknown words."""

    def __init__(self, lexicon: Lexicon, rates: ErrorModel) -> None:
        self._lexicon, self._rates = lexicon, rates
        self._vocabulary = lru_cache(self._words_of)
        self._near = lru_cache(_CACHED_WORDS)(self._found)

    def words(self, text: str) -> Iterator[re.Match[str]]:
        """The words of ``text`` that are in no language's list."""
        return (found for found in _WORD.finditer(text) if found.group() not in self._lexicon)

    def matches(self, word: str, posterior: LanguagePosterior) -> Iterator[FuzzyMatch]:
        """The likeliest known words for ``word``, which is in lower case, in the line's language."""
        yield from self._near(word, self._lexicon.language(posterior))

    def _words_of(self, language: int) -> Vocabulary:
        words = self._lexicon.words_of(language, _LEAST_COUNT)
        return Vocabulary([word for word in words if len(word) <= _LONGEST])

    def _found(self, word: str, language: int) -> tuple[FuzzyMatch, ...]:
        most = _EDITS if len(word) < _LONG else _EDITS_OF_LONG
        near = [(other, distance) for other, distance in self._vocabulary(language).near(word, most) if distance > 1]
        shares = {other: self._lexicon.log_prob_in(other, language) for other, _ in near}
        near.sort(key=lambda found: (_PER_EDIT * found[1] - shares[found[0]], found[0]))
        respelt = [aligned(word, other, self._rates) for other, _ in near[:_WORTH_A_LOOK]]
        respelt.sort(key=lambda found: (-found.log_rate - shares[found.word], found.word))
        return tuple(respelt[:_MOST])


def aligned(read: str, meant: str, rates: ErrorModel) -> FuzzyMatch:
    """The likeliest slips that make ``read`` of ``meant``; where both begin and end alike, nothing slipped."""
    first = Prefix.similarity(read, meant)
    last = Postfix.similarity(read[first:], meant[first:])
    log_rate, char_edits = _likeliest(read[first : len(read) - last], meant[first : len(meant) - last], rates)
    return FuzzyMatch(
        meant,
        tuple(CharEdit(first + char_edit.start, first + char_edit.end, char_edit.meant) for char_edit in char_edits),
        log_rate,
    )


def _likeliest(read: str, meant: str, rates: ErrorModel) -> tuple[float, tuple[CharEdit, ...]]:
    logs = [[-math.inf] * (len(meant) + 1) for _ in range(len(read) + 1)]
    steps = [[_KEPT] * (len(meant) + 1) for _ in range(len(read) + 1)]
    logs[0][0] = 0.0
    for row, column in islice(product(range(len(read) + 1), range(len(meant) + 1)), 1, None):
        best, by = -math.inf, _KEPT
        if row and column and read[row - 1] == meant[column - 1]:
            best = logs[row - 1][column - 1]
        for step in _STEPS:
            taken, given = step
            if row >= taken and column >= given and (before := logs[row - taken][column - given]) > best:
                log = before + _log_rate(meant[column - given : column], read[row - taken : row], rates)
                best, by = (log, step) if log > best else (best, by)
        logs[row][column], steps[row][column] = best, by
    return logs[-1][-1], tuple(_walked_back(steps, meant))[::-1]


def _log_rate(meant: str, read: str, rates: ErrorModel) -> float:
    """log10 of how often such a slip befalls a letter; one of several letters that was never met is impossible."""
    rate = max(rates.log_rate(meant, read), _ALIKE if (read, meant) in _SHAPES else NEVER)
    return -math.inf if rate <= NEVER and len(meant) + len(read) > 2 else rate


def _walked_back(steps: Sequence[Sequence[tuple[int, int]]], meant: str) -> Iterator[CharEdit]:
    row, column = len(steps) - 1, len(meant)
    while row or column:
        taken, given = steps[row][column]
        if (taken, given) == _KEPT:
            row, column = row - 1, column - 1
        else:
            yield CharEdit(row - taken, row, meant[column - given : column])
            row, column = row - taken, column - given
