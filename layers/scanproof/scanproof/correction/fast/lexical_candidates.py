"""Finds known words for misread ones, one to three character edits away.

The noisy channel: the most probable alignment of a known word with what was read, letter by letter or by two letters at
a time (Brill and Moore 2000), at the error rates measured on engines. The reranker decides which candidate, if any, is
right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, islice, product

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, Postfix, Prefix

from scanproof.correction.confusions import NEVER, SHAPES, ErrorModel
from scanproof.correction.fast import config
from scanproof.correction.fast.lexicon import LETTERS, UNSEEN, Lexicon, LinePosterior
from scanproof.edits import TextEdit, apply
from scanproof.language import LanguagePosterior

_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{{config.MIN_WORD_LENGTH},{config.MAX_WORD_LENGTH}}}(?![^\W_])")
_PLAIN_WORD = r"\(?(?:[^\W\d_]+(?:['’][^\W\d_A-Z]+)?|\d+)\)?[.,;:!?]?"
_PLAIN = re.compile(rf"{_PLAIN_WORD}(?: {_PLAIN_WORD})*")
_STEPS = ((1, 1), (0, 1), (1, 0), (1, 2), (2, 1), (2, 2))  # letters read, and letters meant
_UNCHANGED = (0, 0)  # a letter that was read as what it is
_CACHED_WORDS, _CACHED_RATES = 20_000, 100_000


@dataclass(frozen=True)
class FuzzyMatch:
    """A known word, the edits that turn what was read into it, and the log10 of how often they occur together."""

    word: str
    char_edits: tuple[TextEdit, ...]
    log_rate: float


class LetterSets:
    """Sets of letters as the bits of a number, for words in lower case; beyond 64 letters, some share a bit."""

    def __init__(self, words: Sequence[str]) -> None:
        """Takes the words whose letters are distinguished, at least one.

        Attributes:
            of_words: [words] their letters.
        """
        codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
        ends = np.fromiter(accumulate(map(len, words)), np.intp, len(words))
        letters = np.flatnonzero(np.bincount(codes))
        bits = np.zeros(int(codes.max()) + 1, np.uint64)
        bits[letters] = np.uint64(1) << (np.arange(len(letters), dtype=np.uint64) % np.uint64(64))
        self._bits = dict(zip(map(chr, letters.tolist()), bits[letters], strict=True))
        self.of_words: npt.NDArray[np.uint64] = np.bitwise_or.reduceat(bits[codes], np.append(0, ends[:-1]))

    def of(self, word: str) -> np.uint64:
        """The letters of any word; those that none of the words has are left out."""
        letters: np.uint64 = np.bitwise_or.reduce([self._bits.get(letter, np.uint64(0)) for letter in word])
        return letters


class Vocabulary:
    """Searches words by similarity."""

    def __init__(
        self, words: npt.NDArray[np.object_], letters: npt.NDArray[np.uint64], letter_sets: LetterSets
    ) -> None:
        """Takes words in lower case, and the set of letters of each."""
        lengths = np.fromiter(map(len, words), np.intp, len(words))
        order = lengths.argsort(kind="stable")
        self._words, self._letters, self._letter_sets = words[order], letters[order], letter_sets
        self._ends = np.bincount(lengths, minlength=config.MAX_WORD_LENGTH + 1).cumsum()  # of the words of each length

    def near(self, word: str, max_distance: int) -> list[tuple[str, int]]:
        """Words at most ``max_distance`` away, with their distance; a swap counts as one edit (Damerau 1964)."""
        shortest, longest = max(1, len(word) - max_distance), min(config.MAX_WORD_LENGTH, len(word) + max_distance)
        letters = self._letter_sets.of(word)
        similar: list[str] = []
        for length in range(shortest, longest + 1):
            of_length = slice(self._ends[length - 1], self._ends[length])
            # A letter that is added or lost makes one difference between the sets, another edit at most two.
            most = 2 * max_distance - abs(length - len(word))
            similar += self._words[of_length][np.bitwise_count(self._letters[of_length] ^ letters) <= most].tolist()
        found = process.extract(word, similar, scorer=OSA.distance, score_cutoff=max_distance, limit=None)
        return [(other, int(distance)) for other, distance, _ in found]


class Vocabularies:
    """The words of a lexicon, by language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.of = lru_cache(self._find)

    def _find(self, language: int | None, min_count: int) -> Vocabulary:
        """Words that were counted at least ``min_count`` times in a language; all words if that is None."""
        words, letter_sets = self._words
        if language is None:
            return Vocabulary(words, letter_sets.of_words, letter_sets)
        chosen = self._lexicon.is_counted(language, min_count)
        return Vocabulary(words[chosen], letter_sets.of_words[chosen], letter_sets)

    @cached_property
    def _words(self) -> tuple[npt.NDArray[np.object_], LetterSets]:
        """All known words: their letters are determined once for all languages."""
        words = [*self._lexicon.words]
        return np.array(words, object), LetterSets(words)


