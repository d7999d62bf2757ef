"""The fast corrector: analyzes lines, chooses the changes that are sure, and makes those that the guards accept.

A line's analysis are its candidates with their features. `LineAnalyzer` needs no reranker, so that training can use it.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress, repeat
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from scanproof.correction.base import CorrectedLine
from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast import config
from scanproof.correction.fast.candidates import (
    Candidate,
    candidates,
    changed_characters,
    edit_of,
    is_decidable,
    with_readings,
)
from scanproof.correction.fast.features import AffectedWord, affected_words, features, kind_of_candidate, near
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.image_features import image_features, plausible_readings
from scanproof.correction.fast.lexical_candidates import LexicalCandidates, Vocabularies
from scanproof.correction.fast.lexicon import Lexicon, LinePosterior
from scanproof.correction.fast.model_folder import LanguageResources, default_folder, load_resources
from scanproof.correction.fast.reranker import (
    GENERAL,
    IMAGE,
    EditKind,
    FeatureMatrix,
    Reranker,
    is_low_resource,
    is_noisy,
    load_reranker,
    risk_of,
)
from scanproof.correction.fast.tagger import Tagger, Tags, word_statuses
from scanproof.correction.guards import GuardedEdits, RefusedEdit, guard_line
from scanproof.correction.guards.units import Shares, parts_values
from scanproof.correction.normaliser import deterministic_rewrites
from scanproof.document import Edit, Refusal
from scanproof.edits import TextEdit, apply, compose, separate, to_raw
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior, detect_language

_MODEL = "scanproof-fast"
IMAGE_DISAGREES = "image_certain"  # refuses edits that the text alone would make
_MARKS = frozenset(".,:;")
_QUOTES = frozenset("'’‘‛`´"), frozenset('"“”„‟')  # how each is printed is a matter of the typeface
_DIVIDED_LEADER = re.compile(r"[.…] [.…]")
_LETTERS_APART = re.compile(r"(?<!\S)[^\W\d_a-z] [^\W\d_a-z](?!\S)")  # W J Z
_ABBREVIATION = re.compile(r"[^\W\d_a-z][^\W\d_A-Z]")  # of two letters, the first a capital: Tu, Hr


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
        ruled_out: whether the image rules each out.
        parting: whether each is a space that parts values, of which the image alone tells.
    """

    items: Sequence[Candidate]
    kinds: Sequence[EditKind]
    words: Sequence[AffectedWord]
    features: FeatureMatrix
    image: FeatureMatrix | None = None
    decidable: npt.NDArray[np.bool_] | None = None
    ruled_out: npt.NDArray[np.bool_] | None = None
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
        if self.ruled_out is not None:
            thresholds[self.ruled_out] = math.inf
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

    def of_image(self) -> ScoredCandidates:
        """The same, but without the candidates that the image does not tell about."""
        told = False if self.candidates.image is None else ~np.isnan(self.candidates.image[:, IMAGE])
        return replace(self, thresholds=np.where(told, self.thresholds, math.inf))

    def choose(self) -> list[TextEdit]:
        """The changes to make, in order of position; of candidates in conflict the most probable one."""
        return [_edit(self.candidates.items[index], float(self.probabilities[index])) for index in self.chosen()]

    def chosen(self) -> list[int]:
        """The indices of these candidates, in order."""
        starts = [candidate.start for candidate in self.candidates.items]
        chosen: set[int] = set()
        sure = np.flatnonzero(self.probabilities >= self.thresholds).tolist()
        for index in sorted(sure, key=lambda index: (-self.probabilities[index], index)):
            nearby = chosen.intersection(near(starts, starts[index]))
            if not any(self._conflicts(index, other) for other in nearby):
                chosen.add(index)
        return sorted(chosen)

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


