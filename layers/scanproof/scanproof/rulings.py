"""Finds ruled lines on a page image: long dark runs that are thin, nearly horizontal or nearly vertical.

The same code serves scans and rendered pages of PDFs, so a line counts where it can be seen, however it was drawn. It
is morphological opening with line-shaped elements, written with cumulative sums: OpenCV is not installed beside every
engine. Runs of neighbouring rows are joined to lines, to which straight lines are fitted. Headers of tables are often
boxes that are lower than a run is long: their walls count where they reach from one horizontal line to the next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scanproof.document import MAX_RULINGS, Box, Line, Ruling

Gray = NDArray[np.uint8]
_Mask = NDArray[np.bool_]
_Ends = tuple[float, float, float, float]  # x0, y0, x1, y1

# Lengths in inches of paper, measured on the generated pages of `python -m benchmarks.tables`.
_DPI = 150  # resolution that images are reduced to; lines of half a point stay, as the darkest pixel counts
_WINDOW = 0.2  # of a run; letters of 12 point type have shorter strokes
_MIN_LENGTH = 0.3  # of a line; strokes of headings are shorter
_MAX_THICKNESS = 0.05  # of a line; thicker is a bar or the edge of a shaded area
_BACKGROUND = 0.3  # side of the square whose mean is the background
_CONTRAST = 18  # grey levels, of 255, that a line is darker than its background
_MIN_COVERAGE = 0.9  # share of dark pixels in a window: scanned lines have holes
_STROKE_ZONE = 0.36  # of a word's height, from its middle: lines there cross letters, others are above or below
_MAX_BLANK = 1.5  # of a word's height, that such a line has without a word: between words there are no strokes
_MAX_STROKE = 1.6  # of a word's height
_MAX_WORD_SHARE = 0.5  # of a line's length
_WALL_COVERAGE = 0.85  # share of dark pixels from one line to the next
_MIN_BOX, _MAX_BOX = 0.06, _MIN_LENGTH  # distance of two horizontal lines between which shorter walls are looked for
_MIN_BOX_WIDTH = 1.0  # by which both are above each other
_SAME_WALL = 4  # pixels at that resolution, between two lines that are one
_MAX_NEXT = 8  # lines below a line that are looked at
_MAX_BOXES = 500  # pairs of lines of an image
_MAX_RUNS = 40_000  # of an image: more are a photograph or a dither pattern


def find_rulings(gray: Gray, dpi: float) -> tuple[Ruling, ...]:
    """Returns the ruled lines of an image, the longest `MAX_RULINGS` at most, in reading order.

    Args:
        gray: [height, width], 0 is black.
        dpi: pixels per inch.
    """
    factor = max(1, round(dpi / _DPI))
    small = _darkest(gray, factor)
    scale = dpi / factor
    window = max(3, round(_WINDOW * scale))
    if min(small.shape) < 2 * window:
        return ()
    dark = _darker_than_background(small, max(3, round(_BACKGROUND * scale)))
    across = _lines(_long_runs(dark, window), scale)
    down = [(y0, x0, y1, x1) for x0, y0, x1, y1 in _lines(_long_runs(dark.T, window), scale)]
    down += _without(_short_walls(dark, across, scale), down)
    found = sorted([*across, *down], key=lambda line: abs(line[2] - line[0]) + abs(line[3] - line[1]), reverse=True)
    height, width = gray.shape
    limits = (width, height, width, height)
    rulings = [
        tuple(min(max(round((value + 0.5) * factor), 0), limit) for value, limit in zip(line, limits, strict=True))
        for line in found[:MAX_RULINGS]
    ]
    return tuple(sorted(((a, b, c, d) for a, b, c, d in rulings), key=lambda line: (line[1], line[0])))


def outside_words(rulings: Sequence[Ruling], lines: Sequence[Line]) -> tuple[Ruling, ...]:
    """Leaves out strokes of blurred letters.

    Words cover most of such a horizontal line, at half height; a vertical one, no longer than the word that it is in,
    does not reach from line to line.
    """
    boxes = sorted((word.box for line in lines for word in line.words), key=lambda box: (box.top + box.bottom) / 2)
    middles = [(box.top + box.bottom) / 2 for box in boxes]
    highest = max((box.bottom - box.top for box in boxes), default=0.0)
    kept = [ruling for ruling in rulings if not _runs_through(ruling, boxes, middles, highest)]
    across = [ruling for ruling in kept if _is_across(ruling)]
    return tuple(
        ruling
        for ruling in kept
        if _is_across(ruling)
        or not _is_in_word(ruling, boxes, middles, highest)
        or all(_meets(ruling, y, across) for y in (ruling[1], ruling[3]))
    )


def _is_across(ruling: Ruling) -> bool:
    return abs(ruling[2] - ruling[0]) >= abs(ruling[3] - ruling[1])


def _runs_through(ruling: Ruling, boxes: Sequence[Box], middles: Sequence[float], highest: float) -> bool:
    x0, y0, x1, y1 = ruling
    if not _is_across(ruling):
        return False
    y, covered = (y0 + y1) / 2, 0.0
    crossed = [
        boxes[index]
        for index in _near(y, middles, highest)
        if abs(y - middles[index]) <= _STROKE_ZONE * (boxes[index].bottom - boxes[index].top)
        and boxes[index].right > x0
        and boxes[index].left < x1
    ]
    if not crossed:
        return False
    end, blank = float(x0), 0.0
    for box in sorted(crossed, key=lambda each: each.left):
        blank = max(blank, box.left - end)
        end = max(end, box.right)
        covered += min(x1, box.right) - max(x0, box.left)
    blank = max(blank, x1 - end)
    height = max(box.bottom - box.top for box in crossed)
    return covered > _MAX_WORD_SHARE * (x1 - x0) and blank <= _MAX_BLANK * height


def _meets(wall: Ruling, y: float, across: Sequence[Ruling]) -> bool:
    """Whether a horizontal line passes the end of a wall."""
    x, near = (wall[0] + wall[2]) / 2, abs(wall[3] - wall[1]) / 4
    return any(
        x0 - near <= x <= x1 + near and abs(y0 + (y1 - y0) * (x - x0) / max(x1 - x0, 1) - y) <= near
        for x0, y0, x1, y1 in across
    )


def _is_in_word(wall: Ruling, boxes: Sequence[Box], middles: Sequence[float], highest: float) -> bool:
    x, y, length = (wall[0] + wall[2]) / 2, (wall[1] + wall[3]) / 2, abs(wall[3] - wall[1])
    return any(
        box.left < x < box.right and length <= _MAX_STROKE * (box.bottom - box.top)
        for box in (boxes[index] for index in _near(y, middles, highest))
    )


def _near(y: float, middles: Sequence[float], highest: float) -> range:
    """The indexes of the boxes that may reach the height ``y``."""
    return range(bisect_left(middles, y - highest / 2), bisect_right(middles, y + highest / 2))


def _darkest(gray: Gray, factor: int) -> Gray:
    """Reduces an image; of each square the darkest pixel stays."""
    if factor == 1:
        return gray
    height, width = (size // factor * factor for size in gray.shape)
    rows = gray[:height, :width].reshape(height // factor, factor, width)
    darkest: Gray = rows.min(axis=1).reshape(height // factor, width // factor, factor).min(axis=2)
    return darkest


def _darker_than_background(gray: Gray, side: int) -> _Mask:
    """Whether each pixel is darker than the mean of the square around it."""
    background = _window_sums(_window_sums(gray.astype(np.float32), side).T, side).T / np.float32(side * side)
    return gray < background - _CONTRAST


def _window_sums(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Returns the sum of the ``size`` values around each one, by row; the outermost value continues at the edges."""
    before = size // 2
    padded = np.pad(values, ((0, 0), (before + 1, size - 1 - before)), mode="edge")
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    return (sums[:, size:] - sums[:, :-size]).astype(np.float32)


