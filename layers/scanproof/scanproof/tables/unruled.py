"""Finds tables that blank separates, with or without lines between their rows.

A table grows from the row with the most chunks: as long as the chunks of the rows below and above each fit into one
column, or make a new one, they belong to it. Then it has to prove itself: by a column of values, or by ruled lines
over its width. Address blocks, forms and columns of running text have neither.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.grid import Cell, Grid, header_rows
from scanproof.tables.rows import logical_rows
from scanproof.tables.words import Chunk, Piece, Row, Upright, is_value


@dataclass
class _Column:
    left: float
    right: float
    chunks: list[Chunk] = field(default_factory=list)
    is_close: bool = False  # to the column before: no more blank between than between words

    @property
    def has_values(self) -> bool:
        """Whether most of its texts are values."""
        return sum(is_value(chunk.text) for chunk in self.chunks) > len(self.chunks) / 2


@dataclass
class _Block:
    """Rows that grow to a table; ``last`` is the index of the last row in growing direction that is certain."""

    columns: list[_Column]
    rows: list[int]


def find_unruled(page: Upright, words: Sequence[Piece]) -> list[Grid]:
    """Finds the tables without a net of lines among ``words``, from top to bottom."""
    rows = page.rows(words)
    rules = sorted(page.across)
    free = set(range(len(rows)))
    tried: set[int] = (
        set()
    )  # rows of blocks that are no tables: grown from another of their rows they would not be, either
    grids: list[Grid] = []
    for seed in sorted(range(len(rows)), key=lambda index: (-len(rows[index].chunks), index)):
        if len(rows[seed].chunks) < config.MIN_CHUNKS:
            break
        if seed not in free or seed in tried:
            continue
        block = _grown(rows, seed, free, page)
        grid = _grid(page, [rows[index] for index in block.rows], block.columns, rules)
        tried.update(block.rows)
        if grid is not None:
            free.difference_update(index for index in block.rows if grid.ys[0] <= rows[index].y <= grid.ys[-1])
            grids.append(grid)
    return sorted(grids, key=lambda grid: grid.ys[0])


def _grown(rows: Sequence[Row], seed: int, free: set[int], page: Upright) -> _Block:
    """Grows a block from a row, downwards and then upwards."""
    block = _Block([_Column(chunk.left, chunk.right, [chunk]) for chunk in rows[seed].chunks], [seed])
    for step in (1, -1):
        pending: list[int] = []
        index, last, certain = seed + step, seed, seed
        while index in free:
            pitches = [abs(rows[a].y - rows[b].y) for a, b in pairwise(block.rows)]
            limit = config.MAX_PITCH * page.height
            if len(pitches) >= 2:
                limit = max(min(limit, config.MAX_PITCH_RATIO * median(pitches)), 2.0 * page.height)
            if abs(rows[index].y - rows[last].y) > limit:
                break
            fit = _fit(rows[index], block.columns, page)
            if _begins_another(rows[index] if step > 0 else rows[certain], rows[index], block.columns, page):
                break
            crossing = sum(len(columns) > 1 for _, columns in fit)
            if crossing > len(fit) / 3 and len(fit) > 2:
                break
            if crossing and len(fit) < 3:
                pending.append(index)
                if len(pending) > config.MAX_SPANNING_ROWS:
                    break
            else:
                _add(block.columns, fit, page)
                block.rows += [*pending, index]
                pending, certain = [], index
            last = index
            index += step
        if step < 0:  # what groups the columns of a header crosses them, too
            block.rows += [index for index in pending if _may_group(rows[index], block.columns)]
        block.rows.sort()
    return block


def _begins_another(header: Row, row: Row, columns: Sequence[_Column], page: Upright) -> bool:
    """Whether ``header`` names columns of values that ``row`` is on the other side of: of a table above or below."""
    named = sum(
        len(touched) == 1 and not is_value(chunk.text) and columns[touched[0]].has_values
        for chunk, touched in _fit(header, columns, page)
    )
    if header is row:
        return named >= config.MIN_NAMES
    has_names_only = len(header.chunks) > 1 and not any(is_value(chunk.text) for chunk in header.chunks)
    return named > 0 and has_names_only and any(is_value(chunk.text) for chunk in row.chunks)


def _may_group(row: Row, columns: Sequence[_Column]) -> bool:
    """Whether the texts of a row are short and stand over columns behind the first one."""
    left, right = columns[0].left, columns[-1].right
    return all(
        chunk.left > columns[0].right and chunk.right < right and chunk.right - chunk.left < (right - left) / 2
        for chunk in row.chunks
    )


def _fit(row: Row, columns: Sequence[_Column], page: Upright) -> list[tuple[Chunk, list[int]]]:
    """Returns the chunks of a row with the columns that each one overlaps; splits those that allow it."""
    found: list[tuple[Chunk, list[int]]] = []
    for chunk in row.chunks:
        touched = _touched(chunk, columns, page)
        parts = _parts(chunk, columns, page) if len(touched) > 1 else None
        found += parts or [(chunk, touched)]
    return found


def _touched(chunk: Chunk, columns: Sequence[_Column], page: Upright) -> list[int]:
    slack = config.OVERLAP * page.height
    return [
        index
        for index, column in enumerate(columns)
        if min(chunk.right, column.right) - max(chunk.left, column.left) > min(slack, (chunk.right - chunk.left) / 2)
    ]


def _parts(chunk: Chunk, columns: Sequence[_Column], page: Upright) -> list[tuple[Chunk, list[int]]] | None:
    """Splits a chunk between columns at wide blanks; None where a column's edge is inside its text."""
    parts: list[list[Piece]] = [[chunk.words[0]]]
    for before, word in pairwise(chunk.words):
        if word.left - before.right >= page.column_gap or _is_between(before, word, columns):
            parts.append([word])
        else:
            parts[-1].append(word)
    fitted = [(part, _touched(part, columns, page)) for part in (Chunk(tuple(words)) for words in parts)]
    if len(fitted) < 2 or any(len(touched) > 1 for _, touched in fitted):
        return None
    joined: list[tuple[Chunk, list[int]]] = []
    for part, touched in fitted:
        if joined and joined[-1][1] == touched:
            joined[-1] = (Chunk((*joined[-1][0].words, *part.words)), touched)
        else:
            joined.append((part, touched))
    return joined


