"""The judge: a language model that chooses among the edits that exist, and cannot invent any.

A paragraph is analyzed as running text. For each doubtful word the few likeliest candidates are read by the model, each
as a branch of the text, and a small classifier turns their gain in likelihood and what the fast corrector knows into
the probability that an edit is right. Edits that are made change the context of their neighbours, which are then read
once more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from scanproof.correction.base import CorrectedLine, Unprocessed
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.fast.candidates import edit_of
from scanproof.correction.fast.corrector import Candidates, LineAnalyzer, refusal_of
from scanproof.correction.fast.lexicon import LETTERS
from scanproof.correction.fast.reranker import FEATURES, EditKind, FeatureMatrix, Reranker
from scanproof.correction.guards import RefusedEdit, changes_negation, guard_line
from scanproof.correction.guards.units import Shares
from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Gain, words_behind
from scanproof.correction.lm.judge_model import JudgeModel, judge_features
from scanproof.correction.lm.scorer import Scorer
from scanproof.correction.lm.wide_candidates import WideCandidates
from scanproof.correction.passages import Passage
from scanproof.correction.profiles import Profile
from scanproof.document import Edit, apply_edits
from scanproof.edits import TextEdit, apply, to_edited, words_around
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior

Span = tuple[int, int]

_BUSINESS = FEATURES.index("business")
_DIGIT = re.compile(r"\d")
_DIGITS = 2  # of gains in the audit; further ones depend on the layout of a pass


class Judged(NamedTuple):
    """A candidate as the judge sees it.

    Attributes:
        edit: with the probability that it is right.
        gain: log-likelihood ratio of the text with and without the edit, natural logarithm.
        word: the words between blanks that it changes.
    """

    edit: TextEdit
    gain: float
    word: Span


@dataclass(frozen=True)
class Selection:
    """The candidates of a text that the language model reads: rows of ``found``."""

    found: Candidates
    rows: tuple[int, ...]
    words: tuple[Span, ...]
    text_probabilities: tuple[float, ...]

    @property
    def places(self) -> dict[Span, list[int]]:
        """The places in ``rows`` of each word's candidates."""
        places: dict[Span, list[int]] = {}
        for place, word in enumerate(self.words):
            places.setdefault(word, []).append(place)
        return places

    def only(self, words: Collection[Span]) -> Selection | None:
        """The candidates of these words; None if there are none."""
        kept = [place for place, word in enumerate(self.words) if word in words]
        if not kept:
            return None
        return Selection(
            self.found,
            tuple(self.rows[place] for place in kept),
            tuple(self.words[place] for place in kept),
            tuple(self.text_probabilities[place] for place in kept),
        )

    def share_doubtful(self, text: str) -> float:
        """The share of doubtful words in ``text``, as if it had ``USUAL_WORDS`` more right ones."""
        each = zip(self.words, self.text_probabilities, strict=True)
        doubtful = {word for word, probability in each if probability >= config.DOUBTFUL}
        return len(doubtful) / (len(text.split()) + config.USUAL_WORDS)

    @property
    def edits(self) -> list[TextEdit]:
        """The edits, in order of position."""
        return [edit_of(self.found.items[row]) for row in self.rows]


