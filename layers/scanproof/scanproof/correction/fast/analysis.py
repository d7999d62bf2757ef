"""Analyzes a line: collects the candidates, computes their features, scores them, and chooses the changes to make."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast.candidates import Candidate, candidates, is_decidable
from scanproof.correction.fast.features import AffectedWord, affected_words, features, kind_of_candidate, near
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.reranker import (
    EditKind,
    FeatureMatrix,
    LineDomain,
    Reranker,
    is_low_resource,
    line_domains,
)
from scanproof.correction.fast.resources import LanguageResources, load_resources
from scanproof.correction.fast.tagger import Tagger, word_statuses
from scanproof.edits import TextEdit


@dataclass(frozen=True)
class Candidates:
    """The candidates of a line; the four sequences are parallel."""

    items: Sequence[Candidate]
    kinds: Sequence[EditKind]
    words: Sequence[AffectedWord]
    features: FeatureMatrix

    def score(self, reranker: Reranker, profile: str) -> ScoredCandidates:
        """Estimates each candidate's probability, and looks up the one that it needs with this profile."""
        if not self.items:
            return ScoredCandidates(self, np.empty(0), np.empty(0))
        line = self.features[:1]  # the line's features are the same in every row
        domain, low_resource = LineDomain(line_domains(line)[0]), bool(is_low_resource(line)[0])
        thresholds = [
            reranker.threshold(kind, profile, domain=domain, is_low_resource=low_resource) for kind in self.kinds
        ]
        needed = np.array([math.inf if threshold is None else threshold for threshold in thresholds])
        return ScoredCandidates(self, reranker.probabilities(self.features), needed)


@dataclass(frozen=True)
class ScoredCandidates:
    """The candidates of a line, the probability that each is right, and the threshold that it has to reach."""

    candidates: Candidates
    probabilities: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]

    def choose(self) -> list[TextEdit]:
        """The changes to make, in order of position; of candidates in conflict the most probable one."""
        starts = [candidate.start for candidate in self.candidates.items]
        chosen: set[int] = set()
        sure = np.flatnonzero(self.probabilities >= self.thresholds).tolist()
        for index in sorted(sure, key=lambda index: (-self.probabilities[index], index)):
            nearby = chosen.intersection(near(starts, starts[index]))
            if not any(self._conflicts(index, other) for other in nearby):
                chosen.add(index)
        return [_edit(self.candidates.items[index], float(self.probabilities[index])) for index in sorted(chosen)]

    def _conflicts(self, index: int, other: int) -> bool:
        """Whether both change one place, or correct one word in two ways."""
        mine, its = self.candidates.items[index], self.candidates.items[other]
        if mine.start < its.end and its.start < mine.end:
            return True
        if (mine.start == mine.end or its.start == its.end) and mine.start <= its.end and its.start <= mine.end:
            return True
        my_word, its_word = self.candidates.words[index], self.candidates.words[other]
        same_word = my_word.start < its_word.end and its_word.start < my_word.end
        return same_word and not (mine.from_argmax and its.from_argmax)


class LineAnalyzer:
    """Analyzes lines with a tagger and language resources."""

    def __init__(self, tagger: Tagger, resources: LanguageResources) -> None:
        """``tagger`` and ``resources`` are of the same model folder."""
        self.tagger, self._resources = tagger, resources
        self._lexical = LexicalCandidates(resources.lexicon, resources.error_model)

    def shares_in(self, text: str, language: str | None = None) -> Callable[[str], Sequence[float]]:
        """A function that returns a word's relative frequency in each language that ``text`` may be in."""
        lexicon = self._resources.lexicon
        languages = cache(lambda: lexicon.possible_languages(text, language))  # for few lines it is ever called
        return lambda word: lexicon.shares(word, languages())

    def language_of(self, text: str) -> str | None:
        """See `Lexicon.language_of`."""
        return self._resources.lexicon.language_of(text)

    def analyze(self, text: str, language: str | None = None) -> Candidates:
        """The candidates of a line; ``language`` is its page's, if known."""
        lexicon = self._resources.lexicon
        posterior = lexicon.posterior(text, language)
        statuses = word_statuses(
            text,
            lambda word: lexicon.max_prob(word, language),
            lambda word, rare: self._lexical.suspect_span(word, posterior, rare=rare),
        )
        tags = self.tagger.tag(text, statuses)
        every = candidates(text, tags, self.tagger, self._lexical, posterior)
        with_kinds = [(candidate, kind_of_candidate(text, candidate)) for candidate in every]
        decidable = [(candidate, kind) for candidate, kind in with_kinds if is_decidable(text, candidate, kind)]
        found, kinds = [candidate for candidate, _ in decidable], [kind for _, kind in decidable]
        words = affected_words(text, found, lexicon, posterior)
        return Candidates(found, kinds, words, features(text, tags, found, words, kinds, self._resources, posterior))


def load_line_analyzer(folder: Path) -> LineAnalyzer:
    """Opens a model folder.

    Raises:
        PermanentError: as `Tagger` and `load_resources`.
    """
    return LineAnalyzer(Tagger(folder), load_resources(folder))


def _edit(candidate: Candidate, probability: float) -> TextEdit:
    return TextEdit(candidate.start, candidate.end, candidate.corrected, probability)
