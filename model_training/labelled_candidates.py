"""Labels the candidates of lines with known truth: whether each would be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from model_training.real_pairs import Pair
from scanproof.correction.fast.corrector import Candidates, LineAnalyzer
from scanproof.edits import TextEdit, apply
from scanproof.language import LanguagePosterior

_NEUTRAL_LABEL = 0.25  # of a change that replaces one error by another
_LANGUAGE_UNKNOWN_EVERY = 4  # of so many lines, one is analyzed without its language


@dataclass(frozen=True)
class LabelledLine:
    """A line and its candidates.

    Attributes:
        gains: by how many each candidate reduces the errors; negative if it adds some.
    """

    pair: Pair
    candidates: Candidates
    gains: npt.NDArray[np.int64]


def label_candidates(analyzer: LineAnalyzer, pairs: Iterable[Pair]) -> list[LabelledLine]:
    """Analyzes and labels every line; one in four without its language, since in use it may be unknown."""
    languages = (
        (pair, pair.language if number % _LANGUAGE_UNKNOWN_EVERY else None) for number, pair in enumerate(pairs)
    )
    return [
        _labelled(pair, analyzer.analyze(pair.ocr, LanguagePosterior.certain(language))) for pair, language in languages
    ]


def _labelled(pair: Pair, candidates: Candidates) -> LabelledLine:
    before = Levenshtein.distance(pair.ocr, pair.truth)
    edits = [TextEdit(candidate.start, candidate.end, candidate.corrected) for candidate in candidates.items]
    gains = [before - Levenshtein.distance(apply(pair.ocr, [edit]), pair.truth) for edit in edits]
    return LabelledLine(pair, candidates, np.asarray(gains, np.int64))


@dataclass(frozen=True)
class Rows:
    """The candidates of many lines: features (rows, features) and gains."""

    features: npt.NDArray[np.float32]
    gains: npt.NDArray[np.int64]


def labels_from_gains(gains: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Training labels: 1 for a change that removes errors, 0.25 for a neutral one, 0 for a harmful one."""
    return np.where(gains > 0, 1.0, np.where(gains == 0, _NEUTRAL_LABEL, 0.0))


def rows_of(lines: Sequence[LabelledLine]) -> Rows:
    """The candidates of ``lines``, which must not be empty."""
    return Rows(
        np.concatenate([line.candidates.features for line in lines]),
        np.concatenate([line.gains for line in lines]),
    )
