"""A grid of cells with the words in them, and the table of the document that it becomes."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scanproof.document import Box, Table, TableCell, TextSpan
from scanproof.tables.words import Piece, Upright, is_value


@dataclass
class Cell:
    """A cell: its place, and its words in any order."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    words: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words, in no particular order: enough to tell values from text."""
        return " ".join(word.text for word in self.words)


@dataclass
class Grid:
    """Cells between edges, in upright pixels.

    Attributes:
        xs: edges of the columns, one more than columns.
        ys: edges of the rows, one more than rows.
        cells: cover the grid, each place once.
    """

    xs: list[float]
    ys: list[float]
    cells: list[Cell]
    is_ruled: bool
    header_rows: int = 0

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.ys) - 1

    @property
    def columns(self) -> int:
        """The number of columns."""
        return len(self.xs) - 1

    def by_place(self) -> dict[tuple[int, int], Cell]:
        """Returns the cell of each place."""
        return {
            (row, column): cell
            for cell in self.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.column_span)
        }

    def table(self, page: Upright) -> Table:
        """Converts to the table of the document."""
        cells = sorted(self.cells, key=lambda cell: (cell.row, cell.column))
        return Table(
            box=page.box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]),
            rows=self.rows,
            columns=self.columns,
            header_rows=self.header_rows,
            is_ruled=self.is_ruled,
            cells=tuple(self._cell(cell, page) for cell in cells),
        )

    def _cell(self, cell: Cell, page: Upright) -> TableCell:
        spans, text = _spans(cell.words, page)
        return TableCell(
            row=cell.row,
            column=cell.column,
            row_span=cell.row_span,
            column_span=cell.column_span,
            text=text,
            box=self._box(cell, page),
            spans=spans,
        )

    def _box(self, cell: Cell, page: Upright) -> Box:
        return page.box(
            self.xs[cell.column],
            self.ys[cell.row],
            self.xs[cell.column + cell.column_span],
            self.ys[cell.row + cell.row_span],
        )


def _spans(words: Sequence[Piece], page: Upright) -> tuple[tuple[TextSpan, ...], str]:
    """Joins neighbouring words of a line to spans, in reading order; returns them and their text."""
    spans: list[TextSpan] = []
    ordered = [word for row in page.rows(words) for word in row.words] if words else []
    for word in ordered:
        last = spans[-1] if spans else None
        if last and last.line == word.line and last.end + 1 == word.start:
            spans[-1] = TextSpan(line=last.line, start=last.start, end=word.end)
        else:
            spans.append(TextSpan(line=word.line, start=word.start, end=word.end))
    return tuple(spans), " ".join(word.text for word in ordered)


def outside(words: Iterable[Piece], grids: Iterable[Grid]) -> list[Piece]:
    """Returns the words that are in none of the grids."""
    taken = {id(word) for grid in grids for cell in grid.cells for word in cell.words}
    return [word for word in words if id(word) not in taken]


def header_rows(grid: Grid) -> int:
    """Counts the rows at the top that name the columns: text above columns of values.

    A header of several rows has cells that span columns.
    """
    place = grid.by_place()
    last = min(grid.rows - 1, 4)
    count = 0
    while count < last and not _has_values(grid, place, count):
        count += 1
    if count == 0:
        return 0
    if count == last:  # no values at all: one row, where all of it is filled
        return int(all(place[0, column].words for column in range(grid.columns)))
    if not any(_has_values(grid, place, row) for row in range(count, min(grid.rows, count + 3))):
        return 0
    for row in range(count):
        ends_here = all(
            place[row, column].row + place[row, column].row_span <= row + 1 for column in range(grid.columns)
        )
        spans = any(place[row, column].column_span > 1 for column in range(grid.columns))
        if ends_here and not spans:
            filled = sum(bool(place[row, column].words) for column in range(grid.columns))
            return row + 1 if filled >= max(2, grid.columns / 2) else 0
    return count


def _has_values(grid: Grid, place: dict[tuple[int, int], Cell], row: int) -> bool:
    return any(place[row, column].words and is_value(place[row, column].text) for column in range(grid.columns))


def assign(words: Sequence[Piece], grid: Grid) -> list[Piece]:
    """Puts words into the cells that their middles are in; returns the ones outside the grid."""
    place = grid.by_place()
    outside: list[Piece] = []
    for word in words:
        row, column = bisect_right(grid.ys, word.y) - 1, bisect_right(grid.xs, word.x) - 1
        cell = place.get((row, column))
        if cell is None:
            outside.append(word)
        else:
            cell.words.append(word)
    return outside


def clustered(values: Sequence[float], distance: float) -> list[float]:
    """Returns the means of groups of values that are closer to each other than ``distance``, in order."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= distance:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def filled_rows_and_columns(grid: Grid) -> tuple[int, int]:
    """Counts the rows and the columns that have text."""
    filled = [cell for cell in grid.cells if cell.words]
    return len({cell.row for cell in filled}), len({cell.column for cell in filled})


def by_column(words: Sequence[Piece], xs: Sequence[float]) -> dict[int, list[Piece]]:
    """Groups words by the column that their middles are in."""
    found: dict[int, list[Piece]] = defaultdict(list)
    for word in words:
        found[min(max(bisect_right(xs, word.x) - 1, 0), len(xs) - 2)].append(word)
    return found


def put(in_row: dict[int, Cell], new: Cell) -> None:
    """Adds a cell to a row, together with the ones that it overlaps."""
    end = new.column + new.column_span
    for column, other in list(in_row.items()):
        if other.column < end and new.column < other.column + other.column_span:
            new.words = [*other.words, *new.words]
            end = max(end, other.column + other.column_span)
            new.column = min(new.column, other.column)
            del in_row[column]
    new.column_span = end - new.column
    in_row[new.column] = new