def _long_runs(dark: _Mask, size: int) -> _Mask:
    """Keeps the pixels of windows of ``size`` pixels in a row that are dark, nearly all of them."""
    counts = np.cumsum(np.pad(dark, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
    full = (counts[:, size:] - counts[:, :-size]) >= _MIN_COVERAGE * size
    starts = np.cumsum(np.pad(full, ((0, 0), (size, size - 1))), axis=1, dtype=np.int32)
    inside = (starts[:, size:] - starts[:, :-size])[:, : dark.shape[1]] > 0
    # Holes of two pixels stay closed; the blank behind a line's end is not part of it.
    near = dark.copy()
    near[:, 1:] |= dark[:, :-1]
    near[:, :-1] |= dark[:, 1:]
    found: _Mask = inside & near
    return found


def _short_walls(dark: _Mask, across: Sequence[_Ends], scale: float) -> list[_Ends]:
    """Returns the vertical lines that reach from one horizontal line to the next one below, and are no longer."""
    walls: list[_Ends] = []
    for above, below in _boxes(sorted(across, key=lambda line: line[1] + line[3]), scale):
        left, right = round(max(above[0], below[0])), round(min(above[2], below[2])) + 1
        xs = np.arange(max(left - 1, 0), min(right + 1, dark.shape[1]))
        tops, bottoms = (_height_at(line, xs) for line in (above, below))
        steps = np.arange(1, max(round(float(np.median(bottoms - tops))), 2))  # without the lines themselves
        share = (bottoms - tops) / (steps[-1] + 1)
        ys = np.clip(np.rint(tops + steps[:, None] * share), 0, dark.shape[0] - 1).astype(np.intp)
        strip = dark[ys, xs]
        near = strip.copy()  # a wall of a turned page is in the next column of pixels further down
        near[:, 1:] |= strip[:, :-1]
        near[:, :-1] |= strip[:, 1:]
        full = np.pad(near.mean(axis=0) >= _WALL_COVERAGE, 1).astype(np.int8)
        starts, ends = np.nonzero(np.diff(full) == 1)[0], np.nonzero(np.diff(full) == -1)[0]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if end - start <= _MAX_THICKNESS * scale + 2:
                middle = (start + end - 1) // 2
                walls.append((float(xs[middle]), float(tops[middle]), float(xs[middle]), float(bottoms[middle])))
    return walls


def _without(walls: Sequence[_Ends], down: Sequence[_Ends]) -> list[_Ends]:
    """Leaves out the walls that are parts of longer lines."""
    lines = sorted(down, key=lambda line: line[0] + line[2])
    xs = [(line[0] + line[2]) / 2 for line in lines]
    found: list[_Ends] = []
    for wall in walls:
        x, y = wall[0], (wall[1] + wall[3]) / 2
        near = lines[bisect_left(xs, x - _SAME_WALL) : bisect_right(xs, x + _SAME_WALL)]
        if not any(line[1] <= y <= line[3] for line in near):
            found.append(wall)
    return found


def _boxes(across: Sequence[_Ends], scale: float) -> list[tuple[_Ends, _Ends]]:
    """Pairs each horizontal line with those not far below it."""
    pairs: list[tuple[_Ends, _Ends]] = []
    long = [line for line in across if line[2] - line[0] >= _MIN_BOX_WIDTH * scale]
    for index, above in enumerate(long):
        for below in long[index + 1 : index + 1 + _MAX_NEXT]:
            left, right = max(above[0], below[0]), min(above[2], below[2])
            if right - left < _MIN_BOX_WIDTH * scale:
                continue
            distance = float(_height_at(below, (left + right) / 2) - _height_at(above, (left + right) / 2))
            if _MIN_BOX * scale <= distance <= _MAX_BOX * scale:
                pairs.append((above, below))
    return pairs[:_MAX_BOXES]


def _height_at(line: _Ends, x: NDArray[np.intp] | float) -> NDArray[np.float64]:
    return np.asarray(line[1] + (line[3] - line[1]) * (x - line[0]) / max(line[2] - line[0], 1.0), np.float64)


@dataclass
class _Line:
    """Runs that touch; sums for the fit of a straight line, weighted by their lengths."""

    left: int
    right: int
    area: int = 0
    runs: list[tuple[float, float, int]] = field(default_factory=list)  # centre x, y, length

    def add(self, y: int, left: int, right: int) -> None:
        self.left, self.right = min(self.left, left), max(self.right, right)
        self.area += right - left
        self.runs.append(((left + right) / 2, y, right - left))

    def absorb(self, other: _Line) -> None:
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.area += other.area
        self.runs += other.runs

    def ends(self) -> tuple[float, float]:
        """Returns the height at the left and at the right end."""
        x, y, weight = (np.array(column, dtype=np.float64) for column in zip(*self.runs, strict=True))
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        # The runs of a level line have one centre: their lengths, too, are spread along it.
        spread = float(np.sum(weight * ((x - mean_x) ** 2 + weight**2 / 12)))
        slope = float(np.sum(weight * (x - mean_x) * (y - mean_y))) / spread if spread else 0.0
        return float(mean_y + slope * (self.left - mean_x)), float(mean_y + slope * (self.right - mean_x))


def _lines(mask: _Mask, scale: float) -> list[_Ends]:
    """Returns the horizontal lines of a mask as x0, y0, x1, y1."""
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    changes = np.diff(padded, axis=1)
    rows, lefts = np.nonzero(changes == 1)
    _, rights = np.nonzero(changes == -1)
    if len(rows) > _MAX_RUNS:
        return []
    found = []
    for line in _joined(rows.tolist(), lefts.tolist(), rights.tolist()):
        length = line.right - line.left
        if length >= _MIN_LENGTH * scale and line.area <= _MAX_THICKNESS * scale * length:
            y0, y1 = line.ends()
            found.append((float(line.left), y0, float(line.right), y1))
    return found


def _joined(rows: list[int], lefts: list[int], rights: list[int]) -> list[_Line]:
    """Joins runs of neighbouring rows that touch."""
    lines: list[_Line] = []
    owner: list[int] = []  # the line of each run, by its number; lines that were absorbed point to the absorbing one
    absorbed: dict[int, int] = {}

    def root(number: int) -> int:
        while number in absorbed:
            number = absorbed[number]
        return number

    row_starts = [0, *(index for index, (a, b) in enumerate(pairwise(rows), start=1) if a != b), len(rows)]
    above: range = range(0)
    for start, end in pairwise(row_starts):
        if above and rows[above.start] != rows[start] - 1:
            above = range(0)
        position = above.start
        for run in range(start, end):
            while position < above.stop and rights[position] < lefts[run]:
                position += 1
            touching = position
            number: int | None = None
            while touching < above.stop and lefts[touching] <= rights[run]:
                other = root(owner[touching])
                if number is None:
                    number = other
                elif number != other:
                    lines[number].absorb(lines[other])
                    absorbed[other] = number
                touching += 1
            if number is None:
                number = len(lines)
                lines.append(_Line(lefts[run], rights[run]))
            lines[number].add(rows[run], lefts[run], rights[run])
            owner.append(number)
        above = range(start, end)
    return [line for number, line in enumerate(lines) if number not in absorbed]
