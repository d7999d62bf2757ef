"""Compares connected components with those of OpenCV, which the Aspose layer cannot contain."""

import cv2
import hypothesis.extra.numpy as numpy_strategies
import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from scanproof.opening.components import connected_components

INK = numpy_strategies.arrays(bool, numpy_strategies.array_shapes(min_dims=2, max_dims=2, max_side=24))


def described(ink: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    found = connected_components(ink)
    return sorted(zip(found.widths.tolist(), found.heights.tolist(), found.areas.tolist(), strict=True))


@given(INK)
def test_components_match_opencv(ink: NDArray[np.bool_]) -> None:
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    assert described(ink) == sorted((width, height, area) for _, _, width, height, area in stats[1:].tolist())


def test_spiral_is_one_component() -> None:
    turn = np.ones((41, 41), dtype=bool)
    for inset in range(1, 20, 4):
        turn[inset : 41 - inset, inset : 41 - inset] = False
        turn[inset + 1 : 40 - inset, inset + 1 : 40 - inset] = True
        turn[inset, inset + 1] = True
    assert len(described(turn)) == 1


def test_blank_page_has_no_components() -> None:
    assert described(np.zeros((30, 20), dtype=bool)) == []
