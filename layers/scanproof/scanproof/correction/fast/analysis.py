"""One look at a line: what could be changed, what speaks for it, and what is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast.candidate_filter import is_decidable
from scanproof.correction.fast.candidates import Candidate, candidates
from scanproof.correction.fast.edit_kinds import EditKind
from scanproof.correction.fast.features import FeatureMatrix, Word, features, kind_of_candidate, near, words_of
from scanproof.correction.fast.fuzzy_matcher import FuzzyMatcher
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import UNSEEN
from scanproof.correction.fast.reranker import LineDomain, Reranker, is_low_resource, line_domains
from scanproof.correction.fast.resources import LanguageResources, load_resources
from scanproof.correction.fast.tagger import Tagger, has_exact
from scanproof.correction.fast.word_status import COMMON, word_statuses
from scanproof.correction.guards import TextEdit

_COMMON = math.log10(COMMON)
# Of probability: int8 moves few changes by more than that (docs/measurements.md). A change that would be made may be
# farther from its threshold than one that would not, since to make it wrongly is worse.
_NEAR_BELOW, _NEAR_ABOVE = 0.1, 0.2
_NEAR_CASE_MARGIN = 1.0  # of the tagger's logarithms


@dataclass(frozen=True)
class Candidates:
    """What was seen in a line; the four lists belong together."""

    candidates: Sequence[Candidate]
    kinds: Sequence[EditKind]
    words: Sequence[Word]
    features: FeatureMatrix

    def score(self, reranker: Reranker, profile: str) -> ScoredCandidates:
        """How probable each change is to be right, and how probable it has to be in papers of this profile."""
        if not self.candidates:
            return ScoredCandidates(self, np.empty(0), np.empty(0))
        line = self.features[:1]  # every row says the same of it
        sort, little = LineDomain(line_domains(line)[0]), bool(is_low_resource(line)[0])
        thresholds = (reranker.threshold(kind, profile, sort=sort, is_low_resource=little) for kind in self.kinds)
        asked = np.array([math.inf if threshold is None else threshold for threshold in thresholds])
        return ScoredCandidates(self, reranker.probabilities(self.features), asked)


@dataclass(frozen=True)
class ScoredCandidates:
    """What was seen, how probable each proposal is to be right, and how probable it has to be."""

    seen: Candidates
    probabilities: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]

    @property
    def is_near_threshold(self) -> bool:
        """Whether a change is so near its threshold, or to one in another case, that int8 may have chosen wrongly."""
        above = self.probabilities - self.thresholds
        in_either_case = np.array(
            [candidate.case_margin < _NEAR_CASE_MARGIN for candidate in self.seen.candidates], bool
        )
        return bool(((above > -_NEAR_BELOW) & ((above < _NEAR_ABOVE) | in_either_case)).any())

    def choose(self) -> list[TextEdit]:
        """The changes to make: the surest first, none that another stands in the way of; in order of place."""
        starts = [candidate.start for candidate in self.seen.candidates]
        chosen: set[int] = set()
        for index in sorted(range(len(starts)), key=lambda index: (-self.probabilities[index], index)):
            sure = self.probabilities[index] >= self.thresholds[index] and not self._gives_up_a_common_word(index)
            nearby = chosen.intersection(near(starts, starts[index])) if sure else chosen
            if sure and not any(self._in_the_way(index, other) for other in nearby):
                chosen.add(index)
        return [_edit(self.seen.candidates[index], float(self.probabilities[index])) for index in sorted(chosen)]

    def _gives_up_a_common_word(self, index: int) -> bool:
        """Whether a word that everybody uses would become one that nobody wrote: Hotel, Totel."""
        word = self.seen.words[index]
        unknown = word.after is not None and word.after <= UNSEEN
        return unknown and word.before is not None and word.before >= _COMMON

    def _in_the_way(self, index: int, other: int) -> bool:
        """Whether both change one place, or respell one word twice."""
        mine, its = self.seen.candidates[index], self.seen.candidates[other]
        if mine.start < its.end and its.start < mine.end:
            return True
        if (mine.start == mine.end or its.start == its.end) and mine.start <= its.end and its.start <= mine.end:
            return True
        my_word, its_word = self.seen.words[index], self.seen.words[other]
        same_word = my_word.start < its_word.end and its_word.start < my_word.end
        return same_word and not (mine.from_argmax and its.from_argmax)


class LineAnalyzer:
    """Looks at lines with a tagger and what is known of words."""

    def __init__(self, tagger: Tagger, resources: LanguageResources, exact: Tagger | None = None) -> None:
        """``exact``: the same weights in float32, for a second look; only run time needs it."""
        self.tagger = tagger
        self._exact, self._resources = exact, resources
        self._lexical = LexicalCandidates(resources.lexicon, resources.error_model)
        self._fuzzy = FuzzyMatcher(resources.lexicon, resources.error_model)

    def shares_in(self, text: str, language: str | None = None) -> Callable[[str], Sequence[float]]:
        """How common a word is in each language that ``text`` may be in, whatever its case."""
        lexicon = self._resources.lexicon
        languages = cache(lambda: lexicon.may_be(text, language))  # few lines have a word that is asked for
        return lambda word: lexicon.shares(word, languages())

    def language_of(self, text: str) -> str | None:
        """See `Lexicon.language_of`."""
        return self._resources.lexicon.language_of(text)

    def analyze(self, text: str, language: str | None = None) -> Candidates:
        """One pass over a line."""
        return self._analyze(text, self.tagger, language)

    def analyze_exactly(self, text: str, language: str | None = None) -> Candidates | None:
        """The same in float32; None where the model has no such graph."""
        return None if self._exact is None else self._analyze(text, self._exact, language)

    def _analyze(self, text: str, tagger: Tagger, language: str | None) -> Candidates:
        lexicon = self._resources.lexicon
        posterior = lexicon.posterior(text, language)
        known = word_statuses(
            text,
            lambda word: lexicon.max_prob(word, language),
            lambda word, rare: self._lexical.char_edit(word, posterior, rare=rare),
        )
        tags = tagger.tag(text, known)
        every = candidates(text, tags, tagger, self._lexical, self._fuzzy, posterior)
        of_kinds = [(each, kind_of_candidate(text, each)) for each in every]
        told = [(each, kind) for each, kind in of_kinds if is_decidable(text, each, kind)]
        found, kinds = [each for each, _ in told], [kind for _, kind in told]
        words = words_of(text, found, lexicon, posterior)
        return Candidates(found, kinds, words, features(text, tags, found, words, kinds, self._resources, posterior))


def load_line_analyzer(folder: Path) -> LineAnalyzer:
    """Opens a model folder.

    Raises:
        PermanentError: as `Tagger` and `load_resources`.
    """
    exact = Tagger(folder, exact=True) if has_exact(folder) else None
    return LineAnalyzer(Tagger(folder), load_resources(folder), exact)


def _edit(candidate: Candidate, probability: float) -> TextEdit:
    return TextEdit(candidate.start, candidate.end, candidate.written, probability)
