"""Finds tables whose cells ruled lines separate.

Lines that meet form a net. Its horizontal and vertical lines are the edges of a grid; where no line runs along the side
of a cell, the cell spans its neighbour. Many invoices rule their columns only, so rows inside a band are found by the
values in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.grid import Cell, Grid, assign, by_column, clustered, filled_rows_and_columns
from scanproof.tables.rows import logical_rows
from scanproof.tables.words import Chunk, Piece, Upright

_Line = tuple[float, float, float]  # position, start, end


@dataclass
class Ruled:
    """What ruled lines separate on a page.

    Attributes:
        tables: from top to bottom.
        bands: grids of a single row, from top to bottom.
        regions: the words of cells that are parts of a page's layout.
        rest: the words that are in no table.
    """

    tables: list[Grid] = field(default_factory=list)
    bands: list[Grid] = field(default_factory=list)
    regions: list[list[Piece]] = field(default_factory=list)
    rest: list[Piece] = field(default_factory=list)


def find_ruled(page: Upright) -> Ruled:
    """Finds the ruled tables of a page."""
    tolerance = config.JOINT * page.height
    across, down = _merged(page.across, tolerance), _merged(page.down, tolerance)
    found, rest = Ruled(), list(page.words)
    for net_across, net_down in _nets(across, down, tolerance):
        grid = _grid(net_across, net_down, page.height)
        if grid is None or grid.columns < 2:
            continue
        inside = [word for word in rest if grid.ys[0] <= word.y < grid.ys[-1] and grid.xs[0] <= word.x < grid.xs[-1]]
        parts = [part for word in inside for part in _cut_at_walls(word, net_down, page.height)]
        assign(parts, grid)
        grid, layout = _without_layout(grid, page)
        grid = _split_bands(_split_cells(grid, page), page)
        if not _is_table(grid):
            if grid.rows == 1:
                found.bands.append(grid)
            continue
        taken = {word.key for cell in grid.cells for word in cell.words}
        outside = {id(word) for word in inside}
        rest = [word for word in (*(word for word in rest if id(word) not in outside), *parts) if word.key not in taken]
        found.tables.append(grid)
        found.regions += [cell.words for cell in layout if cell.words]
    found.tables.sort(key=lambda grid: grid.ys[0])
    found.bands.sort(key=lambda band: band.ys[0])
    found.rest = rest
    return found


def _cut_at_walls(word: Piece, down: Sequence[_Line], height: float) -> list[Piece]:
    """Cuts a word where a vertical line passes through it: recognition joins texts on both sides of a line."""
    least = config.MIN_PART * height
    first = bisect_right(down, word.left + least, key=lambda line: line[0])
    for x, top, bottom in down[first : bisect_left(down, word.right - least, key=lambda line: line[0])]:
        slack = config.JOINT * (word.bottom - word.top)
        if top <= word.top + slack and bottom >= word.bottom - slack:
            parts = word.cut(x)
            if min(len(part.text) for part in parts) >= config.MIN_PART_CHARACTERS:
                return [parts[0], *_cut_at_walls(parts[1], down, height)]
    return [word]


def _without_layout(grid: Grid, page: Upright) -> tuple[Grid, list[Cell]]:
    """Leaves out rows at both ends that hold texts side by side in one cell: a page's frame is no table's.

    Returns:
        The grid, and the cells of these rows.
    """
    by_row: dict[int, list[Cell]] = defaultdict(list)
    for cell in grid.cells:
        by_row[cell.row].append(cell)
    heights = [below - above for above, below in pairwise(grid.ys)]
    limit = config.LAYOUT_HEIGHT * median(heights)
    first, last = 0, grid.rows
    while first < last and heights[first] > limit and _is_layout(by_row[first], page):
        first += 1
    while first < last and heights[last - 1] > limit and _is_layout(by_row[last - 1], page):
        last -= 1
    if (first, last) == (0, grid.rows) or first == last:
        return grid, []
    cells = [
        Cell(cell.row - first, cell.column, min(cell.row_span, last - cell.row), cell.column_span, cell.words)
        for cell in grid.cells
        if first <= cell.row < last
    ]
    layout = [cell for cell in grid.cells if not first <= cell.row < last]
    return _without_unused_edges(Grid(grid.xs, grid.ys[first : last + 1], cells, is_ruled=True)), layout


def _is_layout(cells: Sequence[Cell], page: Upright) -> bool:
    """Whether a cell has lines of texts side by side, and no cell reaches into the next row."""
    if any(cell.row_span > 1 for cell in cells):
        return False
    return any(
        sum(len(row.chunks) > 1 for row in page.rows(cell.words)) >= config.MIN_LAYOUT_LINES
        for cell in cells
        if cell.words
    )


def _is_table(grid: Grid) -> bool:
    """Whether two rows and two columns have text, or a form without any merged cell waits for it."""
    filled_rows, filled_columns = filled_rows_and_columns(grid)
    is_form = len(grid.cells) == grid.rows * grid.columns and grid.rows > 1 and filled_rows == grid.rows
    return filled_rows > 1 and (filled_columns > 1 or is_form)


def _merged(lines: Sequence[_Line], tolerance: float) -> list[_Line]:
    """Joins pieces of one line: at nearly the same position, and overlapping or nearly."""
    merged: list[_Line] = []
    open_lines: list[_Line] = []  # with positions near the current one
    for line in sorted(lines):
        near = [other for other in open_lines if line[0] - other[0] <= tolerance / 2]
        merged += [other for other in open_lines if line[0] - other[0] > tolerance / 2]
        open_lines = []
        position, start, end = line
        for other in near:
            if other[1] <= end + tolerance and start <= other[2] + tolerance:
                mine, its = end - start, other[2] - other[1]
                position = (position * mine + other[0] * its) / max(mine + its, 1.0)
                start, end = min(start, other[1]), max(end, other[2])
            else:
                open_lines.append(other)
        open_lines.append((position, start, end))
    return sorted([*merged, *open_lines])


def _nets(across: Sequence[_Line], down: Sequence[_Line], tolerance: float) -> list[tuple[list[_Line], list[_Line]]]:
    """Groups lines that meet, the largest nets first."""
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    xs = [line[0] for line in down]
    for index, (y, left, right) in enumerate(across):
        for other in range(bisect_left(xs, left - tolerance), bisect_right(xs, right + tolerance)):
            if down[other][1] - tolerance <= y <= down[other][2] + tolerance:
                parent[root(index)] = root(len(across) + other)
    groups: dict[int, tuple[list[_Line], list[_Line]]] = defaultdict(lambda: ([], []))
    for index, line in enumerate(across):
        groups[root(index)][0].append(line)
    for index, line in enumerate(down):
        groups[root(len(across) + index)][1].append(line)
    nets = [net for net in groups.values() if len(net[0]) >= 2 and len(net[1]) >= 2]
    return sorted(nets, key=lambda net: -len(net[0]) * len(net[1]))


def _grid(across: Sequence[_Line], down: Sequence[_Line], height: float) -> Grid | None:
    """Builds the grid of a net; None where it is no more than a frame."""
    tolerance = config.JOINT * height
    xs = _edges([x for x, _, _ in down], [x for _, left, right in across for x in (left, right)], height)
    ys = _edges([y for y, _, _ in across], [y for _, top, bottom in down for y in (top, bottom)], height)
    if len(xs) < 3 or len(ys) < 2:
        return None
    walls_down, walls_across = _walls(down, xs, ys, tolerance), _walls(across, ys, xs, tolerance)
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if (row, column) in taken:
                continue
            right = column + 1
            while right < len(xs) - 1 and (right, row) not in walls_down and (row, right) not in taken:
                right += 1
            bottom = row + 1
            while bottom < len(ys) - 1 and _continues_down(
                bottom, column, right, walls_across, walls_down, len(xs) - 1
            ):
                bottom += 1
            taken.update((r, c) for r in range(row, bottom) for c in range(column, right))
            cells.append(Cell(row, column, bottom - row, right - column))
    return _without_unused_edges(Grid(xs, ys, cells, is_ruled=True))


def _without_unused_edges(grid: Grid) -> Grid:
    """Leaves out edges that no cell begins at: of strokes that meet a line of the table, and are none of its lines."""
    rows, columns = sorted({cell.row for cell in grid.cells}), sorted({cell.column for cell in grid.cells})
    new_row = {row: index for index, row in enumerate(rows)} | {grid.rows: len(rows)}
    new_column = {column: index for index, column in enumerate(columns)} | {grid.columns: len(columns)}
    cells = []
    for cell in grid.cells:
        row, column = new_row[cell.row], new_column[cell.column]
        # A cell ends where another begins, or at the end of the grid.
        bottom, right = new_row[cell.row + cell.row_span], new_column[cell.column + cell.column_span]
        cells.append(Cell(row, column, bottom - row, right - column, cell.words))
    ys = [*(grid.ys[row] for row in rows), grid.ys[-1]]
    xs = [*(grid.xs[column] for column in columns), grid.xs[-1]]
    return Grid(xs, ys, cells, is_ruled=True)


def _edges(lines: Sequence[float], ends: Sequence[float], height: float) -> list[float]:
    """Returns the positions of lines, and where others end beyond the outermost ones: an open side of the table."""
    edges = clustered(lines, config.MIN_CELL * height)
    beyond = 1.5 * height
    before = [end for end in ends if end < edges[0] - beyond]
    behind = [end for end in ends if end > edges[-1] + beyond]
    return [*([min(before)] if len(before) > 1 else []), *edges, *([max(behind)] if len(behind) > 1 else [])]


def _walls(
    lines: Sequence[_Line], positions: Sequence[float], bands: Sequence[float], tolerance: float
) -> set[tuple[int, int]]:
    """Returns the sides of cells that lines run along, as index of the position and of the band."""
    covered: dict[tuple[int, int], float] = defaultdict(float)
    for position, start, end in lines:
        nearest = min(
            range(
                max(0, bisect_left(positions, position) - 1), min(len(positions), bisect_left(positions, position) + 1)
            ),
            key=lambda index: abs(positions[index] - position),
        )
        first = max(0, bisect_right(bands, start) - 1)
        for band in range(first, min(len(bands) - 1, bisect_left(bands, end) + 1)):
            shared = min(end, bands[band + 1]) - max(start, bands[band])
            if shared > 0:
                covered[nearest, band] += shared
    return {
        (position, band)
        for (position, band), length in covered.items()
        if length + tolerance / 2 >= config.WALL_COVERAGE * (bands[band + 1] - bands[band])
    }


def _continues_down(
    row: int,
    left: int,
    right: int,
    walls_across: set[tuple[int, int]],
    walls_down: set[tuple[int, int]],
    columns: int,
) -> bool:
    """Whether a cell that ends above ``row`` includes that row as well: no line above it, and the same sides."""
    if any((row, column) in walls_across for column in range(left, right)):
        return False
    if any((column, row) in walls_down for column in range(left + 1, right)):
        return False
    return (left == 0 or (left, row) in walls_down) and (right == columns or (right, row) in walls_down)


def _split_cells(grid: Grid, page: Upright) -> Grid:
    """Splits cells that span columns at the edges that no chunk of their text crosses, where both sides have text."""
    cells: list[Cell] = []
    for cell in grid.cells:
        inner = [grid.xs[column] for column in range(cell.column + 1, cell.column + cell.column_span)]
        if not inner or not cell.words:
            cells.append(cell)
            continue
        rows = page.rows(cell.words)
        chunks = [chunk for row in rows for chunk in row.chunks]
        if len(rows) == 1 and _has_word_for_each(rows[0].words, inner):
            chunks = [Chunk((word,)) for word in rows[0].words]
        slack = config.OVERLAP * page.height
        free = [x for x in inner if not any(chunk.left < x - slack and chunk.right > x + slack for chunk in chunks)]
        edges = [grid.xs[cell.column], *free, grid.xs[cell.column + cell.column_span]]
        words = by_column(cell.words, edges)
        if len(words) < 2:
            cells.append(cell)
            continue
        indices = [cell.column, *(grid.xs.index(x) for x in free), cell.column + cell.column_span]
        for number, (left, right) in enumerate(pairwise(indices)):
            cells.append(Cell(cell.row, left, cell.row_span, right - left, words.get(number, [])))
    return Grid(grid.xs, grid.ys, cells, is_ruled=True)


def _has_word_for_each(words: Sequence[Piece], inner: Sequence[float]) -> bool:
    """Whether three columns or more have a word each: names that are as close as the columns are narrow."""
    return len(inner) > 1 and [bisect_right(inner, word.x) for word in words] == list(range(len(inner) + 1))


def _split_bands(grid: Grid, page: Upright) -> Grid:
    """Splits the rows of a grid that hold several rows of values without lines between them."""
    by_row: dict[int, list[Cell]] = defaultdict(list)
    crossing: set[int] = set()
    for cell in grid.cells:
        by_row[cell.row].append(cell)
        if cell.row_span > 1:
            crossing.update(range(cell.row, cell.row + cell.row_span))
    ys = [grid.ys[0]]
    cells: list[Cell] = []
    for row in range(grid.rows):
        groups = [] if row in crossing else _rows_in_band(by_row[row], grid, page)
        first = len(ys) - 1
        if len(groups) < 2:
            cells += [_moved(cell, first) for cell in by_row[row]]
            ys.append(grid.ys[row + 1])
            continue
        ys += [(above[1] + below[0]) / 2 for above, below in pairwise(groups)]
        ys.append(grid.ys[row + 1])
        for cell in by_row[row]:
            parts: dict[int, list[Piece]] = defaultdict(list)
            for word in cell.words:
                parts[min(max(bisect_right(ys, word.y) - 1, first), len(ys) - 2)].append(word)
            cells += [
                Cell(index, cell.column, 1, cell.column_span, parts.get(index, []))
                for index in range(first, len(ys) - 1)
            ]
    return Grid(grid.xs, ys, cells, is_ruled=True)


def _moved(cell: Cell, row: int) -> Cell:
    return Cell(row, cell.column, cell.row_span, cell.column_span, cell.words)


def _rows_in_band(cells: Sequence[Cell], grid: Grid, page: Upright) -> list[tuple[float, float]]:
    """Returns top and bottom of each row in a band: one, unless columns of values show that there are more."""
    if len(cells) < 2:
        return []
    words = [word for cell in cells for word in cell.words]
    edges = sorted({grid.xs[cell.column] for cell in cells} | {grid.xs[-1]})
    if len(words) < 2 or max(word.y for word in words) - min(word.y for word in words) < page.height / 2:
        return []
    rows = page.rows(words)
    texts = [
        {column: " ".join(word.text for word in found) for column, found in by_column(row.words, edges).items()}
        for row in rows
    ]
    found = logical_rows(rows, texts, (), page.height)
    if len(found.groups) < 2 or not found.has_value_rows(config.MIN_SPLIT_ROWS):
        return []
    return [(min(row.top for row in group), max(row.bottom for row in group)) for group in found.groups]
