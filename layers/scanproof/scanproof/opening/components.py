"""Connected components of ink, in numpy: OpenCV, which has them too, is larger than a Lambda layer has room for.

Runs of ink in a row are joined to the runs that they touch in the row above, corner to corner too; labels then spread
by taking the least of what is joined and following it to its end (union by minimum label with pointer jumping; Shiloach
and Vishkin 1982, "An O(log n) parallel connectivity algorithm").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Components:
    """Per component its bounding box's size and its area, in pixels."""

    widths: Indices
    heights: Indices
    areas: Indices


def components(ink: NDArray[np.bool_]) -> Components:
    """The 8-connected components of ``ink`` [height, width], in no particular order."""
    rows, starts, ends = _runs(ink)
    labels = _joined(len(rows), *_touching(rows, starts, ends, ink.shape[1]))
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


def _runs(ink: NDArray[np.bool_]) -> tuple[Indices, Indices, Indices]:
    """Row, first column and the column after the last of each stretch of ink, in reading order."""
    height, width = ink.shape
    padded = np.zeros((height, width + 2), dtype=np.int8)
    padded[:, 1:-1] = ink
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    return rows, starts, ends


def _touching(rows: Indices, starts: Indices, ends: Indices, width: int) -> tuple[Indices, Indices]:
    """Pairs of runs in neighbouring rows that touch: for each run, those of the row above that it reaches."""
    stride = width + 2  # rows end to end, so that one search finds places in all of them
    above = (rows - 1) * stride
    first = np.searchsorted(rows * stride + ends, above + starts, side="left")
    after = np.searchsorted(rows * stride + starts, above + ends, side="right")
    counts = np.maximum(after - first, 0)
    lower = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(len(lower)) - np.repeat(np.cumsum(counts) - counts, counts)
    return lower, np.repeat(first, counts) + offsets


def _joined(count: int, one: Indices, other: Indices) -> Indices:
    """A label per run, equal for runs that are joined directly or by others."""
    labels = np.arange(count)
    while len(one):
        least = np.minimum(labels[one], labels[other])
        np.minimum.at(labels, labels[one], least)
        np.minimum.at(labels, labels[other], least)
        while not np.array_equal(labels[labels], labels):
            labels = labels[labels]
        apart = labels[one] != labels[other]
        one, other = one[apart], other[apart]
    return labels
