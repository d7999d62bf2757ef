"""Finds tables that blank separates, with or without lines between their rows.

A table grows from the row with the most chunks: as long as the chunks of the rows below and above each fit into one
column, or make a new one, they belong to it. Then it has to prove itself: by a column of values, or by ruled lines
over its width. Address blocks, forms and columns of running text have neither.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.columns import Columns, Fit
from scanproof.tables.grid import Cell, Grid, header_rows, put
from scanproof.tables.header import header_cells, header_levels, last_with_names, trimmed
from scanproof.tables.rows import logical_rows
from scanproof.tables.words import Chunk, Piece, Row, Upright, is_value

_Rule = tuple[float, float, float]  # height, left and right end


def find_unruled(page: Upright, words: Sequence[Piece], open_columns: int | None = None) -> list[Grid]:
    """Finds the tables without a net of lines among ``words``, from top to bottom.

    Args:
        open_columns: number of columns of the table at the end of the page before, whose header need not be repeated.
    """
    rows = page.rows(words)
    rules = sorted(page.across)
    free = set(range(len(rows)))
    tried: set[int] = set()  # rows of blocks that are no tables, and would not be if they grew from another row
    grids: list[Grid] = []
    for seed in sorted(range(len(rows)), key=lambda index: (-len(rows[index].chunks), index)):
        if len(rows[seed].chunks) < config.MIN_CHUNKS:
            break
        if seed not in free or seed in tried:
            continue
        columns, block = _grown(rows, seed, free, rules, page)
        grid = _grid(page, [rows[index] for index in block], columns, rules, open_columns)
        tried.update(block)
        if grid is not None:
            free.difference_update(index for index in block if grid.ys[0] <= rows[index].y <= grid.ys[-1])
            grids.append(grid)
    return sorted(grids, key=lambda grid: grid.ys[0])


def _grown(
    rows: Sequence[Row], seed: int, free: set[int], rules: Sequence[_Rule], page: Upright
) -> tuple[Columns, list[int]]:
    """Grows a block from a row, downwards and then upwards; returns its columns and the indices of its rows."""
    columns, block = Columns.from_row(rows[seed], page), [seed]
    pitches: list[float] = []
    for step in (1, -1):
        pending: list[int] = []
        index, last, certain = seed + step, seed, seed
        open_lines, has_values = 1, _has_values(columns.fit(rows[seed]), columns)  # since the last ruled line
        while index in free:
            pitch = abs(rows[index].y - rows[last].y)
            header = rows[index] if step > 0 else rows[certain]
            if pitch > longest_pitch(pitches, page) or _begins_another(header, rows[index], columns):
                break
            fit = columns.fit(rows[index])
            share = config.RULE_COVERAGE if step < 0 else config.OTHER_RULE_COVERAGE
            if _is_rule_between(rules, rows[last], rows[index], columns, share):
                is_total = sum(_is_value_of(chunk, touched, columns) for chunk, touched in fit) > 1
                if open_lines >= config.MIN_OPEN_LINES and not is_total and not columns.is_snug(rows[index]):
                    break  # a line that closes a table whose rows have no lines between them
                if step < 0 and not has_values and not _has_values(fit, columns):
                    break  # the line above a header
                open_lines, has_values = 0, False
            open_lines += 1
            has_values = has_values or _has_values(fit, columns)
            crossing = sum(len(touched) > 1 for _, touched in fit)
            if step < 0 and len(rows[index].chunks) == 1 and 1 < len(fit) < len(columns):
                crossing = 1  # a line of text above the table, not texts of some columns
            if crossing > len(fit) / 3 and len(fit) > 2:
                break
            if step > 0 and crossing and _overflows(fit, columns, page):
                block += [*pending, index]
                pending = []
            elif crossing and len(fit) < 3:
                pending.append(index)
                if len(pending) > config.MAX_SPANNING_ROWS:
                    break
            else:
                columns.add(rows[index])
                block += [*pending, index]
                pending, certain = [], index
            pitches.append(pitch)
            last = index
            index += step
        if step < 0:  # what groups the columns of a header crosses them, too
            block += [index for index in pending if _may_group(rows[index], columns)]
    return columns, sorted(block)


def _overflows(fit: Fit, columns: Columns, page: Upright) -> bool:
    """Whether a row is a line of a description that is longer than its column: it begins where the column does."""
    chunk, touched = fit[0]
    column = columns[touched[0]] if touched else columns[0]
    return (
        bool(touched)
        and touched[0] > 0
        and not column.has_values
        and abs(chunk.left - column.left) <= config.ALIGNED * page.height
        and not _has_values(fit, columns)
    )


def _has_values(fit: Fit, columns: Columns) -> bool:
    """Whether a row has a value in a column of values."""
    return any(_is_value_of(chunk, touched, columns) for chunk, touched in fit)


def _is_value_of(chunk: Chunk, touched: Sequence[int], columns: Columns) -> bool:
    return len(touched) == 1 and chunk.is_value and columns[touched[0]].has_values


def _is_rule_between(rules: Sequence[_Rule], last: Row, row: Row, columns: Columns, share: float) -> bool:
    """Whether a ruled line over this share of the columns' width lies between two rows."""
    top, bottom = sorted((last.y, row.y))
    left, right = columns[0].left, columns[-1].right
    between = rules[bisect_left(rules, (top,)) : bisect_left(rules, (bottom,))]
    return any(min(x1, right) - max(x0, left) >= share * (right - left) for _, x0, x1 in between)