def _is_between(before: Piece, word: Piece, columns: Sequence[_Column]) -> bool:
    """Whether two words belong to columns that are close to each other."""
    return any(
        column.is_close and before.x < column.left and word.x >= column.left and word.left >= column.left - before_gap
        for column, before_gap in ((column, (word.left - before.right) / 2) for column in columns)
    )


def _add(columns: list[_Column], fit: Sequence[tuple[Chunk, list[int]]], page: Upright) -> None:
    for chunk, touched in fit:
        if len(touched) > 1:
            continue  # two texts that recognition has joined
        if touched:
            column = columns[touched[0]]
            column.left, column.right = min(column.left, chunk.left), max(column.right, chunk.right)
            column.chunks.append(chunk)
        else:
            columns.append(_Column(chunk.left, chunk.right, [chunk]))
    columns.sort(key=lambda column: column.left)
    for index in range(len(columns) - 1, 0, -1):  # two that a row has grown together
        if columns[index].left < columns[index - 1].right - config.OVERLAP * page.height:
            gone = columns.pop(index)
            columns[index - 1].right = max(columns[index - 1].right, gone.right)
            columns[index - 1].chunks += gone.chunks


def _grid(
    page: Upright, rows: Sequence[Row], columns: Sequence[_Column], rules: Sequence[tuple[float, float, float]]
) -> Grid | None:
    """Builds the grid of a block; None where it does not prove to be a table."""
    columns = _supported([part for column in columns for part in _split_column(column, page)])
    if len(columns) < 2:
        return None
    left, right = columns[0].left, columns[-1].right
    own_rules = [
        y
        for y, x0, x1 in rules
        if min(x1, right) - max(x0, left) >= config.RULE_COVERAGE * max(right - left, (x1 - x0) / 2)
    ]
    head, rows = _trimmed(rows, columns, own_rules, page)
    if len(rows) < 2:
        return None
    if head:  # what groups columns must not be one
        columns = _regrown(rows[head - 1 :], page) or columns
    xs = [columns[0].left, *((a.right + b.left) / 2 for a, b in pairwise(columns)), columns[-1].right]
    grid = _cells(rows, head, columns, xs, own_rules, page)
    grid.header_rows = header_rows(grid)
    near = 1.5 * page.height
    return grid if _is_table(grid, sum(grid.ys[0] - near <= y <= grid.ys[-1] + near for y in own_rules)) else None


