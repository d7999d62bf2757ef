"""Finds tables of which only the header is in boxes: its walls tell the columns of the rows below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scanproof.tables import config
from scanproof.tables.columns import Columns
from scanproof.tables.grid import Cell, Grid, outside
from scanproof.tables.header import is_wrapped
from scanproof.tables.unruled import grid_of_rows, is_value_column, longest_pitch
from scanproof.tables.words import Piece, Row, Upright, is_value


def find_headed(page: Upright, bands: Sequence[Grid], words: Sequence[Piece]) -> list[Grid]:
    """Finds the tables below rows of boxes.

    Args:
        bands: grids of one row with their words.
        words: that are in no grid.
    """
    found: list[Grid] = []
    for band in bands[: config.MAX_BANDS]:
        names = [cell for cell in band.cells if cell.words and not is_value(cell.text)]
        if len(names) < max(config.MIN_NAMES, config.MIN_NAMED * band.columns):
            continue
        below = min(
            (other.ys[0] for other in bands if other.ys[0] > band.ys[-1] and _is_above(band, other)),
            default=float("inf"),
        )
        near = [word for word in words if band.ys[-1] < word.y < below]
        beside = [other for other in bands if other is not band and abs(other.ys[0] - band.ys[0]) < 2 * page.height]
        grid = _grid(page, band, _body(page, band, near, beside))
        if grid is not None:
            found.append(grid)
            words = outside(words, [grid])
    return found


def _is_above(grid: Grid, other: Grid) -> bool:
    return min(grid.xs[-1], other.xs[-1]) > max(grid.xs[0], other.xs[0])


def _body(page: Upright, band: Grid, words: Sequence[Piece], beside: Sequence[Grid]) -> list[Row]:
    """Returns the rows of text below a header, up to a wide blank or text that does not keep to its columns."""
    columns = Columns.between(band.xs, page)
    left, right = band.xs[0] - page.height, band.xs[-1] + page.height
    words = [word for word in words if not any(other.xs[0] < word.x < other.xs[-1] for other in beside)]
    rows: list[Row] = []
    pending: list[Row] = []  # rows that cross the columns
    pitches: list[float] = []
    last = band.ys[-1] - page.height / 2
    for row in page.rows(words):
        if row.y - last > longest_pitch(pitches, page):
            break
        if rows:
            pitches.append(row.y - last)
        last = row.y
        fit = columns.fit(row)
        is_outside = row.words[0].left < left or row.words[-1].right > right
        if is_outside or max(len(touched) for _, touched in fit) > max(2, len(columns) / 3):
            pending.append(row)
            if len(pending) > config.MAX_SPANNING_ROWS:
                break
            continue
        if pending and not any(chunk.is_value and len(touched) == 1 for chunk, touched in fit):
            break
        rows += [*pending, row]
        pending = []
    filled = [columns.texts(row) for row in rows]
    while rows and len(columns.fit(rows[-1])) < 2 and not is_wrapped(rows, len(rows) - 1, filled, page.height):
        rows.pop()
    return rows


def _grid(page: Upright, band: Grid, rows: Sequence[Row]) -> Grid | None:
    """Builds the grid; None where no row has values in several columns."""
    if not rows:
        return None
    columns = Columns.between(band.xs, page)
    rules = [
        y
        for y, x0, x1 in sorted(page.across)
        if min(x1, band.xs[-1]) - max(x0, band.xs[0]) >= config.RULE_COVERAGE * (band.xs[-1] - band.xs[0])
    ]
    body = grid_of_rows(rows, 0, columns, rules, page)
    by_row: list[list[Cell]] = [[] for _ in range(body.rows)]
    for cell in body.cells:
        if cell.words:
            by_row[cell.row].append(cell)
    has_values = any(is_value_column(by_row, column) for column in range(band.columns))
    if not has_values or max(map(len, by_row)) < 2:
        return None
    below = [Cell(cell.row + 1, cell.column, cell.row_span, cell.column_span, cell.words) for cell in body.cells]
    ys = [band.ys[0], band.ys[-1], *(y for y, _ in pairwise(body.ys) if y > body.ys[0]), body.ys[-1]]
    return Grid(band.xs, ys, [*band.cells, *below], is_ruled=False, header_rows=1)