def longest_pitch(pitches: Sequence[float], page: Upright) -> float:
    """Returns the distance beyond which a row is not part of a block."""
    longest = config.MAX_PITCH * page.height
    if len(pitches) < 2:
        return longest
    return max(min(longest, config.MAX_PITCH_RATIO * median(pitches[:20])), 2.0 * page.height)


def _begins_another(header: Row, row: Row, columns: Columns) -> bool:
    """Whether ``header`` names columns of values that ``row`` is on the other side of: of a table above or below."""
    named = sum(
        len(touched) == 1 and not chunk.is_value and columns[touched[0]].has_values
        for chunk, touched in columns.fit(header)
    )
    if header is row:
        return named >= config.MIN_NAMES
    has_names_only = len(header.chunks) > 1 and not any(chunk.is_value for chunk in header.chunks)
    return named > 0 and has_names_only and any(chunk.is_value for chunk in row.chunks)


def _may_group(row: Row, columns: Columns) -> bool:
    """Whether the texts of a row are short and stand over columns behind the first one."""
    left, right = columns[0].left, columns[-1].right
    return all(
        chunk.left > columns[0].right and chunk.right < right and chunk.right - chunk.left < (right - left) / 2
        for chunk in row.chunks
    )


def _grid(
    page: Upright, rows: Sequence[Row], columns: Columns, rules: Sequence[_Rule], open_columns: int | None
) -> Grid | None:
    """Builds the grid of a block; None where it does not prove to be a table."""
    columns = columns.refined()
    if len(columns) < 2:
        return None
    left, right = columns[0].left, columns[-1].right
    own_rules = [
        y
        for y, x0, x1 in rules
        if min(x1, right) - max(x0, left) >= config.RULE_COVERAGE * max(right - left, (x1 - x0) / 2)
    ]
    head, rows = trimmed(rows, columns, own_rules, page)
    if len(rows) < 2:
        return None
    if head:  # what groups columns must not be one
        columns = _regrown(rows[last_with_names(rows[:head], columns) :], page) or columns
    grid = grid_of_rows(rows, head, columns, own_rules, page)
    grid.header_rows = header_rows(grid)
    near = 1.5 * page.height
    beside = sum(grid.ys[0] - near <= y <= grid.ys[-1] + near for y in own_rules)
    return grid if _is_table(grid, beside, goes_on=len(columns) == open_columns) else None


def _regrown(rows: Sequence[Row], page: Upright) -> Columns | None:
    """Returns the columns of these rows alone; None where there are fewer than two."""
    seed = max(range(len(rows)), key=lambda index: len(rows[index].chunks))
    columns = Columns.from_row(rows[seed], page)
    for row in (*rows[seed + 1 :], *reversed(rows[:seed])):
        if all(len(touched) < 2 for _, touched in columns.fit(row)):
            columns.add(row)
    columns = columns.refined()
    return columns if len(columns) >= 2 else None


