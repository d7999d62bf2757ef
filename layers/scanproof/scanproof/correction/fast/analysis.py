"""Analyzes a line: collects the candidates, computes their features, scores them, and chooses the changes to make."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast import config
from scanproof.correction.fast.candidates import Candidate, candidates, is_decidable
from scanproof.correction.fast.features import AffectedWord, affected_words, features, kind_of_candidate, near
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.image_features import image_features, plausible_readings
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.reranker import (
    IMAGE,
    EditKind,
    FeatureMatrix,
    Reranker,
    is_low_resource,
    is_noisy,
    risk_of,
)
from scanproof.correction.fast.resources import LanguageResources, load_resources
from scanproof.correction.fast.tagger import Tagger, word_statuses
from scanproof.correction.guards.units import parts_values
from scanproof.edits import TextEdit


@dataclass(frozen=True)
class Candidates:
    """The candidates of a line; the sequences are parallel.

    Attributes:
        items: the candidates, in order of position.
        kinds: of their edits.
        words: that they change.
        features: the text's.
        image: the image's features, None without a lattice.
        decidable: whether the text can decide each; None if it can decide all.
        parting: whether each is a space that parts values, of which the image alone tells.
    """

    items: Sequence[Candidate]
    kinds: Sequence[EditKind]
    words: Sequence[AffectedWord]
    features: FeatureMatrix
    image: FeatureMatrix | None = None
    decidable: npt.NDArray[np.bool_] | None = None
    parting: npt.NDArray[np.bool_] | None = None

    def score(self, reranker: Reranker, profile: str) -> ScoredCandidates:
        """Estimates each candidate's probability, and looks up the one that it needs with this profile.

        Where the lattice tells about a candidate, the image decides with the text.
        """
        by_text = self._score_text(reranker, profile)
        if self.image is None or not self.items:
            return by_text
        evidence = self.image[:, IMAGE]
        probabilities = reranker.image.probabilities(by_text.probabilities, self.image)
        thresholds = np.array([reranker.image_threshold(risk_of(kind), profile) for kind in self.kinds])
        lowest = [config.NOT_IN_IMAGE * item.char_edits for item in self.items]
        thresholds[evidence <= np.maximum(lowest, config.MIN_IMAGE)] = math.inf  # evidence does not go lower
        if self.parting is not None:
            odds = np.exp(evidence + config.PARTING_LOG_ODDS)
            probabilities = np.where(self.parting, odds / (1 + odds), probabilities)
        told = ~np.isnan(evidence)
        return ScoredCandidates(
            self,
            np.where(told, probabilities, by_text.probabilities),
            np.where(told, thresholds, by_text.thresholds),
            by_text,
        )

    def _score_text(self, reranker: Reranker, profile: str) -> ScoredCandidates:
        """The same by the text alone."""
        if not self.items:
            return ScoredCandidates(self, np.empty(0), np.empty(0))
        line = self.features[:1]  # the line's features are the same in every row
        noisy, low_resource = bool(is_noisy(line)[0]), bool(is_low_resource(line)[0])
        needed = np.array(
            [
                reranker.threshold(risk_of(kind), profile, is_noisy=noisy, is_low_resource=low_resource)
                for kind in self.kinds
            ]
        )
        if self.decidable is not None:
            needed[~self.decidable] = math.inf
        return ScoredCandidates(self, reranker.probabilities(self.features), needed)


@dataclass(frozen=True)
class ScoredCandidates:
    """The candidates of a line, the probability that each is right, and the threshold that it has to reach.

    ``by_text`` is the same by the text alone, where the image decides with it.
    """

    candidates: Candidates
    probabilities: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]
    by_text: ScoredCandidates | None = None

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

    def analyze(self, text: str, language: str | None = None, image: LineImage | None = None) -> Candidates:
        """The candidates of a line.

        Args:
            text: the line.
            language: of its page, if known.
            image: of the line, if it has a lattice.
        """
        lexicon = self._resources.lexicon
        posterior = lexicon.posterior(text, language)
        statuses = word_statuses(
            text,
            lambda word: lexicon.max_prob(word, language),
            lambda word, rare: self._lexical.suspect_span(word, posterior, rare=rare),
        )
        tags = self.tagger.tag(text, statuses)
        readings = plausible_readings(image, lexicon, posterior) if image else ()
        found = candidates(text, tags, self.tagger, self._lexical, posterior, readings)
        kinds = [kind_of_candidate(text, candidate) for candidate in found]
        decidable = [is_decidable(text, candidate, kind) for candidate, kind in zip(found, kinds, strict=True)]
        if image is None:
            found, kinds = [*compress(found, decidable)], [*compress(kinds, decidable)]
        words = affected_words(text, found, lexicon, posterior)
        rows = features(text, tags, found, words, kinds, self._resources, posterior)
        if image is None:
            return Candidates(found, kinds, words, rows)
        seen = image_features(image, found, rows, lexicon, posterior)
        parting = [_parts_values(text, candidate) for candidate in found]
        return Candidates(found, kinds, words, rows, seen, np.array(decidable, bool), np.array(parting, bool))


def load_line_analyzer(folder: Path) -> LineAnalyzer:
    """Opens a model folder.

    Raises:
        PermanentError: as `Tagger` and `load_resources`.
    """
    return LineAnalyzer(Tagger(folder), load_resources(folder))


def _parts_values(text: str, candidate: Candidate) -> bool:
    is_space = candidate.start == candidate.end and candidate.corrected == " "
    return is_space and parts_values(text, candidate.start)


def _edit(candidate: Candidate, probability: float) -> TextEdit:
    return TextEdit(candidate.start, candidate.end, candidate.corrected, probability)
