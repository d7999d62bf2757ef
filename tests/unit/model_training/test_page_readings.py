"""Pages are stored with their lattices and truth, and their candidates are labelled by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model_training.calibrate_image import gains_of, logistic_regression
from model_training.page_readings import PageReading, load_readings, row_of
from scanproof.edits import TextEdit
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


def test_regression_finds_the_odds() -> None:
    inputs = np.repeat([[0.0], [1.0]], 40_000, axis=0)
    right = np.concatenate([np.arange(40_000) < 10_000, np.arange(40_000) < 30_000])
    weight, bias = logistic_regression(inputs, right, np.ones(80_000))
    assert bias == pytest.approx(np.log(1 / 3), abs=0.01)
    assert weight == pytest.approx(2 * np.log(3), abs=0.01)
