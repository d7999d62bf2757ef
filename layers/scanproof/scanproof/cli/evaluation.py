"""Measures a corrector against truth, on texts with whitespace collapsed.

CER is the Levenshtein distance over the length of the truth, micro-averaged (all distances over all lengths), as in the
ICDAR post-OCR competitions. Bag-of-words F1 is the fairer measure where the truth has another reading order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import Levenshtein

RESAMPLES = 1000  # of the bootstrap; the ends of an interval vary by less than a tenth of its width
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Pair:
    """One text: its OCR output, its truth and its language."""

    id: str
    ocr: str
    truth: str
    language: str | None = None
    row: int | None = None  # in its file, counted from 1


@dataclass(frozen=True)
class Score:
    """Levenshtein distances of one text from its truth, whose length is in characters."""

    pair: Pair
    before: int
    after: int
    length: int


@dataclass
class Tally:
    """Sums over texts, for one version of them (raw or corrected)."""

    distance: int = 0
    truth_characters: int = 0
    words_in_common: int = 0
    words: int = 0
    truth_words: int = 0
    digit_tokens_found: int = 0
    digit_tokens: int = 0

    def add(self, text: str, truth: str) -> None:
        """Adds one text and its truth, both normalised."""
        words, truth_words = Counter(text.split()), Counter(truth.split())
        digits = Counter({word: count for word, count in truth_words.items() if _has_digit(word)})
        self.distance += Levenshtein.distance(text, truth)
        self.truth_characters += len(truth)
        self.words_in_common += (words & truth_words).total()
        self.words += words.total()
        self.truth_words += truth_words.total()
        self.digit_tokens_found += (words & digits).total()
        self.digit_tokens += digits.total()

    @property
    def cer(self) -> float:
        """Character error rate; 0 is perfect."""
        return self.distance / max(1, self.truth_characters)

    @property
    def bag_of_words_f1(self) -> float:
        """Harmonic mean of precision and recall of words in any order."""
        return 2 * self.words_in_common / max(1, self.words + self.truth_words)

    @property
    def bag_of_words_recall(self) -> float:
        """Share of the truth's words that the text contains."""
        return self.words_in_common / max(1, self.truth_words)

    @property
    def digit_recall(self) -> float:
        """Share of the truth's tokens with a digit that the text contains."""
        return self.digit_tokens_found / max(1, self.digit_tokens)


@dataclass
class Evaluation:
    """A corrector's score on a set of pairs."""

    before: Tally = field(default_factory=Tally)
    after: Tally = field(default_factory=Tally)
    texts: int = 0
    improved: int = 0
    worsened: int = 0
    scores: list[Score] = field(default_factory=list)

    def add(self, pair: Pair, corrected: str, *, upper: bool = False) -> None:
        """Adds one corrected text."""
        raw, truth, text = (normalised(t, upper=upper) for t in (pair.ocr, pair.truth, corrected))
        before, after = Levenshtein.distance(raw, truth), Levenshtein.distance(text, truth)
        self.before.add(raw, truth)
        self.after.add(text, truth)
        self.texts += 1
        self.improved += after < before
        self.worsened += after > before
        self.scores.append(Score(pair, before, after, len(truth)))

    def worst(self, count: int) -> list[Score]:
        """Returns the texts that the corrector made worst, then those with the most errors left, if they have any."""
        wrong = [score for score in self.scores if score.after]
        return sorted(wrong, key=lambda score: (score.before - score.after, -score.after))[:count]

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Returns 95 % confidence intervals, rounded, by percentile bootstrap over texts (Efron and Tibshirani, 1993).

        Both versions of a text are drawn together, so that ``errors_removed`` compares like with like. The seed is
        fixed: the same texts give the same intervals.
        """
        if not self.scores:
            return {}
        values = np.array([(score.before, score.after, score.length) for score in self.scores], dtype=np.float64)
        generator = np.random.default_rng(0)
        drawn = (values[generator.integers(len(values), size=len(values))].sum(axis=0) for _ in range(RESAMPLES))
        before, after, length = np.array(list(drawn)).T
        removed = np.where(before > 0, 1 - after / np.maximum(before, 1), 0.0)
        rates = {"cer_before": before / np.maximum(length, 1), "cer_after": after / np.maximum(length, 1)}
        tails = [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)]
        ends = {name: np.percentile(sums, tails) for name, sums in (rates | {"errors_removed": removed}).items()}
        return {name: (round(float(low), 5), round(float(high), 5)) for name, (low, high) in ends.items()}

    def summary(self) -> dict[str, float | int]:
        """Returns all figures, rounded."""
        before, after = self.before, self.after
        removed = 1 - after.distance / before.distance if before.distance else 0.0
        return {
            "texts": self.texts,
            "cer_before": round(before.cer, 5),
            "cer_after": round(after.cer, 5),
            "errors_removed": round(removed, 4),
            "texts_improved": round(self.improved / max(1, self.texts), 4),
            "texts_worsened": round(self.worsened / max(1, self.texts), 4),
            "digit_recall_before": round(before.digit_recall, 5),
            "digit_recall_after": round(after.digit_recall, 5),
            "bag_of_words_f1_before": round(before.bag_of_words_f1, 5),
            "bag_of_words_f1_after": round(after.bag_of_words_f1, 5),
        }


def normalised(text: str, *, upper: bool = False) -> str:
    """Collapses whitespace and writes ``¬``, the line-end hyphen of some data sets, as ``-``."""
    collapsed = " ".join(text.replace("¬", "-").split())
    return collapsed.upper() if upper else collapsed


def evaluate(
    pairs: list[Pair],
    correct: Callable[[Pair], str],
    *,
    upper: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Corrects the OCR text of every pair and compares it with the truth.

    Args:
        pairs: texts with their truth.
        correct: returns the corrected text of a pair.
        upper: whether to compare in upper case, for data sets whose truth is in upper case.
        progress: called after each pair.
    """
    evaluation = Evaluation()
    for pair in pairs:
        evaluation.add(pair, correct(pair), upper=upper)
        progress()
    return evaluation


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
