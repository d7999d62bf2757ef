"""Scores tables against their truth: cells found with text and position, and TEDS.

A cell is right if row, column, both spans and the text are those of a true cell of the table that it was matched with.
TEDS (Zhong, ShafieiBavani and Jimeno Yepes 2020, "Image-based table recognition") is 1 minus the tree edit distance of
the tables over the size of the larger one; rows are aligned with rows and their cells with cells, which gives the
distance of trees of this shape unless a table is transposed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True)
class ScoredCell:
    """A cell of either side."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str


@dataclass(frozen=True)
class CellCounts:
    """Right cells, found cells and true cells."""

    right: int = 0
    found: int = 0
    true: int = 0

    def __add__(self, other: CellCounts) -> CellCounts:
        return CellCounts(self.right + other.right, self.found + other.found, self.true + other.true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing found."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


def normalised(text: str) -> str:
    """Removes blanks and case, which engines and truth differ in."""
    return re.sub(r"\s+", "", text).casefold()


def count_cells(found: Sequence[ScoredCell], true: Sequence[ScoredCell], similarity: float = 1.0) -> CellCounts:
    """Counts the right cells of one table.

    Args:
        similarity: of the texts, 1 minus the normalised edit distance, from which they count as the same.
    """
    places = {(cell.row, cell.column, cell.row_span, cell.column_span): normalised(cell.text) for cell in true}
    right = 0
    for cell in found:
        text = places.get((cell.row, cell.column, cell.row_span, cell.column_span))
        if text is not None and _similarity(normalised(cell.text), text) >= similarity:
            right += 1
    return CellCounts(right, len(found), len(true))


def teds(found: Sequence[ScoredCell], true: Sequence[ScoredCell]) -> float:
    """Computes the similarity of two tables, 0 to 1."""
    rows, others = _rows(found), _rows(true)
    sizes, other_sizes = [1 + len(row) for row in rows], [1 + len(row) for row in others]
    largest = 1 + max(sum(sizes), sum(other_sizes))
    costs = [
        [_aligned([1.0] * len(a), [1.0] * len(b), [[_change(x, y) for y in b] for x in a]) for b in others]
        for a in rows
    ]
    return 1 - _aligned(list(map(float, sizes)), list(map(float, other_sizes)), costs) / largest


def _rows(cells: Sequence[ScoredCell]) -> list[list[ScoredCell]]:
    rows: dict[int, list[ScoredCell]] = {}
    for cell in sorted(cells, key=lambda each: (each.row, each.column)):
        rows.setdefault(cell.row, []).append(cell)
    return [rows[row] for row in sorted(rows)]


def _change(a: ScoredCell, b: ScoredCell) -> float:
    if (a.row_span, a.column_span) != (b.row_span, b.column_span):
        return 1.0
    return 1 - _similarity(normalised(a.text), normalised(b.text))


def _similarity(a: str, b: str) -> float:
    return Levenshtein.normalized_similarity(a, b)


def _aligned(removed: Sequence[float], added: Sequence[float], changed: Sequence[Sequence[float]]) -> float:
    """Returns the least cost of turning one sequence into another."""
    costs = [0.0]
    for cost in added:
        costs.append(costs[-1] + cost)
    for i, cost in enumerate(removed):
        above, costs[0] = costs[0], costs[0] + cost
        for j, other in enumerate(added):
            best = min(costs[j + 1] + cost, costs[j] + other, above + changed[i][j])
            above, costs[j + 1] = costs[j + 1], best
    return costs[-1]
