"""What could be changed in lines whose truth is known, and whether it would be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from model_training.real_pairs import Pair
from scanproof.correction.fast.analysis import Candidates, LineAnalyzer
from scanproof.correction.guards import TextEdit, apply_text_edits, guard_line

_WRONG_FOR_WRONG = 0.25
_UNTOLD = 4  # of so many lines, of one it is not told which language it is in


@dataclass(frozen=True)
class LabelledLine:
    """A line, what was seen in it, and for each proposal how many errors fewer (negative: more) there would be."""

    pair: Pair
    seen: Candidates
    gains: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]  # by the guards


def label_candidates(analyzer: LineAnalyzer, pairs: Iterable[Pair]) -> list[LabelledLine]:
    """Every line; of one in four it is not told which language it is in, as nobody may know it."""
    languages = ((pair, pair.language if number % _UNTOLD else None) for number, pair in enumerate(pairs))
    return [_labelled(analyzer, pair, analyzer.analyze(pair.ocr, language), language) for pair, language in languages]


def _labelled(analyzer: LineAnalyzer, pair: Pair, seen: Candidates, language: str | None) -> LabelledLine:
    before = Levenshtein.distance(pair.ocr, pair.truth)
    edits = [TextEdit(one.start, one.end, one.written, 1.0) for one in seen.candidates]
    gains = [before - Levenshtein.distance(apply_text_edits(pair.ocr, [edit]), pair.truth) for edit in edits]
    shares = analyzer.shares_in(pair.ocr, language)
    allowed = [bool(guard_line(pair.ocr, [edit], shares).accepted) for edit in edits]
    return LabelledLine(pair, seen, np.asarray(gains, np.int64), np.asarray(allowed, np.bool_))


@dataclass(frozen=True)
class Rows:
    """All proposals of many lines: evidence (rows, features), gains, kinds, and whether the guards let them through."""

    features: npt.NDArray[np.float32]
    gains: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.str_]
    allowed: npt.NDArray[np.bool_]


def worths(gains: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What changes are worth: 1 if they mend something, a little if they put wrong for wrong, 0 if they harm."""
    return np.where(gains > 0, 1.0, np.where(gains == 0, _WRONG_FOR_WRONG, 0.0))


def rows_of(lines: Sequence[LabelledLine]) -> Rows:
    """The proposals of ``lines``, which must not be empty."""
    return Rows(
        np.concatenate([line.seen.features for line in lines]),
        np.concatenate([line.gains for line in lines]),
        np.asarray([kind for line in lines for kind in line.seen.kinds], dtype=np.str_),
        np.concatenate([line.allowed for line in lines]),
    )
