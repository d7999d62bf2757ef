"""Reading order: pieces of text that lie about a page become rows, left to right, and rows follow each other as read.

Pieces on one height belong to one row (``TOTAL`` and its amount) unless the page is set in columns of running text,
which are read one after the other. Columns are found by a gutter: an upright strip that many rows leave free, with long
pieces on both sides; what lies across it (a headline) separates what is above from what is below.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scanproof.document import Box

_SAME_ROW_OVERLAP = 0.5  # of the lower piece's height
_FEWEST_COLUMN_LINES = 4
_PROSE_WIDTH = 0.6  # of the longest line: most lines of running text are longer
_PROSE_ASPECT = 8.0  # width to height of such a line: some fifteen letters


def in_reading_order(boxes: Sequence[Box]) -> list[list[int]]:
    """Rows of indices into ``boxes``, each row from left to right. Every index comes once."""
    return _ordered(list(range(len(boxes))), boxes)


def _ordered(pieces: list[int], boxes: Sequence[Box]) -> list[list[int]]:
    rows = _rows(pieces, boxes)
    gutter = _gutter(rows, boxes)
    if gutter is None:
        return rows
    ordered: list[list[int]] = []
    for band in _bands(rows, boxes, gutter):
        left = [piece for row in band for piece in row if boxes[piece].right <= gutter]
        right = [piece for row in band for piece in row if boxes[piece].left >= gutter]
        if len(left) + len(right) == sum(map(len, band)) and _is_column(left, boxes) and _is_column(right, boxes):
            ordered += _ordered(left, boxes) + _ordered(right, boxes)
        else:
            ordered += band
    return ordered


def _rows(pieces: Sequence[int], boxes: Sequence[Box]) -> list[list[int]]:
    rows: list[list[int]] = []
    for piece in sorted(pieces, key=lambda i: (_middle(boxes[i]), boxes[i].left)):
        row = next((row for row in reversed(rows[-3:]) if _fits(piece, row, boxes)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    for row in rows:
        row.sort(key=lambda i: boxes[i].left)
    return rows


def _fits(piece: int, row: Sequence[int], boxes: Sequence[Box]) -> bool:
    """Whether ``piece`` lies on the height of all of ``row`` and beside, not over, its pieces."""
    box = boxes[piece]
    return all(_same_height(box, boxes[other]) and _beside(box, boxes[other]) for other in row)


def _same_height(a: Box, b: Box) -> bool:
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap >= _SAME_ROW_OVERLAP * min(_height(a), _height(b)) and overlap > 0


def _beside(a: Box, b: Box) -> bool:
    shared = min(a.right, b.right) - max(a.left, b.left)
    return shared <= 0.5 * min(_width(a), _width(b))


def _middle(box: Box) -> float:
    return (box.top + box.bottom) / 2


def _gutter(rows: Sequence[Sequence[int]], boxes: Sequence[Box]) -> float | None:
    """The x that most rows leave free between two of their pieces, if there are enough of them for columns."""
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
    return best_x if best >= _FEWEST_COLUMN_LINES else None


def _bands(rows: Sequence[list[int]], boxes: Sequence[Box], gutter: float) -> list[list[list[int]]]:
    """``rows`` cut where a piece lies across the gutter; such rows are bands of their own."""
    bands: list[list[list[int]]] = []
    open_band = False
    for row in rows:
        crosses = any(boxes[piece].left < gutter < boxes[piece].right for piece in row)
        if open_band and not crosses:
            bands[-1].append(row)
        else:
            bands.append([row])
        open_band = not crosses
    return bands


def _is_column(pieces: Sequence[int], boxes: Sequence[Box]) -> bool:
    """Whether ``pieces`` look like lines of running text: enough of them, long, and most of about the same length."""
    if len(pieces) < _FEWEST_COLUMN_LINES:
        return False
    widest = max(_width(boxes[i]) for i in pieces)
    long = [i for i in pieces if _width(boxes[i]) >= max(_PROSE_WIDTH * widest, _PROSE_ASPECT * _height(boxes[i]))]
    return len(long) > len(pieces) / 2


def _width(box: Box) -> float:
    return box.right - box.left


def _height(box: Box) -> float:
    return box.bottom - box.top
