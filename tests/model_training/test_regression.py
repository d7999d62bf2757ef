"""The regression finds the weights that made its examples, and a small group stays near the others."""

import numpy as np

from model_training.regression import fit


def examples(weights: list[float], count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = np.column_stack([np.ones(count), rng.normal(size=(count, len(weights) - 1))])
    right = (rng.random(count) < 1 / (1 + np.exp(-rows @ np.array(weights)))).astype(float)
    return rows, right


def test_finds_the_weights_again() -> None:
    rows, right = examples([0.5, 2.0, -1.0], 20_000, 1)
    weights = fit(rows, right, np.ones(len(rows)), ["a"] * len(rows))["a"]
    assert np.allclose(weights, [0.5, 2.0, -1.0], atol=0.1)


def test_groups_differ_where_they_have_examples_to_show_it() -> None:
    rows, right = examples([0.0, 2.0], 8_000, 2)
    other_rows, other_right = examples([0.0, -2.0], 8_000, 3)
    groups = ["a"] * 8_000 + ["b"] * 8_000
    found = fit(np.vstack([rows, other_rows]), np.hstack([right, other_right]), np.ones(16_000), groups)
    assert found["a"][1] > 1.7
    assert found["b"][1] < -1.7


def test_a_group_of_few_stays_near_the_others() -> None:
    rows, right = examples([0.0, 2.0], 8_000, 4)
    few_rows, few_right = examples([0.0, -2.0], 4, 5)
    found = fit(np.vstack([rows, few_rows]), np.hstack([right, few_right]), np.ones(8_004), ["a"] * 8_000 + ["few"] * 4)
    assert found["few"][1] > 1.0
