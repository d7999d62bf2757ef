"""Pages are stored with their lattices and truth, and their candidates are labelled by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model_training.calibrate_image import LabelledRows, gains_of, logistic_regression, preferred, unfitted
from model_training.page_readings import PageReading, load_readings, row_of
from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.reranker import IMAGE_INPUTS
from scanproof.edits import TextEdit
from tests.unit.correction.fast.test_analysis import scorable
from tests.unit.lattice.lattices import page_of, segment


def test_page_is_stored_with_lattice(tmp_path: Path) -> None:
    page, lattice = page_of(segment("ab c"))
    stored = PageReading("scan-1", "en", page, lattice, "ab c", ("ab c",))
    path = tmp_path / "pages.jsonl"
    path.write_text(row_of(stored) + "\n", "utf-8")
    assert [*load_readings(path)] == [stored]


def test_whole_words_decide_the_label() -> None:
    edits = [TextEdit(1, 2, "h"), TextEdit(1, 2, "n"), TextEdit(4, 7, "met"), TextEdit(1, 5, "hen")]
    assert gains_of("tbe men", edits, "the men") == [1, 0, -1, 0]


def test_less_probable_rivals_are_dropped() -> None:
    found = [Candidate(0, 1, letter, -1.0, -1.0, from_argmax=False) for letter in "abc"]
    inputs = np.zeros((2, len(IMAGE_INPUTS)))
    inputs[:, IMAGE_INPUTS.index("image")] = 1.0, 2.0
    weights = [float(name == "image") for name in (*IMAGE_INPUTS, "bias")]
    line = scorable(found, "tbe men", (0.5, 0.5, 0.5)), np.array([True, False, True])
    rows = LabelledRows(inputs, np.array([True, False]), np.ones(2), [line])
    assert preferred(rows, unfitted().model_copy(update={"weights": tuple(weights)})).tolist() == [False, True]


def test_regression_finds_the_odds() -> None:
    inputs = np.repeat([[0.0], [1.0]], 40_000, axis=0)
    right = np.concatenate([np.arange(40_000) < 10_000, np.arange(40_000) < 30_000])
    weight, bias = logistic_regression(inputs, right, np.ones(80_000))
    assert bias == pytest.approx(np.log(1 / 3), abs=0.01)
    assert weight == pytest.approx(2 * np.log(3), abs=0.01)