def _regrown(rows: Sequence[Row], page: Upright) -> list[_Column] | None:
    """Returns the columns of these rows alone; None where there are fewer than two."""
    seed = max(range(len(rows)), key=lambda index: len(rows[index].chunks))
    columns = [_Column(chunk.left, chunk.right, [chunk]) for chunk in rows[seed].chunks]
    for row in (*rows[seed + 1 :], *reversed(rows[:seed])):
        fit = _fit(row, columns, page)
        if all(len(touched) < 2 for _, touched in fit):
            _add(columns, fit, page)
    columns = _supported([part for column in columns for part in _split_column(column, page)])
    return columns if len(columns) >= 2 else None


def _split_column(column: _Column, page: Upright) -> list[_Column]:
    """Splits a column at a blank that all of its chunks leave free, wider than between words: dense columns."""
    edges = sorted(
        edge for chunk in column.chunks for word in chunk.words for edge in ((word.left, 1), (word.right, -1))
    )
    depth, cuts = 0, []
    for (x, step), (following, _) in pairwise(edges):
        depth += step
        if depth == 0 and following - x >= config.MIN_CUT * page.height:
            cuts.append((x + following) / 2)
    cuts = [x for x in cuts if _is_cut(column.chunks, x, page)]
    if not cuts:
        return [column]
    parts: list[list[Chunk]] = [[] for _ in range(len(cuts) + 1)]
    for chunk in column.chunks:
        sides: dict[int, list[Piece]] = {}
        for word in chunk.words:
            sides.setdefault(bisect_right(cuts, word.x), []).append(word)
        for index, words in sides.items():
            parts[index].append(Chunk(tuple(words)))
    found = [_Column(min(c.left for c in part), max(c.right for c in part), part) for part in parts if part]
    for column in found[1:]:
        column.is_close = True
    return found