class CandidateSource:
    """Collects the candidates that are worth reading, from the fast corrector's analysis and `WideCandidates`."""

    def __init__(self, analyzer: LineAnalyzer, reranker: Reranker) -> None:
        """``analyzer`` and ``reranker`` are the fast corrector's."""
        self._analyzer, self._reranker = analyzer, reranker
        self._more = WideCandidates(analyzer.lexicon, analyzer.error_model, analyzer.vocabularies)
        self.shares_in = analyzer.shares_in

    def is_known(self, word: str) -> bool:
        """Whether all words in ``word``, of which there is at least one, are known."""
        found = LETTERS.findall(word)
        return bool(found) and all(each in self._analyzer.lexicon for each in found)

    def select(self, text: str, language: LanguagePosterior = UNKNOWN_LANGUAGE) -> Selection:
        """The likeliest candidates of each doubtful word of ``text``, by the text alone."""
        found = self._analyzer.analyze(text, language, more=self._more)
        if not found.items:
            return Selection(found, (), (), ())
        probabilities = self._reranker.probabilities(found.features)
        by_word: dict[Span, list[int]] = {}
        for row in np.flatnonzero(probabilities >= config.MIN_TEXT_PROBABILITY).tolist():
            item = found.items[row]
            word = words_around(text, item.start, item.end)
            if _is_judgeable(text, word, found, row):
                by_word.setdefault(word, []).append(row)
        best = (
            (row, word)
            for word, rows in by_word.items()
            for row in sorted(rows, key=lambda row: -probabilities[row])[: config.MAX_OF_WORD]
        )
        chosen = sorted(best)
        rows, words = tuple(row for row, _ in chosen), tuple(word for _, word in chosen)
        return Selection(found, rows, words, tuple(probabilities[list(rows)].tolist()))


def _is_judgeable(text: str, word: Span, found: Candidates, row: int) -> bool:
    """Whether a candidate changes no number, and is decidable or concerns the letters of a word alone."""
    item = found.items[row]
    before, after = text[word[0] : word[1]], apply(text, [edit_of(item)], *word)
    if before == after or _DIGIT.search(after):
        return False
    if _DIGIT.search(before) and found.kinds[row] is not EditKind.DIGIT_TO_LETTER:
        return False
    if found.decidable is None or found.decidable[row]:
        return True
    marks = [LETTERS.sub("", words).replace(" ", "") for words in (before, after)]
    return marks[0] == marks[1] and len(marks[0]) <= 1


