"""Finds connected components of ink with numpy: OpenCV is too large for the Lambda layer of Aspose.OCR.

Runs of ink in a row are connected to the runs that they touch in the row above, diagonally too. Labels then spread as
the minimum over connected runs (union by minimum label with pointer jumping; Shiloach and Vishkin 1982, "An O(log n)
parallel connectivity algorithm").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


_MAX_RUNS = 3_000_000  # about 100 bytes each while they are merged; a dense A3 page at 300 dpi has 2,000,000


@dataclass(frozen=True)
class Components:
    """Width and height of each component's bounding box, and its area, in pixels."""

    widths: Indices
    heights: Indices
    areas: Indices


def connected_components(ink: NDArray[np.bool_]) -> Components | None:
    """Finds the 8-connected components of ``ink`` [height, width], in no particular order; None in noise."""
    runs = _runs(ink)
    if runs is None:
        return None
    rows, starts, ends = runs
    labels = _merged_labels(len(rows), *_touching_pairs(rows, starts, ends, ink.shape[1]))
    _, component = np.unique(labels, return_inverse=True)
    count = int(component.max()) + 1 if len(rows) else 0
    left, top = (np.full(count, np.iinfo(np.int64).max) for _ in range(2))
    right, bottom = (np.zeros(count, dtype=np.int64) for _ in range(2))
    np.minimum.at(left, component, starts)
    np.minimum.at(top, component, rows)
    np.maximum.at(right, component, ends)
    np.maximum.at(bottom, component, rows + 1)
    areas = np.bincount(component, weights=ends - starts, minlength=count).astype(np.int64)
    return Components(right - left, bottom - top, areas)


def _runs(ink: NDArray[np.bool_]) -> tuple[Indices, Indices, Indices] | None:
    """Returns row, first column and column after the last of each run of ink, in reading order; None for too many."""
    height, width = ink.shape
    padded = np.zeros((height, width + 2), dtype=np.int8)
    padded[:, 1:-1] = ink
    steps = np.diff(padded, axis=1)
    if np.count_nonzero(steps == 1) > _MAX_RUNS:
        return None
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    return rows, starts, ends


def _touching_pairs(rows: Indices, starts: Indices, ends: Indices, width: int) -> tuple[Indices, Indices]:
    """Pairs each run with the runs of the row above that it touches; returns the indices of both."""
    stride = width + 2  # rows end to end, so that one search covers all of them
    above = (rows - 1) * stride
    first = np.searchsorted(rows * stride + ends, above + starts, side="left")
    after = np.searchsorted(rows * stride + starts, above + ends, side="right")
    counts = np.maximum(after - first, 0)
    lower = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(len(lower)) - np.repeat(np.cumsum(counts) - counts, counts)
    return lower, np.repeat(first, counts) + offsets


def _merged_labels(count: int, first: Indices, second: Indices) -> Indices:
    """Returns a label per run, equal for runs that are connected directly or through others."""
    labels = np.arange(count)
    while len(first):
        minimum = np.minimum(labels[first], labels[second])
        np.minimum.at(labels, labels[first], minimum)
        np.minimum.at(labels, labels[second], minimum)
        while not np.array_equal(labels[labels], labels):
            labels = labels[labels]
        unmerged = labels[first] != labels[second]
        first, second = first[unmerged], second[unmerged]
    return labels