def _is_cut(chunks: Sequence[Chunk], x: float, page: Upright) -> bool:
    """Whether a blank separates columns: most texts go on behind it, after a wide blank or after numbers that count."""
    gaps: list[float] = []
    left: list[str] = []
    for chunk in chunks:
        for before, after in pairwise(chunk.words):
            if before.right <= x <= after.left:
                gaps.append(after.left - before.right)
                left.append(" ".join(word.text for word in chunk.words if word.right <= x))
    if len(gaps) < max(config.MIN_ROWS, len(chunks) / 2):
        return False
    return median(gaps) >= page.column_gap or _counts_up(left)


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether most texts are whole numbers, each one more than that before it: positions of an invoice."""
    numbers = [int(text) if re.fullmatch("[0-9]{1,4}", text) else -1 for text in (text.strip(" .") for text in texts)]
    steps = sum(after == before + 1 for before, after in pairwise(numbers) if before >= 0)
    return steps >= config.MIN_VALUE_SHARE * max(len(texts) - 1, 1)


def _supported(columns: Sequence[_Column]) -> list[_Column]:
    """Leaves out columns of a single chunk where others have many: a label that stands out."""
    most = max(len(column.chunks) for column in columns)
    kept: list[_Column] = []
    for column in columns:
        if len(column.chunks) >= min(2, most / 4):
            kept.append(replace(column))
        elif kept:
            kept[-1].right = max(kept[-1].right, column.right)
    return kept


def _trimmed(
    rows: Sequence[Row], columns: Sequence[_Column], rules: Sequence[float], page: Upright
) -> tuple[int, list[Row]]:
    """Leaves out rows above the header, and rows at both ends that fill one column only.

    Returns:
        The number of lines of the header, and the rows.
    """
    filled = [_filled(row, columns, page) for row in rows]
    start, end = 0, len(rows)
    head = _header_row(rows, filled, [_names(row, columns, page) for row in rows], len(columns), page)
    if head is not None:
        below = _below_rule(rows, head, rules, page)
        start = head if below is None else below
        if below is None:
            while start > 0 and head - start < 2 and _is_above_header(rows, start - 1, filled, columns, page):
                start -= 1
    while start < end and len(filled[start]) < 2 and (head is None or start >= head):
        start += 1
    while (
        end > start
        and len(_fit(rows[end - 1], columns, page)) < 2
        and not _is_wrapped(rows, end - 1, filled, page.height)
    ):
        end -= 1
    return (0 if head is None else head + 1 - start), list(rows[start:end])


def _below_rule(rows: Sequence[Row], head: int, rules: Sequence[float], page: Upright) -> int | None:
    """Returns the first line of a header below a rule, None without one. Rules below groups are not as wide."""
    above = [y for y in rules if y < rows[head].y]
    if not above:
        return None
    first = next(index for index, row in enumerate(rows) if row.y > above[-1])
    steps = [above[-1], *(row.y for row in rows[first : head + 1])]
    return first if all(b - a <= config.MAX_HEADER_STEP * page.height for a, b in pairwise(steps)) else None


def _filled(row: Row, columns: Sequence[_Column], page: Upright) -> dict[int, str]:
    texts: dict[int, str] = {}
    for chunk, touched in _fit(row, columns, page):
        for index in touched:
            texts[index] = f"{texts.get(index, '')} {chunk.text}".strip()
    return texts


def _names(row: Row, columns: Sequence[_Column], page: Upright) -> int:
    """Counts the columns that have a text of their own in a row."""
    return len({touched[0] for _, touched in _fit(row, columns, page) if len(touched) == 1})


def _header_row(
    rows: Sequence[Row], filled: Sequence[dict[int, str]], names: Sequence[int], count: int, page: Upright
) -> int | None:
    """Returns the last line of the header: lines above the first values that name most columns; None without any."""
    last = next((i for i, texts in enumerate(filled) if names[i] > 1 and any(map(is_value, texts.values()))), 0)
    candidates = range(max(0, last - config.MAX_HEADER_LINES), last)
    if last >= config.MAX_ROWS_TO_HEADER or not candidates:
        return _header_below_values(filled, names, count)
    most = max(names[index] for index in candidates)
    if most < max(2, 0.5 * count):
        return None
    head = max(index for index in candidates if names[index] >= 0.8 * most)
    while head + 1 < last and _goes_on(rows, filled, head, page):
        head += 1
    return head


def _goes_on(rows: Sequence[Row], filled: Sequence[dict[int, str]], head: int, page: Upright) -> bool:
    """Whether the header has another line below ``head``."""
    step = rows[head + 1].y - rows[head].y
    if filled[head].keys().isdisjoint(filled[head + 1]):
        return step <= config.MAX_HEADER_STEP * page.height
    pitches = [below.y - above.y for above, below in pairwise(rows[head + 1 :])]
    return step <= min([config.HEADER_LEADING * page.height, *([0.85 * median(pitches)] if pitches else [])])


def _header_below_values(filled: Sequence[dict[int, str]], names: Sequence[int], count: int) -> int | None:
    """Returns the header where the table has grown beyond it, to lines with other values."""
    for index in range(1, min(len(filled) - 1, config.MAX_ROWS_TO_HEADER)):
        is_wider = names[index] > max(names[:index])
        is_text = names[index] >= max(2, 0.6 * count) and not any(map(is_value, filled[index].values()))
        below = (text for texts in filled[index + 1 : index + 5] for text in texts.values())
        if is_wider and is_text and any(map(is_value, below)):
            return index
    return None


def _is_above_header(
    rows: Sequence[Row], index: int, filled: Sequence[dict[int, str]], columns: Sequence[_Column], page: Upright
) -> bool:
    """Whether a row belongs to the header below it: close to it, over columns that it leaves empty, or groups them."""
    if rows[index + 1].y - rows[index].y > config.MAX_HEADER_STEP * page.height or any(
        map(is_value, filled[index].values())
    ):
        return False
    if filled[index].keys().isdisjoint(filled[index + 1]):
        return True
    first, last = rows[index].chunks[0], rows[index].chunks[-1]
    is_inside = first.left > columns[0].right and last.right < columns[-1].right + page.height
    return is_inside or len(rows[index].chunks) > max(1, len(columns) / 3)


def _is_wrapped(rows: Sequence[Row], index: int, filled: Sequence[dict[int, str]], height: float) -> bool:
    """Whether a row of one column continues the one above it: closer to it than rows are to each other."""
    if index == 0 or not filled[index] or any(map(is_value, filled[index].values())):
        return False
    pitches = [b.y - a.y for (a, x), (b, y) in pairwise(zip(rows, filled, strict=True)) if len(x) > 1 and len(y) > 1]
    limit = 1.5 * height if 0 not in filled[index] else min(1.5 * height, 0.85 * median(pitches) if pitches else 0.0)
    return rows[index].y - rows[index - 1].y <= limit and set(filled[index]) <= set(filled[index - 1])


def _cells(
    rows: Sequence[Row],
    head: int,
    columns: Sequence[_Column],
    xs: list[float],
    rules: Sequence[float],
    page: Upright,
) -> Grid:
    levels = _header_levels(rows[:head], columns, xs, page)
    body = logical_rows(rows[head:], xs, rules, page.height).groups if head < len(rows) else ()
    cells = _header_cells(levels, columns, page)
    for index, group in enumerate(body, start=len(levels)):
        in_row: dict[int, Cell] = {}
        for row in group:
            for chunk, touched in _fit(row, columns, page):
                _, left, right = _placed(chunk, touched, columns)
                _put(in_row, Cell(index, left, 1, right - left + 1, list(chunk.words)))
        taken = {column for cell in in_row.values() for column in range(cell.column, cell.column + cell.column_span)}
        cells += [*in_row.values(), *(Cell(index, column) for column in range(len(columns)) if column not in taken)]
    extents = [(min(row.top for row in group), max(row.bottom for row in group)) for group in body]
    if levels:
        top, bottom = min(row.top for row in rows[:head]), max(row.bottom for row in rows[:head])
        step = (bottom - top) / len(levels)
        extents = [*((top + level * step, top + (level + 1) * step) for level in range(len(levels))), *extents]
    ys = [extents[0][0], *((above[1] + below[0]) / 2 for above, below in pairwise(extents)), extents[-1][1]]
    return Grid(xs, ys, cells, is_ruled=False)


_Placed = tuple[Chunk, int, int]  # with first and last column


def _header_levels(
    lines: Sequence[Row], columns: Sequence[_Column], xs: Sequence[float], page: Upright
) -> list[list[_Placed]]:
    """Groups the texts of a header by rows: one, or two where texts of the first lines group columns."""
    if not lines:
        return []
    names = {touched[0]: chunk for chunk, touched in _fit(lines[-1], columns, page) if len(touched) == 1}
    placed = [_placed(chunk, touched, columns) for line in lines for chunk, touched in _fit(line, columns, page)]
    upper = placed[: sum(len(_fit(line, columns, page)) for line in lines[:-1])]
    groups = [each for each in upper if _is_group(each[0], names, xs, page)]
    others = [each for each in placed if each not in groups]
    if not groups:
        return [others]
    # Names that are centred between both rows leave the last line to the grouped columns.
    is_centred = any(each in upper and each[1] not in names for each in others)
    ranges = [_grouped(chunk, sorted(names), xs, is_centred and len(groups) == 1) for chunk, _, _ in groups]
    return [[(chunk, *found) for (chunk, _, _), found in zip(groups, ranges, strict=True)], others]


def _placed(chunk: Chunk, touched: Sequence[int], columns: Sequence[_Column]) -> _Placed:
    return (chunk, touched[0], touched[-1]) if touched else (chunk, *(_nearest(chunk, columns),) * 2)


def _is_group(chunk: Chunk, names: Mapping[int, Chunk], xs: Sequence[float], page: Upright) -> bool:
    """Whether a text above names of columns stands over several: it crosses an edge, or aligns with none."""
    if not names:
        return False
    middle, edge = (chunk.left + chunk.right) / 2, config.ALIGNED * page.height
    if not min(name.left for name in names.values()) < middle < max(name.right for name in names.values()):
        return False
    inner = [xs[column] for column in names if column - 1 in names]
    if any(chunk.left + 2 * edge < x < chunk.right - 2 * edge for x in inner):
        return True
    return all(
        min(abs((name.left + name.right) / 2 - middle), abs(name.left - chunk.left), abs(name.right - chunk.right))
        > edge
        for name in names.values()
    )


def _grouped(chunk: Chunk, names: Sequence[int], xs: Sequence[float], takes_all: bool) -> tuple[int, int]:
    """Returns the first and last of the named columns that a text groups: those that it is the middle of."""
    middle = (chunk.left + chunk.right) / 2
    runs: list[list[int]] = []
    for column in names:
        if runs and runs[-1][-1] == column - 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    run = min(runs, key=lambda run: max(xs[run[0]] - middle, middle - xs[run[-1] + 1]))
    if takes_all or len(run) < 2:
        return run[0], run[-1]
    ranges = [
        (abs(middle - (xs[first] + xs[last + 1]) / 2), last - first, first)
        for first in run
        for last in run
        if first < last
    ]
    _, more, first = min(ranges)
    return first, first + more


def _header_cells(levels: Sequence[Sequence[_Placed]], columns: Sequence[_Column], page: Upright) -> list[Cell]:
    if not levels:
        return []
    grouped: set[int] = set()
    first_row: dict[int, Cell] = {}
    if len(levels) == 2:
        for chunk, left, right in levels[0]:
            _put(first_row, Cell(0, left, 1, right - left + 1, list(chunk.words)))
        grouped = {
            column for cell in first_row.values() for column in range(cell.column, cell.column + cell.column_span)
        }
    in_row: dict[int, Cell] = {}
    for chunk, left, right in levels[-1]:
        _put(in_row, Cell(0, left, 1, right - left + 1, list(chunk.words)))
    taken = {column for cell in in_row.values() for column in range(cell.column, cell.column + cell.column_span)}
    cells = [*in_row.values(), *(Cell(0, column) for column in range(len(columns)) if column not in taken)]
    if grouped:
        for cell in cells:
            if cell.column in grouped:
                cell.row = 1
            else:
                cell.row_span = 2
    return [*first_row.values(), *cells]


def _put(in_row: dict[int, Cell], new: Cell) -> None:
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


def _nearest(chunk: Chunk, columns: Sequence[_Column]) -> int:
    return min(
        range(len(columns)),
        key=lambda index: max(columns[index].left - chunk.right, chunk.left - columns[index].right),
    )


def _is_table(grid: Grid, rules: int) -> bool:
    """Whether a grid has what tables have and other aligned text has not."""
    rows: list[list[Cell]] = [[] for _ in range(grid.rows)]
    for cell in grid.cells:
        if cell.words:
            rows[cell.row].append(cell)
    several = [cells for cells in rows if len(cells) >= 2]
    body = rows[grid.header_rows :]
    if len(several) < 2 or not body:
        return False
    filled = sum(len(cells) for cells in several) / (len(several) * grid.columns)
    if filled < config.MIN_FILL or _is_prose(grid, rows):
        return False
    values = sum(_is_value_column(body, column) for column in range(grid.columns))
    has_header = grid.header_rows > 0
    if rules >= 2 or (rules and has_header):
        return values > 0 or (has_header and len(several) >= config.MIN_ROWS)
    if grid.columns < 3:
        return has_header and values > 0 and len(several) > config.MIN_ROWS
    if not has_header:
        full = sum(len(cells) > config.MIN_BARE_FILL * grid.columns for cells in rows if cells)
        if values < 2 or full < config.MIN_BARE_ROWS or full < config.MIN_BARE_FILL * sum(map(bool, rows)):
            return False
    return values > 0 and not _is_form(rows)


def _is_value_column(body: Sequence[Sequence[Cell]], column: int) -> bool:
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