def ruled_out(
    text: str, found: Sequence[Candidate], words: Sequence[AffectedWord], seen: FeatureMatrix
) -> npt.NDArray[np.bool_]:
    """Whether the image rules each candidate out; ``seen`` are its features, which do not go below ``MIN_IMAGE``."""
    lowest = [_lowest_evidence(text, *candidate) for candidate in zip(found, words, strict=True)]
    answer: npt.NDArray[np.bool_] = seen[:, IMAGE] <= np.maximum(lowest, config.MIN_IMAGE)
    return answer


def _lowest_evidence(text: str, candidate: Candidate, word: AffectedWord) -> float:
    """The evidence of the image from which down it rules a candidate out; infinite if it never tells.

    It does not tell how quotes were printed, marks within codes (Tu-F,M) follow no rule, capitals that are set apart
    (W J Z) are one word all the same, a space between a leader's dots parts nothing, and a capital behind a small
    letter begins another word (projectI love).
    """
    removed, corrected = text[candidate.start : candidate.end], candidate.corrected
    around = text[max(0, candidate.start - 1) : candidate.start], text[candidate.end : candidate.end + 1]
    if " " in corrected and _DIVIDED_LEADER.search(around[0] + corrected + around[1]):
        return math.inf
    if removed.isupper() and not corrected and around[0].islower():
        return math.inf
    between_letters = all(map(str.isalpha, around))
    if (removed, corrected) == ("", " "):
        return config.WORDS_IN_IMAGE if between_letters else config.SPACE_IN_IMAGE
    if removed and corrected and any(quotes.issuperset(removed + corrected) for quotes in _QUOTES):
        return math.inf
    if removed and corrected and _MARKS.issuperset(removed + corrected) and between_letters:
        return math.inf
    if " " in corrected and _LETTERS_APART.search(apply(text, [edit_of(candidate)], word.start, word.end)):
        return math.inf
    if removed.isalpha() and corrected.isalpha() and _ABBREVIATION.fullmatch(text, word.start, word.end):
        return config.ABBREVIATION_IN_IMAGE
    return config.NOT_IN_IMAGE * changed_characters(candidate)


class MoreCandidates(Protocol):
    """A further generator of candidates."""

    def find(self, text: str, tags: Tags, tagger: Tagger, posterior: LinePosterior) -> Iterable[Candidate]:
        """Candidates of ``text``, with the tagger's probability of each."""
        ...


