"""The judge's classifier is fitted to candidates, and measured on texts that it was not fitted to."""

from __future__ import annotations

import numpy as np

from model_training.judge_fit import Examples, fit, joined, measured
from scanproof.correction.fast.reranker import FEATURES
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge_model import judge_features


def text_of(gains: list[float], right: list[bool], words: list[int]) -> Examples:
    """A text whose candidates have these likelihood ratios."""
    count = len(gains)
    lm = np.zeros((count, len(Gain._fields)))
    lm[:, 0] = gains
    return Examples(
        np.zeros((count, len(FEATURES)), np.float32),
        np.full(count, 0.5),
        lm,
        np.where(right, 1, -1),
        np.array(words, np.int64),
        np.zeros(count),
        np.zeros(count, np.int64),
        np.array([10]),
        np.array([1000]),
    )


def texts(count: int) -> Examples:
    """Texts in which candidates with a positive ratio are right, two of each word."""
    return joined([text_of([4.0, 3.0, -4.0, -5.0], [True, True, False, False], [0, 0, 1, 1]) for _ in range(count)])


def test_words_and_texts_stay_apart() -> None:
    together = joined([text_of([1.0], [True], [0]), Examples.none(3, 500), text_of([1.0, 2.0], [True, False], [0, 1])])
    assert together.words.tolist() == [0, 1, 2]
    assert together.texts.tolist() == [0, 2, 2]
    assert (together.errors.tolist(), together.characters.tolist()) == ([10, 3, 10], [1000, 500, 1000])


def test_text_is_joined_from_passages() -> None:
    passage = text_of([1.0], [True], [0])._replace(errors=np.zeros(0, np.int64), characters=np.zeros(0, np.int64))
    together = joined([Examples.none(3, 500), passage, passage, Examples.none(4, 600)])
    assert (together.texts.tolist(), together.words.tolist(), together.errors.tolist()) == ([0, 0], [0, 1], [3, 4])


def test_likelihood_ratio_is_learned() -> None:
    model = fit({"news": texts(40)}, "test")
    gains = [Gain(4.0, 0.0), Gain(-4.0, 0.0)]
    rows = judge_features(np.zeros((2, len(FEATURES)), np.float32), np.full(2, 0.5), gains, [0, 1])
    right, wrong = model.probabilities(rows)
    assert (right > 0.9, wrong < 0.1, model.model_version) == (True, True, "test")


def test_one_candidate_of_a_word_counts() -> None:
    rows: dict[object, dict[str, object]] = {row["threshold"]: row for row in measured({"news": texts(40)}, (0.5, 1.0))}
    assert (rows[0.5]["edits_good"], rows[0.5]["edits_bad"], rows[0.5]["points"]) == (40, 0, 10.0)
    assert (rows[0.5]["texts_better"], rows[0.5]["texts_worse"], rows[1.0]["edits_good"]) == (40, 0, 0)
    assert rows["as fitted"] == rows[0.5] | {"threshold": "as fitted"}
