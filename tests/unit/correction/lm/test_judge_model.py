"""The classifier sees each candidate beside its rivals, and nothing far beyond what it was fitted to."""

from __future__ import annotations

import numpy as np

from scanproof.correction.fast.reranker import FEATURES
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge_model import JUDGE_FEATURES, judge_features, standardised


def column(name: str, gains: list[Gain], words: list[int]) -> list[float]:
    """A feature of candidates that differ in their gains alone."""
    count = len(gains)
    rows = judge_features(np.zeros((count, len(FEATURES)), np.float32), np.full(count, 0.5), gains, words)
    return [float(value) for value in rows[:, JUDGE_FEATURES.index(name)]]


def test_rivals_are_of_the_same_word() -> None:
    gains = [Gain(5.0, 1.0), Gain(4.0, -1.0), Gain(2.0, 0.0)]
    assert column("lm_rival", gains, [0, 0, 1]) == [3.0, -3.0, 2.0]


def test_unchanged_text_is_a_rival() -> None:
    assert column("lm_rival", [Gain(-4.0, 0.0), Gain(-1.0, 0.0)], [0, 0]) == [-4.0, -1.0]


def test_equal_rivals_have_no_margin() -> None:
    assert column("lm_rival", [Gain(2.0, 0.0), Gain(2.0, 0.0)], [0, 0]) == [0.0, 0.0]


def test_far_features_are_clipped() -> None:
    rows = standardised(np.array([[100.0, -100.0, 1.5]]), np.zeros(3), np.ones(3))
    assert rows.tolist() == [[5.0, -5.0, 1.5]]
