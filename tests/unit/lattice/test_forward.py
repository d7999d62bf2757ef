"""The forward algorithm against the sum over all paths."""

from __future__ import annotations

import itertools
import math
from array import array
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scanproof.lattice.forward import UNSEEN, SegmentPosterior
from scanproof.lattice.model import PageLattice, SegmentLattice
from scanproof.ocr.posterior import SparsePosterior
from tests.unit.lattice.lattices import ALPHABET, decoded, page_of, posterior, segment

TINY = arrays(np.float64, st.tuples(st.integers(1, 4), st.just(len(ALPHABET))), elements=st.floats(1e-6, 1.0))


def lattice_of(found: SparsePosterior) -> tuple[PageLattice, SegmentLattice]:
    """Builds a lattice over the test alphabet; its text does not matter."""
    one = SegmentLattice(0, (), found.counts.tobytes(), _array(found.characters), _array(found.levels))
    return PageLattice(("", *ALPHABET[1:]), ((one,),)), one


def _array(values: np.ndarray) -> array[int]:
    return array("H", values.tolist())


def sums_over_paths(matrix: SegmentPosterior) -> Counter[str]:
    """Sums the probabilities of all paths by the string that they spell."""
    probabilities = np.exp(matrix.log_probabilities[:, :-1])
    totals: Counter[str] = Counter()
    for path in itertools.product(range(len(matrix.alphabet)), repeat=len(probabilities)):
        text = "".join(matrix.alphabet[index] for index, _ in itertools.groupby(path))
        totals[text] += math.prod(probabilities[step, index] for step, index in enumerate(path))
    return totals


@given(TINY, st.sampled_from([0.0, UNSEEN]))
def test_forward_equals_sum_over_paths(weights: np.ndarray, unseen: float) -> None:
    matrix = SegmentPosterior(*lattice_of(posterior(weights)), unseen=unseen)
    expected = sums_over_paths(matrix)
    found = np.exp(matrix.log_probability_of(list(expected)))
    assert found == pytest.approx(list(expected.values()), rel=1e-9, abs=1e-300)


@given(TINY)
def test_strings_sum_to_at_most_one(weights: np.ndarray) -> None:
    matrix = SegmentPosterior(*lattice_of(posterior(weights)), unseen=0.0)
    strings = ["".join(s) for n in range(len(weights) + 1) for s in itertools.product(matrix.alphabet[1:], repeat=n)]
    total = np.exp(matrix.log_probability_of(strings)).sum()
    assert total <= 1.0005 ** len(weights)  # half a level of rounding a step
    assert total > 1 - 0.001 * len(weights)  # all that was not kept


@given(TINY)
def test_text_beats_its_best_path(weights: np.ndarray) -> None:
    lattice, one = lattice_of(posterior(weights))
    matrix = SegmentPosterior(lattice, one)
    [probability] = matrix.log_probability_of([lattice.best_path(one)])
    assert probability >= matrix.log_probabilities.max(axis=1).sum() - 1e-9


def test_doubled_letter_needs_a_blank() -> None:
    matrix = SegmentPosterior(*lattice_of(posterior([[0, 1, 0, 0, 0]] * 2)), unseen=0.0)
    assert np.exp(matrix.log_probability_of(["a", "aa", ""])).tolist() == pytest.approx([1, 0, 0])
    apart = SegmentPosterior(*lattice_of(posterior([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]])), unseen=0.0)
    assert np.exp(apart.log_probability_of(["a", "aa"])).tolist() == pytest.approx([0, 1])


def test_unseen_characters_are_improbable() -> None:
    matrix = SegmentPosterior(*lattice_of(posterior(decoded("ab", 1.0))))
    known, unseen, two = matrix.log_probability_of(["ab", "aé", "éü"])
    assert known == pytest.approx(0, abs=1e-3)
    assert unseen == pytest.approx(2 * math.log(UNSEEN), abs=1.5)  # two steps for each character
    assert two < unseen


def test_strings_too_long_are_impossible() -> None:
    matrix = SegmentPosterior(*lattice_of(posterior(decoded("ab"))))
    assert matrix.log_probability_of(["ababababab"]).tolist() == [-math.inf]
    assert matrix.log_probability_of(["", "a"], 2, 2).tolist() == [0.0, -math.inf]
    assert matrix.log_probability_of([]).tolist() == []


def test_window_holds_the_words_steps_only() -> None:
    page, lattice = page_of(segment("ab ca"))
    [[one]] = lattice.lines
    matrix = SegmentPosterior(lattice, one)
    assert page.raw_text == "ab ca"
    assert matrix.window(0, 5) == (0, 15)
    assert matrix.window(0, 2) == (0, 6)
    assert matrix.window(3, 5) == (8, 15)  # after the space's run
    texts = ["ca", "ab", "c"]
    assert int(np.argmax(matrix.log_probability_of(texts, *matrix.window(3, 5)))) == 0