class LexicalCandidates:
    """Finds known words for unknown and rare ones."""

    def __init__(self, lexicon: Lexicon, error_model: ErrorModel) -> None:
        self._lexicon, self._error_model = lexicon, error_model
        self.vocabularies = Vocabularies(lexicon)
        self._single_edits = lru_cache(_CACHED_WORDS)(self._find_single_edits)
        self._several_edits = lru_cache(_CACHED_WORDS)(self._find_several_edits)
        self._unmistakable = lru_cache(_CACHED_WORDS)(self._is_unmistakable)

    def is_plain(self, text: str, language: LanguagePosterior) -> bool:
        """Whether a line is so surely right that there is nothing to look for.

        It consists of words that are common in its language and no likely misreading of others, in small letters or
        with one capital in front, and of whole numbers; parted by single spaces or an apostrophe (l'accord), with round
        brackets and at most one mark behind each. None has a capital I, which many letters are misread as.

        Args:
            text: the line.
            language: the posterior of its page.
        """
        if "I" in text or not _PLAIN.fullmatch(text):
            return False
        words = LETTERS.findall(text)
        if not all(word.islower() or word.istitle() for word in words):
            return False
        of_line = self._lexicon.certain_language(self._lexicon.posterior(text, language))
        return of_line is not None and all(self._unmistakable(word.lower(), of_line) for word in words)

    def matches(self, text: str, posterior: LinePosterior) -> Iterator[TextEdit]:
        """Single edits of ``text`` that turn its rare words into their most common known neighbours."""
        for found in _WORD.finditer(text):
            word = found.group()
            log_prob = self._lexicon.log_prob(word.lower(), posterior)
            if log_prob > config.RARE:
                continue
            others = self._known_neighbours(word.lower(), posterior)
            commoner = sorted((-other, edit) for edit, other in others if other > log_prob + config.MIN_RATIO)
            for _, edit in commoner[: config.MAX_CANDIDATES]:
                yield in_case_of(word, edit).shifted(found.start())

    def unknown_words(self, text: str) -> Iterator[re.Match[str]]:
        """The words of ``text`` that no language's lexicon holds, if long enough to search several edits away."""
        return (
            found
            for found in _WORD.finditer(text)
            if len(found.group()) >= config.MIN_MULTI_EDIT_LENGTH and found.group() not in self._lexicon
        )

    def fuzzy_matches(self, word: str, posterior: LinePosterior) -> tuple[FuzzyMatch, ...]:
        """The most probable words of the line's language several edits away from ``word``, which is in lower case."""
        return self._several_edits(word, self._lexicon.language(posterior))

    def suspect_span(
        self,
        word: str,
        posterior: LinePosterior,
        *,
        rare: bool = False,
        is_known: Callable[[str], bool] = lambda other: True,
    ) -> tuple[int, int] | None:
        """Start and end of what was misread in ``word``, by the most probable edit that makes a known word of it.

        An edit is as probable as the known word is common and the engine makes such an error. None if no edit makes a
        known word.

        Args:
            rare: the word is known itself, so it may be right; the known word has to be more probable.
            is_known: whether a word of the lexicon counts as known.
        """
        lower = word.lower()
        if not config.MIN_WORD_LENGTH <= len(word) <= config.MAX_WORD_LENGTH or len(lower) != len(word):
            return None
        least = self._lexicon.log_prob(lower, posterior) - config.RARE_WORD_MARGIN if rare else -math.inf
        likely = [
            (score, edit)
            for edit, log_prob in self._known_neighbours(lower, posterior)
            if log_prob > UNSEEN + config.MIN_RATIO
            and (score := log_prob + self._error_model.log_rate(edit.corrected, lower[edit.start : edit.end])) > least
            and is_known(apply(lower, (edit,)))
        ]
        if not likely:
            return None
        _, edit = max(likely)
        return edit.start, edit.end

    def _known_neighbours(self, word: str, posterior: LinePosterior) -> Iterator[tuple[TextEdit, float]]:
        """Edits of ``word`` (lower case) that make a known word, and the log10 probability of that word."""
        found = self._single_edits(word, self._lexicon.certain_language(posterior))
        return ((edit, self._lexicon.log_prob(other, posterior)) for edit, other in found)

    def _is_unmistakable(self, word: str, language: int) -> bool:
        """Whether a word, in lower case, is common in a language, and hardly another one with one edit."""
        log_prob = self._lexicon.highest_log_prob(word, language)
        return log_prob >= math.log10(config.PLAIN_SHARE) and all(
            self._lexicon.highest_log_prob(other, language)
            + self._error_model.log_rate(edit.corrected, word[edit.start : edit.end])
            <= log_prob - config.PLAIN_MARGIN
            for edit, other in self._single_edits(word, language)
        )

    def _find_single_edits(self, word: str, language: int | None) -> tuple[tuple[TextEdit, str], ...]:
        """Edits that make a known word, of one language or (None) of any, and this word."""
        near = self.vocabularies.of(language, 1).near(word, 1)
        return tuple((_single_edit(word, other), other) for other, distance in near if distance == 1)

    def _find_several_edits(self, word: str, language: int) -> tuple[FuzzyMatch, ...]:
        max_edits = config.MAX_EDITS if len(word) < config.LONG_WORD else config.MAX_EDITS_OF_LONG
        found = self.vocabularies.of(language, config.MIN_COUNT).near(word, max_edits)
        near = [(other, distance) for other, distance in found if distance > 1]
        log_probs = {other: self._lexicon.log_prob_in(other, language) for other, _ in near}
        near.sort(key=lambda found: (-config.LOG_RATE_PER_EDIT * found[1] - log_probs[found[0]], found[0]))
        matches = [align(word, other, self._error_model) for other, _ in near[: config.MAX_ALIGNED]]
        matches.sort(key=lambda match: (-match.log_rate - log_probs[match.word], match.word))
        return tuple(matches[: config.MAX_MATCHES])


