"""Fits the judge's network, and measures it by cross-validation over texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model_training.labelled_candidates import labels_from_gains
from scanproof.correction.fast.reranker import FEATURES
from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge_model import JUDGE_FEATURES, JudgeModel, judge_features, standardised

_HIDDEN, _NETWORKS = 12, 3  # tanh units of a network, and networks that are averaged
_STEPS, _RATE, _DECAY, _MOMENTA = 400, 0.02, 3e-3, (0.9, 0.99)  # of Adam over all examples; the rate falls to zero
_LEAST, _MOST = 0.5, 3.0  # weight of an example: the characters that it gains or loses
_FOLDS = 5
# By cross-validation on 506 texts: with lower ones one clean place in fewer than 10,000 characters changes, or nothing
# is gained. 0.75 for text that is not noisy made 5 of 300 contracts worse, 0.8 three; nothing is fitted to contracts.
_THRESHOLD, _NOISY_THRESHOLD = 0.8, 0.5
_STRICTER = {"financial": 0.5, "medical": 0.5, "table": 0.5}  # the share of the tolerated doubt that stays

_OF_TEXTS = ("errors", "characters")

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
    """Fits the classifier to all sets; the same seeds give the same weights."""
    return _fitted(joined([*sets.values()]), version)


def _fitted(examples: Examples, version: str = "") -> JudgeModel:
    inputs = _inputs(examples)
    means, scales = inputs.mean(0), inputs.std(0) + 1e-3
    rows, labels = standardised(inputs, means, scales), labels_from_gains(examples.gains)
    weights = np.abs(examples.gains).clip(_LEAST, _MOST)
    networks = [_network(rows, labels, weights / weights.mean(), seed) for seed in range(_NETWORKS)]
    output = np.concatenate([last[:-1] for _, last in networks] + [np.sum([last[-1:] for _, last in networks], 0)])
    return JudgeModel(
        model_version=version,
        features=JUDGE_FEATURES,
        means=_rounded(means),
        scales=_rounded(scales),
        hidden=tuple(_rounded(row) for hidden, _ in networks for row in hidden),
        output=_rounded(output / _NETWORKS),
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
    fold = examples.texts % _FOLDS
    probabilities = np.zeros(len(fold))
    for number in range(_FOLDS):
        inside = fold == number
        probabilities[inside] = _fitted(_rows(examples, ~inside)).probabilities(_inputs(_rows(examples, inside)))
    return probabilities


def _rows(examples: Examples, kept: npt.NDArray[np.bool_]) -> Examples:
    """Some of the candidates."""
    columns = {name: getattr(examples, name)[kept] for name in examples._fields if name not in _OF_TEXTS}
    return examples._replace(**columns)


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


def _inputs(examples: Examples) -> npt.NDArray[np.float32]:
    gains = [Gain(*row) for row in examples.lm.tolist()]
    return judge_features(examples.features, examples.text_probabilities, gains, examples.words.tolist())


def _network(rows: Floats, labels: Floats, weights: Floats, seed: int) -> tuple[Floats, Floats]:
    """Trains one network by weighted logistic loss.

    Returns:
        Its hidden layer (units, features + 1), and its output (units + 1,); the last weight is the bias.
    """
    rng = np.random.default_rng(seed)
    inputs = np.column_stack([rows, np.ones(len(rows))])
    columns = inputs.shape[1]
    layers = [rng.normal(0, columns**-0.5, (_HIDDEN, columns)), rng.normal(0, _HIDDEN**-0.5, _HIDDEN + 1)]
    layers[0][:, -1] = layers[1][-1] = 0.0
    decays = [np.full_like(layer, _DECAY) for layer in layers]
    decays[0][:, -1] = decays[1][-1] = 0.0  # the biases have none
    first, second = _MOMENTA
    means, squares = [np.zeros_like(layer) for layer in layers], [np.zeros_like(layer) for layer in layers]
    for step in range(1, _STEPS + 1):
        units = np.tanh(inputs @ layers[0].T)
        errors = (_logistic(units @ layers[1][:-1] + layers[1][-1]) - labels) * weights / len(rows)
        back = np.outer(errors, layers[1][:-1]) * (1 - units**2)
        slopes = [back.T @ inputs, np.append(errors @ units, errors.sum())]
        rate = _RATE * (1 + np.cos(np.pi * step / _STEPS)) / 2
        for place, slope in enumerate(slopes):
            slope = slope + decays[place] * layers[place]
            means[place] = first * means[place] + (1 - first) * slope
            squares[place] = second * squares[place] + (1 - second) * slope**2
            scale = np.sqrt(squares[place] / (1 - second**step)) + 1e-8
            layers[place] = layers[place] - rate * means[place] / (1 - first**step) / scale
    return layers[0], layers[1]


def _logistic(logits: Floats) -> Floats:
    answer: Floats = 1 / (1 + np.exp(-logits))
    return answer


def _rounded(values: npt.NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
