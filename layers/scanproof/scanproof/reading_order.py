"""Sorts text boxes into reading order: groups them into rows, left to right, and orders the rows.

Boxes on one height form one row (``TOTAL`` and its amount) unless the page is set in columns of running text, which are
read one after the other. Columns are detected by a gutter: a vertical strip that many rows leave free, with long boxes
on both sides. A box across the gutter (a headline) separates the columns above from those below.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scanproof.document import Box

_SAME_ROW_OVERLAP = 0.5  # of the lower box's height
_MIN_COLUMN_LINES = 4
_PROSE_WIDTH = 0.6  # of the longest line: most lines of running text are longer
_PROSE_ASPECT = 8.0  # width to height of a line of running text: about fifteen letters


def in_reading_order(boxes: Sequence[Box]) -> list[list[int]]:
    """Returns rows of indices into ``boxes``, each row from left to right. Every index occurs once."""
    return _order(list(range(len(boxes))), boxes)


def _order(indices: list[int], boxes: Sequence[Box]) -> list[list[int]]:
    rows = _rows(indices, boxes)
    gutter = _gutter(rows, boxes)
    if gutter is None:
        return rows
    ordered: list[list[int]] = []
    for band in _bands(rows, boxes, gutter):
        left = [index for row in band for index in row if boxes[index].right <= gutter]
        right = [index for row in band for index in row if boxes[index].left >= gutter]
        if len(left) + len(right) == sum(map(len, band)) and _is_column(left, boxes) and _is_column(right, boxes):
            ordered += _order(left, boxes) + _order(right, boxes)
        else:
            ordered += band
    return ordered


def _rows(indices: Sequence[int], boxes: Sequence[Box]) -> list[list[int]]:
    rows: list[list[int]] = []
    for index in sorted(indices, key=lambda i: (_middle(boxes[i]), boxes[i].left)):
        row = next((row for row in reversed(rows[-3:]) if _fits(index, row, boxes)), None)
        if row is None:
            rows.append([index])
        else:
            row.append(index)
    for row in rows:
        row.sort(key=lambda i: boxes[i].left)
    return rows


def _fits(index: int, row: Sequence[int], boxes: Sequence[Box]) -> bool:
    """Whether a box is on the same height as all boxes of ``row`` and next to them, not over them."""
    box = boxes[index]
    return all(_is_on_same_height(box, boxes[other]) and _is_beside(box, boxes[other]) for other in row)


def _is_on_same_height(a: Box, b: Box) -> bool:
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap >= _SAME_ROW_OVERLAP * min(_height(a), _height(b)) and overlap > 0


def _is_beside(a: Box, b: Box) -> bool:
    shared = min(a.right, b.right) - max(a.left, b.left)
    return shared <= 0.5 * min(_width(a), _width(b))


def _middle(box: Box) -> float:
    return (box.top + box.bottom) / 2


def _gutter(rows: Sequence[Sequence[int]], boxes: Sequence[Box]) -> float | None:
    """Finds the x that most rows leave free between two of their boxes; None if too few do for columns."""
    edges: list[tuple[float, int]] = []
    for row in rows:
        for before, after in pairwise(row):
            if boxes[before].right < boxes[after].left:
                edges += [(boxes[before].right, 1), (boxes[after].left, -1)]
    edges.sort()
    best, best_x, depth = 0, 0.0, 0
    for position, (x, step) in enumerate(edges):
        depth += step
        if depth > best:
            best, best_x = depth, (x + edges[position + 1][0]) / 2
    return best_x if best >= _MIN_COLUMN_LINES else None


def _bands(rows: Sequence[list[int]], boxes: Sequence[Box], gutter: float) -> list[list[list[int]]]:
    """Splits ``rows`` where a box crosses the gutter; such rows are bands of their own."""
    bands: list[list[list[int]]] = []
    open_band = False
    for row in rows:
        crosses = any(boxes[index].left < gutter < boxes[index].right for index in row)
        if open_band and not crosses:
            bands[-1].append(row)
        else:
            bands.append([row])
        open_band = not crosses
    return bands


def _is_column(indices: Sequence[int], boxes: Sequence[Box]) -> bool:
    """Whether the boxes look like lines of running text: enough of them, most of them long and of similar length."""
    if len(indices) < _MIN_COLUMN_LINES:
        return False
    widest = max(_width(boxes[i]) for i in indices)
    long = [i for i in indices if _width(boxes[i]) >= max(_PROSE_WIDTH * widest, _PROSE_ASPECT * _height(boxes[i]))]
    return len(long) > len(indices) / 2


def _width(box: Box) -> float:
    return box.right - box.left


def _height(box: Box) -> float:
    return box.bottom - box.top