def in_case_of(word: str, edit: TextEdit) -> TextEdit:
    """Gives an edit the case of ``word``: all capitals, or a capital where the edit begins a capitalised word."""
    if len(word) > 1 and word.isupper():
        return edit._replace(corrected=edit.corrected.upper())
    if edit.start == 0 and edit.end > 0 and word[0].isupper():
        return edit._replace(corrected=edit.corrected.capitalize())
    return edit


def align(read: str, meant: str, error_model: ErrorModel) -> FuzzyMatch:
    """The most probable edits that turn ``read`` into ``meant``; a common beginning and end stay as they are."""
    whole = _single_edit(read, meant)
    log_rate, edits = _best_path(read[whole.start : whole.end], whole.corrected, error_model)
    return FuzzyMatch(meant, tuple(edit.shifted(whole.start) for edit in edits), log_rate)


def _single_edit(read: str, meant: str) -> TextEdit:
    """One edit from ``read`` to ``meant``, without their common beginning and end."""
    first = Prefix.similarity(read, meant)
    last = Postfix.similarity(read[first:], meant[first:])
    return TextEdit(first, len(read) - last, meant[first : len(meant) - last])


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


@lru_cache(_CACHED_RATES)  # words are aligned by the same few thousand errors
def _log_rate(meant: str, read: str, error_model: ErrorModel) -> float:
    """log10 of how often ``meant`` is read as ``read``; an unseen error of several letters is impossible."""
    rate = max(error_model.log_rate(meant, read), config.SHAPE_LOG_RATE if (read, meant) in SHAPES else NEVER)
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