class LineAnalyzer:
    """Analyzes lines with a tagger and language resources."""

    def __init__(self, tagger: Tagger, resources: LanguageResources) -> None:
        """``tagger`` and ``resources`` are of the same model folder."""
        self.tagger, self._resources = tagger, resources
        self._lexical = LexicalCandidates(resources.lexicon, resources.error_model)

    def shares_in(self, text: str, language: LanguagePosterior) -> Callable[[str], Sequence[float]]:
        """A function that returns a word's relative frequency in each language that ``text`` may be in."""
        lexicon = self._resources.lexicon
        languages = cache(lambda: lexicon.possible_languages(text, language))  # for few lines it is ever called
        return lambda word: lexicon.shares(word, languages())

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon of the resources."""
        return self._resources.lexicon

    @property
    def error_model(self) -> ErrorModel:
        """The channel of the resources."""
        return self._resources.error_model

    @property
    def vocabularies(self) -> Vocabularies:
        """The words of the lexicon by language, which take a moment to prepare."""
        return self._lexical.vocabularies

    def is_plain(self, text: str, language: LanguagePosterior) -> bool:
        """Whether a line is so surely right that its analysis is not needed (see ``LexicalCandidates.is_plain``)."""
        return self._lexical.is_plain(text, language)

    def analyze(
        self,
        text: str,
        language: LanguagePosterior = UNKNOWN_LANGUAGE,
        image: LineImage | None = None,
        more: MoreCandidates | None = None,
    ) -> Candidates:
        """The candidates of a line.

        Args:
            text: the line.
            language: the posterior of its page.
            image: of the line, if it has a lattice.
            more: finds further candidates; then all are kept, also those that the line alone cannot decide.
        """
        lexicon, code = self._resources.lexicon, language.code
        posterior = lexicon.posterior(text, language)
        statuses = word_statuses(
            text,
            lambda word: lexicon.max_prob(word, code),
            lambda word, rare: self._lexical.suspect_span(word, posterior, rare=rare),
        )
        tags = self.tagger.tag(text, statuses)
        others = more.find(text, tags, self.tagger, posterior) if more else ()
        found = candidates(text, tags, self.tagger, self._lexical, posterior, others)
        if image is not None:
            readings = plausible_readings(image, lexicon, posterior, map(edit_of, found))
            found = with_readings(text, tags, self.tagger, found, readings)
        kinds = [kind_of_candidate(text, candidate) for candidate in found]
        decidable = [is_decidable(text, candidate, kind) for candidate, kind in zip(found, kinds, strict=True)]
        if image is None and more is None:
            found, kinds = [*compress(found, decidable)], [*compress(kinds, decidable)]
        words = affected_words(text, found, lexicon, posterior)
        rows = features(text, tags, found, words, kinds, self._resources, posterior)
        if image is None:
            return Candidates(found, kinds, words, rows, decidable=np.array(decidable, bool) if more else None)
        seen = image_features(image, found, rows, lexicon, posterior)
        parting = [_parts_values(text, candidate) for candidate in found]
        return Candidates(
            found,
            kinds,
            words,
            rows,
            seen,
            np.array(decidable, bool),
            ruled_out(text, found, words, seen),
            np.array(parting, bool),
        )


class FastCorrector:
    """An edit tagger behind the ``Corrector`` interface.

    ``correct`` is idempotent: its result is a text in which a further pass makes no change that the guards accept, or
    the raw line itself.
    """

    name = "fast"
    languages: frozenset[str] | None = frozenset({"en", "fr", "de", "es", "it", "pt", "nl", "pl"})  # of its training

    def __init__(
        self,
        analyzer: LineAnalyzer,
        reranker: Reranker,
        threads: int,
        profile: str = GENERAL,
        folder: Path | None = None,
    ) -> None:
        self._analyzer, self._reranker, self._profile = analyzer, reranker, profile
        self.folder = folder or default_folder()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fast") if threads > 1 else None

    @property
    def model_version(self) -> str:
        """The model's own version and the beginning of its graph's hash."""
        return self._analyzer.tagger.version

    @property
    def analyzer(self) -> LineAnalyzer:
        """Finds candidates and their features."""
        return self._analyzer

    @property
    def reranker(self) -> Reranker:
        """Estimates the probability of each candidate."""
        return self._reranker

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """One result per line, in order; pages in languages that it does not support stay raw."""
        return self.correct_with_images(lines, [None] * len(lines), language)

    def correct_with_images(
        self, lines: Sequence[str], images: Sequence[LineImage | None], language: LanguagePosterior = UNKNOWN_LANGUAGE
    ) -> list[CorrectedLine]:
        """As `correct`, by text and image where a line has one."""
        if not language.may_be_in(self.languages):
            return [*map(CorrectedLine, lines)]
        if self._pool is None or len(lines) < 2:
            return [self._correct_line(*line, language) for line in zip(lines, images, strict=True)]
        return list(self._pool.map(self._correct_line, lines, images, repeat(language)))

    def detect_language(self, text: str) -> LanguagePosterior:
        """Detects the language of a page with the model's lexicon."""
        return detect_language(text, self._analyzer.lexicon)

    def for_profile(self, profile: str) -> FastCorrector:
        """The same model and threads for documents of another profile; closed together with this one."""
        other = copy(self)
        other._profile = profile
        return other

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _correct_line(self, raw: str, image: LineImage | None, language: LanguagePosterior) -> CorrectedLine:
        """Repeats passes until none changes the text; the raw line if there is no such text after ``MAX_PASSES``.

        With an image there are ``IMAGE_PASSES``; what the earlier one corrected tells the next one more.
        """
        edits: list[TextEdit] = []
        refusals: tuple[Refusal, ...] = ()
        image_passes = 0
        for number in range(config.MAX_PASSES):
            text = apply(raw, edits)
            shares = self._analyzer.shares_in(text, language)
            rewrites = deterministic_rewrites(text) if len(text) <= config.MAX_LINE_LENGTH else []
            if rewrites:
                guarded = GuardedEdits(tuple(rewrites))
            else:
                guarded = self._pass(text, edits, image, shares, language, again=image_passes > 0)
                image_passes += image is not None
            if number == 0 or image is not None:
                refusals = tuple(refusal_of(raw, edits, refused) for refused in guarded.refused)
            if not guarded.accepted:
                break
            edits = compose(raw, edits, guarded.accepted)
            if image_passes == config.IMAGE_PASSES:
                break
        else:
            edits = []
        return CorrectedLine(apply(raw, edits), tuple(self._published(raw, edit) for edit in edits), refusals)

    def _pass(
        self,
        text: str,
        earlier: Sequence[TextEdit],
        image: LineImage | None,
        shares: Shares,
        language: LanguagePosterior,
        *,
        again: bool,
    ) -> GuardedEdits:
        """The changes of one forward pass, judged by the guards; ``earlier`` are those that made ``text``.

        ``again`` is after another pass with the image, when only what the image tells about is changed.
        """
        if len(text) > config.MAX_LINE_LENGTH or not any(map(str.isalpha, text)):
            return GuardedEdits()
        if image is None and self._analyzer.is_plain(text, language):
            return GuardedEdits()
        found = self._analyzer.analyze(text, language, image.after(earlier) if image else None)
        scored = found.score(self._reranker, self._profile)
        chosen = (scored.of_image() if again else scored).choose()
        if scored.by_text is None:
            return guard_line(text, chosen, shares) if chosen else GuardedEdits()
        changes = [change for edit in chosen for change in separate(text, edit)]
        guarded = guard_line(text, changes, shares, image_seen=True) if changes else GuardedEdits()
        unmade = [edit for edit in scored.by_text.choose() if not any(_meet(edit, other) for other in chosen)]
        refused = (*guarded.refused, *(RefusedEdit(edit, IMAGE_DISAGREES) for edit in unmade))
        return GuardedEdits(guarded.accepted, tuple(sorted(refused, key=lambda refusal: refusal.edit)))

    def _published(self, raw: str, edit: TextEdit) -> Edit:
        return Edit(
            start=edit.start,
            end=edit.end,
            raw=raw[edit.start : edit.end],
            corrected=edit.corrected,
            probability=edit.probability,
            corrector=self.name,
            model=_MODEL,
            model_version=self.model_version,
        )


