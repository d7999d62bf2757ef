"""Separates tables that stand side by side: ruled lines on one height that end at the same gap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scanproof.tables import config
from scanproof.tables.words import Piece, Upright


def beside_each_other(page: Upright, words: Sequence[Piece]) -> list[list[Piece]]:
    """Returns the words on the left and on the right of each gap between two tables.

    A gap is between two long ruled lines, at two heights at least, and no word crosses it. The words reach from the
    first of these lines to the first row that does cross it.
    """
    found: list[list[Piece]] = []
    for x, top, bottom in _gaps(page):
        near = [
            word for word in words if top - 2 * page.height <= word.y <= bottom + config.MAX_PITCH * 8 * page.height
        ]
        rows = page.rows(near)
        kept = []
        for row in rows:
            if any(chunk.left < x < chunk.right for chunk in row.chunks):
                if row.y > bottom:
                    break
                continue
            kept.append(row)
        sides = [[word for row in kept for word in row.words if (word.x < x) == is_left] for is_left in (True, False)]
        found += [side for side in sides if side]
    return found


def _gaps(page: Upright) -> list[tuple[float, float, float]]:
    """Returns the middle of each gap, and the heights of the first and the last line that end there."""
    levels: list[list[tuple[float, float, float]]] = []
    for line in sorted(page.across):
        if line[2] - line[1] < config.LONG_LINE * page.height:
            continue
        if levels and line[0] - levels[-1][-1][0] <= config.JOINT * page.height:
            levels[-1].append(line)
        else:
            levels.append([line])
    gaps: list[list[tuple[float, float]]] = []
    for level in levels:
        for before, after in pairwise(sorted(level, key=lambda line: line[1])):
            if len(level) != 2 or after[1] - before[2] < config.CHUNK_GAP * page.height:
                continue
            x, y = (before[2] + after[1]) / 2, level[0][0]
            same = next((gap for gap in gaps if abs(gap[-1][0] - x) <= page.height), None)
            if same is not None and y - same[-1][1] <= config.MAX_PITCH * page.height:
                same.append((x, y))
            else:
                gaps.append([(x, y)])
    return [(gap[0][0], gap[0][1], gap[-1][1]) for gap in gaps if len(gap) > 1][: config.MAX_GAPS]