def grid_of_rows(rows: Sequence[Row], head: int, columns: Columns, rules: Sequence[float], page: Upright) -> Grid:
    """Builds a grid from lines of text, the first ``head`` of which are its header.

    Args:
        rules: heights of ruled lines over the table's width, in order.
    """
    levels = header_levels(rows[:head], columns, page)
    xs = columns.edges
    texts = [columns.first_texts(row) for row in rows[head:]]
    body = logical_rows(rows[head:], texts, rules, page.height).groups if texts else ()
    cells = header_cells(levels, len(columns))
    for index, group in enumerate(body, start=len(levels)):
        in_row: dict[int, Cell] = {}
        for row in group:
            if row is group[0]:
                for chunk, left, right in columns.placed(row):
                    put(in_row, Cell(index, left, 1, right - left + 1, list(chunk.words)))
            else:  # a further line that is longer than its column belongs to where it begins
                for chunk, left in columns.begun(row):
                    put(in_row, Cell(index, left, 1, 1, list(chunk.words)))
        taken = {column for cell in in_row.values() for column in range(cell.column, cell.column + cell.column_span)}
        cells += [*in_row.values(), *(Cell(index, column) for column in range(len(columns)) if column not in taken)]
    extents = [(min(row.top for row in group), max(row.bottom for row in group)) for group in body]
    if levels:
        top, bottom = min(row.top for row in rows[:head]), max(row.bottom for row in rows[:head])
        step = (bottom - top) / len(levels)
        extents = [*((top + level * step, top + (level + 1) * step) for level in range(len(levels))), *extents]
    ys = [extents[0][0], *((above[1] + below[0]) / 2 for above, below in pairwise(extents)), extents[-1][1]]
    return Grid(xs, ys, cells, is_ruled=False)


def _is_table(grid: Grid, rules: int, goes_on: bool) -> bool:
    """Whether a grid has what tables have and other aligned text has not.

    Args:
        rules: number of ruled lines over its width.
        goes_on: whether a table at the end of the page before has as many columns.
    """
    rows: list[list[Cell]] = [[] for _ in range(grid.rows)]
    for cell in grid.cells:
        if cell.words:
            rows[cell.row].append(cell)
    several = [cells for cells in rows if len(cells) >= 2]
    body = rows[grid.header_rows :]
    if len(several) < 2 or not body:
        return False
    filled = sum(len(cells) for cells in several) / (len(several) * grid.columns)
    if filled < config.MIN_FILL or _is_prose(grid, rows) or _is_form(rows):
        return False
    values = sum(is_value_column(body, column) for column in range(grid.columns))
    names = sum(cell.column_span for cell in grid.cells if cell.words and cell.row < grid.header_rows)
    has_header = names >= config.MIN_NAMED * grid.columns * max(grid.header_rows, 1)
    if has_header and rules:
        return values > 0 or (rules > 1 and len(several) >= config.MIN_ROWS)
    if has_header:
        return values > 0 and len(several) > (config.MIN_ROWS if grid.columns < 3 else 1)
    full = sum(len(cells) > config.MIN_BARE_FILL * grid.columns for cells in rows if cells)
    is_full = full >= config.MIN_BARE_ROWS and full >= config.MIN_BARE_FILL * sum(map(bool, rows))
    if goes_on and values > 0 and (rules > 1 or full >= config.MIN_BARE_FILL * sum(map(bool, rows))):
        return True
    return values > 1 and grid.columns > 2 and (is_full or rules >= config.MIN_BARE_RULES)


def is_value_column(body: Sequence[Sequence[Cell]], column: int) -> bool:
    """Whether most cells of a column are values; ``body`` are the filled cells of each row."""
    texts = [cell.text for cells in body for cell in cells if cell.column == column and cell.column_span == 1]
    return bool(texts) and sum(map(is_value, texts)) >= config.MIN_VALUE_SHARE * len(texts)


def _is_prose(grid: Grid, rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether most columns are running text."""
    lengths: dict[int, list[int]] = {}
    for cells in rows:
        for cell in cells:
            lengths.setdefault(cell.column, []).append(len(cell.text))
    long = sum(median(found) >= config.PROSE_CHARACTERS for found in lengths.values())
    return long > grid.columns / 2


def _is_form(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether most rows have labels that end in a colon: a form, whose columns mean nothing."""
    labelled = sum(any(cell.words[-1].text.endswith(":") for cell in cells) for cells in rows if cells)
    return labelled > sum(map(bool, rows)) / 2