def _meet(edit: TextEdit, other: TextEdit) -> bool:
    """Whether two edits overlap or touch."""
    return edit.start <= other.end and other.start <= edit.end


def refusal_of(raw: str, edits: Sequence[TextEdit], refused: RefusedEdit) -> Refusal:
    """The record of an edit that was refused in the text that ``edits`` made of the raw line."""
    start, end = to_raw(edits, refused.edit.start), to_raw(edits, refused.edit.end)
    return Refusal(
        start=start,
        end=max(start, end),
        raw=raw[start : max(start, end)],
        proposed=refused.edit.corrected,
        guard=refused.guard,
        probability=refused.edit.probability,
    )


def load_fast(folder: Path | None = None, threads: int | None = None, profile: str = GENERAL) -> FastCorrector:
    """Opens the bundled model, or the one in ``folder``.

    Args:
        folder: in Hub layout, with ``onnx/cpu``, ``words.txt.xz``, ``bigrams.npz``, ``error_rates.json`` and
            ``reranker.json``; default: `default_folder`.
        threads: lines corrected at a time; default one for each processor.
        profile: of the documents; decides how probable a change has to be.

    Raises:
        PermanentError: the folder has no model, or not the one that its manifest describes.
    """
    folder = folder or default_folder()
    threads = threads or os.cpu_count() or 1
    return FastCorrector(load_line_analyzer(folder), load_reranker(folder), threads, profile, folder)


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
