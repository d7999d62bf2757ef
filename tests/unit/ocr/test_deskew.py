"""Straightening computed from synthetic segments."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest

from scanproof.ocr.deskew import (
    apply,
    long_lines,
    matrix_between,
    measure_skew,
    rotation_matrix,
    straightening,
    turned_quads,
    turning_matrix,
)
from scanproof.ocr.orientation import Quads

SIZE = (1000, 1400)
CORNERS = np.array([[0, 0], [1000, 0], [1000, 1400], [0, 1400]], dtype=np.float64)


def page_quads(lines: int = 20, seed: int = 1) -> Quads:
    """Places lines of different lengths on a page."""
    rng = Random(seed)
    rows = []
    for number in range(lines):
        left, right, top = 80.0, 80.0 + rng.uniform(300, 840), 80 + number * 1240 / lines
        rows.append([[left, top], [right, top], [right, top + 24], [left, top + 24]])
    return np.array(rows).reshape(-1, 4, 2)


def as_rectangles(quads: Quads) -> Quads:
    """Replaces each quad by a rectangle along its middle and rounds it, as detection does."""
    start, end = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
    along = end - start
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.hypot(*along.T)[:, None] * 12
    return np.round(np.stack([start - normal, end - normal, end + normal, start + normal], axis=1))


@pytest.mark.parametrize("degrees", [-10.0, -3.0, 2.0, 7.5, 10.0])
def test_skew_is_measured_and_removed(degrees: float) -> None:
    quads = as_rectangles(apply(rotation_matrix(degrees, (500, 700)), page_quads()))
    found = straightening(quads, SIZE)
    assert found is not None
    assert found.skew == pytest.approx(degrees, abs=0.1)
    assert not found.perspective
    assert measure_skew(long_lines(apply(found.matrix, quads))) == pytest.approx(0, abs=0.1)
    inside = apply(found.matrix, quads)
    assert inside.min() >= 0
    assert (inside <= found.size).all()


@pytest.mark.parametrize(
    "quads",
    [
        page_quads(),
        as_rectangles(apply(rotation_matrix(0.8, (500, 700)), page_quads())),
        as_rectangles(apply(rotation_matrix(25, (500, 700)), page_quads())),
        as_rectangles(apply(rotation_matrix(8, (500, 700)), page_quads(3))),
        page_quads(0),
    ],
    ids=["straight", "slightly skewed", "oblique", "few lines", "no text"],
)
def test_doubtful_pages_are_left_alone(quads: Quads) -> None:
    assert straightening(quads, SIZE) is None


def test_mixed_directions_are_left_alone() -> None:
    quads = np.concatenate(
        [apply(rotation_matrix(degrees, (500, 700)), page_quads(2)) for degrees in range(-40, 41, 8)]
    )
    assert straightening(quads, SIZE) is None


def test_sheet_on_photo_becomes_rectangle() -> None:
    sheet = np.array([[180, 70], [800, 40], [900, 1330], [90, 1350]], dtype=np.float64)
    matrix = matrix_between(CORNERS, sheet)
    quads = as_rectangles(apply(matrix, page_quads()))
    found = straightening(quads, SIZE, sheet)
    assert found is not None
    assert found.perspective
    top_left, top_right, bottom_right, bottom_left = apply(found.matrix, sheet)
    assert top_left[1] == pytest.approx(top_right[1])
    assert top_left[0] == pytest.approx(bottom_left[0])
    assert bottom_right == pytest.approx([top_right[0], bottom_left[1]])
    assert (apply(found.matrix, sheet) >= 0).all()
    assert (apply(found.matrix, sheet) <= found.size).all()


def test_sheet_that_text_contradicts_is_ignored() -> None:
    sheet = np.array([[180, 70], [800, 40], [900, 1330], [90, 1350]], dtype=np.float64)
    assert straightening(page_quads(), SIZE, sheet) is None


def test_fanned_lines_become_parallel() -> None:
    tilted = np.array([[0, 0], [1000, 60], [1000, 1310], [0, 1400]], dtype=np.float64)
    quads = as_rectangles(apply(matrix_between(CORNERS, tilted), page_quads(30)))
    found = straightening(quads, SIZE)
    assert found is not None
    assert found.perspective
    lines = apply(found.matrix, quads)
    along = lines[:, 1] - lines[:, 0]
    assert np.abs(np.degrees(np.arctan2(along[:, 1], along[:, 0]))).max() < 0.5


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turning_keeps_corners_in_order(rotation: int) -> None:
    matrix = turning_matrix(rotation, SIZE)
    size = SIZE if rotation in (0, 180) else SIZE[::-1]
    assert sorted(map(tuple, apply(matrix, CORNERS))) == sorted(
        map(tuple, np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float64))
    )
    (quad,) = turned_quads(CORNERS[None], rotation, SIZE)
    assert quad.tolist() == [[0, 0], [size[0], 0], [*size], [0, size[1]]]


def test_rotation_is_clockwise() -> None:
    moved = apply(rotation_matrix(90, (0, 0)), np.array([[1.0, 0.0]]))
    assert moved[0].tolist() == pytest.approx([0, 1])
    assert math.isclose(np.linalg.det(rotation_matrix(30, (5, 7))), 1)