class JudgeCorrector:
    """Decides over candidates with a language model, paragraph by paragraph.

    A paragraph's result depends on that paragraph alone, unless its page exceeds the budget. The text is expected to be
    what the fast corrector has made of it.
    """

    name = "accurate"

    def __init__(
        self,
        model: str,
        weights: str,
        scorer: Scorer,
        source: CandidateSource,
        judge: JudgeModel,
        profile: Profile,
        budget: int | None = None,
    ) -> None:
        """Takes the parts that `LoadedModel.judge` collects.

        Args:
            model: name of the language model, for the audit.
            weights: version of its weights, for the audit.
            scorer: reads candidates with it.
            source: of the candidates.
            judge: the classifier.
            profile: of the documents.
            budget: tokens that the model may read of the paragraphs of one call, a page; None does not limit it.
        """
        self._budget = budget
        self._model, self._weights = model, weights
        self._scorer, self._source, self._judge, self._profile = scorer, source, judge, profile

    @property
    def model_version(self) -> str:
        """Versions of the weights, of the classifier and of the profile, for the audit."""
        return f"{self._weights}+judge-{self._judge.model_version}+{self._profile.version}"

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the classifier was fitted to."""
        return config.LANGUAGES

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """One result per line, in order, each by itself."""
        results = self.correct_paragraphs_until(NO_DEADLINE, [[line] for line in lines], language)
        return [result for result in results if not isinstance(result, Unprocessed)]

    def correct_paragraphs_until(
        self,
        deadline: Deadline,
        paragraphs: Sequence[Sequence[str]],
        language: LanguagePosterior = UNKNOWN_LANGUAGE,
    ) -> list[CorrectedLine | Unprocessed]:
        """The results of all lines, in order; lines of paragraphs that were not begun in time are ``OUT_OF_TIME``."""
        if not language.may_be_in(self.languages):
            return [CorrectedLine(line) for lines in paragraphs for line in lines]
        passages = [Passage.of(lines) for lines in paragraphs]
        selections = [self._select(passage.text, language) for passage in passages]
        if self._budget is not None:
            selections = within_budget(selections, self._budget)
        results: list[CorrectedLine | Unprocessed] = []
        for passage, selection in zip(passages, selections, strict=True):
            if deadline.is_over:
                results += [Unprocessed.OUT_OF_TIME] * len(passage.lines)
            else:
                results += self._corrected(passage, selection, language)
        return results

    def close(self) -> None:
        """Does nothing: the language model is closed by its owner."""

    def _select(self, text: str, language: LanguagePosterior) -> Selection | None:
        """The candidates of running text that are worth reading; None in what is none."""
        selection = self._source.select(text, language) if is_running_text(text) else None
        return selection if selection and selection.rows else None

    def _corrected(
        self, passage: Passage, selection: Selection | None, language: LanguagePosterior
    ) -> list[CorrectedLine]:
        if selection is None:
            return [CorrectedLine(line) for line in passage.lines]
        accepted: list[list[Judged]] = [[] for _ in passage.lines]
        for scored in self._decide(passage.text, selection):
            for number, edit in passage.line_edits(scored.edit):
                accepted[number].append(scored._replace(edit=edit))
        shares = self._source.shares_in(passage.text, language)
        return [
            self._guarded(line, of_line, shares) if of_line else CorrectedLine(line)
            for line, of_line in zip(passage.lines, accepted, strict=True)
        ]

    def _guarded(self, line: str, scored: Sequence[Judged], shares: Shares) -> CorrectedLine:
        guarded = guard_line(line, [each.edit for each in scored], shares)
        gains = {each.edit: each.gain for each in scored}
        own = {edit: guard for edit in guarded.accepted if (guard := self._refusing_guard(line, edit))}
        edits = tuple(self._published(line, edit, gains[edit]) for edit in guarded.accepted if edit not in own)
        refused = (*guarded.refused, *(RefusedEdit(edit, own[edit]) for edit in sorted(own)))
        refusals = tuple(refusal_of(line, (), each) for each in refused)
        return CorrectedLine(apply_edits(line, edits), edits, refusals)

    def _refusing_guard(self, line: str, edit: TextEdit) -> str | None:
        if _is_spacing_of_marks(line, edit):
            return "spacing_kept"
        return "negation_changed" if self._negates(line, edit) else None

    def _negates(self, line: str, edit: TextEdit) -> bool:
        """Whether an edit makes a "not" of a known word, or the reverse: both read well, and mean the opposite."""
        span = words_around(line, edit.start, edit.end)
        before, after = line[slice(*span)], apply(line, [edit], *span)
        return changes_negation(before, after) and self._source.is_known(before)

    def _decide(self, text: str, selection: Selection) -> list[Judged]:
        """The edits to make in running text, in order of position; no two of them change one word.

        What is made changes the context of its neighbours, so those that are close calls are read once more.
        """
        threshold = self._judge.threshold_of(self._profile.name, is_noisy=_is_noisy(text, selection))
        made: list[Judged] = []
        places: Sequence[int] = range(len(selection.rows))
        for _ in range(config.MAX_ROUNDS):
            scored = self._scored(text, selection, places, [each.edit for each in made])
            new = [each for each in chosen(scored.values()) if each.edit.probability >= threshold]
            made = sorted([*made, *new], key=lambda each: each.edit)
            close = [place for place, each in scored.items() if each.edit.probability >= config.CLOSE]
            places = _beside(text, selection, close, [each.word for each in new], [each.word for each in made])
            if not places:
                break
        return made

    def _scored(
        self, text: str, selection: Selection, places: Sequence[int], made: Sequence[TextEdit]
    ) -> dict[int, Judged]:
        """The candidates at ``places``, with their probabilities in the text that the edits ``made`` give."""
        edits = selection.edits
        current = apply(text, made)
        moved = [
            TextEdit(to_edited(made, edit.start), to_edited(made, edit.end), edit.corrected)
            for edit in (edits[place] for place in places)
        ]
        read = {
            place: gain
            for place, gain in zip(places, self._scorer.gains(current, moved), strict=True)
            if gain is not None
        }
        if not read:
            return {}
        probabilities = self._judge.probabilities(features_of(selection, [*read], [*read.values()]))
        return {
            place: Judged(
                edits[place]._replace(probability=float(probability)),
                round(gain.total, _DIGITS),
                selection.words[place],
            )
            for (place, gain), probability in zip(read.items(), probabilities, strict=True)
        }

    def _published(self, line: str, edit: TextEdit, gain: float) -> Edit:
        return Edit(
            start=edit.start,
            end=edit.end,
            raw=line[edit.start : edit.end],
            corrected=edit.corrected,
            probability=edit.probability,
            lm_gain=gain,
            corrector=self.name,
            model=self._model,
            model_version=self.model_version,
        )


def _is_spacing_of_marks(line: str, edit: TextEdit) -> bool:
    """Whether an edit changes only blanks beside a mark: a model knows the custom of today, not that of the page."""
    changed = line[edit.start : edit.end] + edit.corrected
    return not changed.strip() and not (line[: edit.start][-1:].isalnum() and line[edit.end :][:1].isalnum())


def is_running_text(text: str) -> bool:
    """Whether it is neither too short nor in capitals, as receipts and headings are, which a model knows badly."""
    enough = len(text.split()) >= config.MIN_WORDS and len(text) <= config.MAX_TEXT
    return enough and sum(map(str.islower, text)) >= config.MIN_SMALL * sum(map(str.isalpha, text))


def _is_noisy(text: str, selection: Selection) -> bool:
    """Whether much of running text is doubtful; in business documents abbreviations and names are."""
    business = float(selection.found.features[0, _BUSINESS])  # the same in every row
    return selection.share_doubtful(text) >= config.NOISY and business < config.MAX_BUSINESS


def features_of(selection: Selection, places: Sequence[int], gains: Sequence[Gain]) -> FeatureMatrix:
    """The features of the candidates at ``places`` of a selection, whose gains are known."""
    rows = [selection.rows[place] for place in places]
    probabilities = np.array([selection.text_probabilities[place] for place in places])
    words = [selection.words[place] for place in places]
    return judge_features(selection.found.features[rows], probabilities, gains, words)


def chosen(scored: Iterable[Judged]) -> list[Judged]:
    """The most probable candidates of those that change the same words, in order of position."""
    made: list[Judged] = []
    for each in sorted(scored, key=lambda each: (-each.edit.probability, -each.gain, each.edit)):
        if all(each.word[1] <= other.word[0] or other.word[1] <= each.word[0] for other in made):
            made.append(each)
    return sorted(made, key=lambda each: each.edit)


def _beside(
    text: str, selection: Selection, close: Sequence[int], changed: Sequence[Span], made: Sequence[Span]
) -> list[int]:
    """Those of the candidates ``close`` whose word is unchanged and has a changed one right before or behind it."""
    reach = [(_words_before(text, start), words_behind(text, end, config.WORDS_BEHIND)) for start, end in changed]
    return [
        place
        for place, (start, end) in ((place, selection.words[place]) for place in close)
        if any(first < end and start < last for first, last in reach)
        and all(end <= first or last <= start for first, last in made)
    ]


def _words_before(text: str, start: int) -> int:
    """The start of the words before ``start`` that a branch of theirs reaches from."""
    for _ in range(config.WORDS_BEHIND):
        while start > 0 and text[start - 1].isspace():
            start -= 1
        start = words_around(text, start, start)[0]
    return start


def within_budget(selections: Sequence[Selection | None], budget: int) -> list[Selection | None]:
    """The selections of a page without the words that are least likely misread, so that the rest fits.

    Args:
        selections: of the page's paragraphs.
        budget: tokens that the model may read.
    """
    words = sorted(
        (-max(selection.text_probabilities[place] for place in places), number, word, len(places))
        for number, selection in enumerate(selections)
        if selection
        for word, places in selection.places.items()
    )
    costs = accumulate(config.TOKENS_OF_WORD + config.TOKENS_OF_CANDIDATE * count for _, _, _, count in words)
    kept = {(number, word) for (_, number, word, _), cost in zip(words, costs, strict=True) if cost <= budget}
    return [
        selection and selection.only({word for of, word in kept if of == number})
        for number, selection in enumerate(selections)
    ]
