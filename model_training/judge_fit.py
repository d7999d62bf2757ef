"""Fits the judge's logistic regression, and measures it by cross-validation over texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model_training.labelled_candidates import labels_from_gains
from scanproof.correction.fast.reranker import FEATURES
from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge_model import JUDGE_FEATURES, JudgeModel, judge_features

_RIDGE, _STEPS = 1.0, 30
_FOLDS = 5
# By cross-validation on 361 texts: lower ones make more than 2 % of them worse, or change one clean place in fewer than
# 10,000 characters. 0.6 for text that is not noisy did as well there, but harmed contracts, which nothing is fitted to.
_THRESHOLD, _NOISY_THRESHOLD = 0.7, 0.5
_STRICTER = {"financial": 0.5, "medical": 0.5, "table": 0.5}  # the share of the tolerated doubt that stays

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Examples(NamedTuple):
    """The candidates of texts.

    Attributes:
        features: (candidates, ``FEATURES``), the fast corrector's.
        text_probabilities: [candidates] that each is right, by the text alone.
        lm: (candidates, fields of `Gain`)
        gains: [candidates] by how many each reduces the errors; negative if it adds some.
        words: [candidates] number of the word that each changes.
        doubts: [candidates] share of doubtful words in its paragraph.
        texts: [candidates] number of its text.
        errors: [texts] of the reading, in characters.
        characters: [texts]
    """

    features: npt.NDArray[np.float32]
    text_probabilities: Floats
    lm: Floats
    gains: Integers
    words: Integers
    doubts: Floats
    texts: Integers
    errors: Integers
    characters: Integers

    @classmethod
    def none(cls, errors: int, characters: int) -> Examples:
        """A text without candidates."""
        whole, real = np.zeros(0, np.int64), np.zeros(0)
        rows = np.zeros((0, len(FEATURES)), np.float32), real, np.zeros((0, len(Gain._fields)))
        return cls(*rows, whole, whole, real, whole, np.array([errors]), np.array([characters]))


def joined(parts: Sequence[Examples]) -> Examples:
    """All examples together; a part without texts continues the last text of the part before it."""
    words = texts = 0
    moved = []
    for part in parts:
        begins = texts if len(part.errors) else texts - 1
        moved.append(part._replace(words=part.words + words, texts=part.texts + begins))
        words += int(part.words.max(initial=-1)) + 1
        texts += len(part.errors)
    return Examples(*(np.concatenate(column) for column in zip(*moved, strict=True)))


def fit(sets: Mapping[str, Examples], version: str) -> JudgeModel:
    """Fits the classifier to all sets."""
    together = joined([*sets.values()])
    means, scales, weights = _regression(_inputs(together), labels_from_gains(together.gains))
    return JudgeModel(
        model_version=version,
        features=JUDGE_FEATURES,
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(weights),
        threshold=_THRESHOLD,
        noisy_threshold=_NOISY_THRESHOLD,
        stricter=_STRICTER,
    )


def measured(
    sets: Mapping[str, Examples], thresholds: Sequence[float] = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
) -> Iterator[dict[str, object]]:
    """What the classifier does to each set at each threshold and as fitted, by cross-validation over texts.

    Edits count by themselves, so those that depend on others are not seen.
    """
    probabilities = _unseen_probabilities(joined([*sets.values()]))
    first = 0
    for name, examples in sets.items():
        own = probabilities[first : first + len(examples.gains)]
        first += len(examples.gains)
        for threshold in thresholds:
            yield {"set": name, "threshold": threshold, **_effect(examples, own >= threshold, own)}
        yield {"set": name, "threshold": "as fitted", **_effect(examples, own >= _needed(examples), own)}


def _unseen_probabilities(examples: Examples) -> Floats:
    """The probability of each candidate by a classifier that was fitted to other texts."""
    inputs, labels, fold = _inputs(examples), labels_from_gains(examples.gains), examples.texts % _FOLDS
    probabilities = np.zeros(len(labels))
    for number in range(_FOLDS):
        inside = fold == number
        means, scales, weights = _regression(inputs[~inside], labels[~inside])
        probabilities[inside] = _logistic((inputs[inside] - means) / scales @ weights[:-1] + weights[-1])
    return probabilities


def _needed(examples: Examples) -> Floats:
    """The probability that each candidate needs, as the judge decides it."""
    is_business = examples.features[:, FEATURES.index("business")] >= config.MAX_BUSINESS
    is_noisy = (examples.doubts >= config.NOISY) & ~is_business
    return np.where(is_noisy, _NOISY_THRESHOLD, _THRESHOLD)


def _effect(examples: Examples, is_sure: npt.NDArray[np.bool_], probabilities: Floats) -> dict[str, object]:
    """What becomes of a set if of each word's sure candidates the likeliest is made."""
    sure = np.flatnonzero(is_sure)
    ordered = sure[np.lexsort((-probabilities[sure], examples.words[sure]))]
    _, first = np.unique(examples.words[ordered], return_index=True)
    made = ordered[first]
    gains, texts = examples.gains[made], len(examples.errors)
    change = np.bincount(examples.texts[made], gains, texts)
    return {
        "points": round(100 * float(change.sum()) / max(1, int(examples.errors.sum())), 2),
        "edits_good": int((gains > 0).sum()),
        "edits_bad": int((gains < 0).sum()),
        "texts": texts,
        "texts_better": int((change > 0).sum()),
        "texts_worse": int((change < 0).sum()),
        "characters_an_edit": round(int(examples.characters.sum()) / max(1, len(made))),
    }


def _inputs(examples: Examples) -> Floats:
    gains = [Gain(*row) for row in examples.lm.tolist()]
    return judge_features(examples.features, examples.text_probabilities, gains).astype(np.float64)


def _regression(features: Floats, labels: Floats) -> tuple[Floats, Floats, Floats]:
    """Means, scales and weights with the bias, by Newton's method with a ridge penalty."""
    means, scales = features.mean(0), features.std(0) + 1e-3
    inputs = np.column_stack([(features - means) / scales, np.ones(len(features))])
    penalty = np.array([_RIDGE] * features.shape[1] + [0.0])  # the bias has none
    weights = np.zeros(len(penalty))
    for _ in range(_STEPS):
        predicted = _logistic(inputs @ weights)
        slope = inputs.T @ (predicted - labels) + penalty * weights
        curvature = (inputs.T * (predicted * (1 - predicted))) @ inputs + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curvature, slope)
    return means, scales, weights


def _logistic(logits: Floats) -> Floats:
    answer: Floats = 1 / (1 + np.exp(-logits))
    return answer


def _rounded(values: npt.NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
