"""The header of a table that blank separates: where it is, and which of its texts group columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.columns import Columns, Placed
from scanproof.tables.grid import Cell, put
from scanproof.tables.rows import is_between
from scanproof.tables.words import Chunk, Row, Upright, is_value


def trimmed(rows: Sequence[Row], columns: Columns, rules: Sequence[float], page: Upright) -> tuple[int, list[Row]]:
    """Leaves out rows above the header, and rows at both ends that fill one column only.

    Args:
        rules: heights of the ruled lines over the table's width, in order.

    Returns:
        The number of lines of the header, and the rows.
    """
    filled = [columns.texts(row) for row in rows]
    start, end = 0, len(rows)
    head = _header_row(rows, filled, columns, rules, page)
    if head is not None:
        below = _below_rule(rows, head, rules, page)
        start = head if below is None else below
        if below is None:
            while start > 0 and head - start < 2 and _is_above_header(rows, start - 1, filled, columns, page):
                start -= 1
    while start < end and len(filled[start]) < 2 and (head is None or start >= head):
        start += 1
    while end > start and len(columns.fit(rows[end - 1])) < 2 and not is_wrapped(rows, end - 1, filled, page.height):
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


def _header_row(
    rows: Sequence[Row], filled: Sequence[dict[int, str]], columns: Columns, rules: Sequence[float], page: Upright
) -> int | None:
    """Returns the last line of the header: lines above the first values that name most columns; None without any."""
    names, count = [columns.names(row) for row in rows], len(columns)
    last = next((i for i, texts in enumerate(filled) if names[i] > 1 and any(map(is_value, texts.values()))), 0)
    candidates = range(max(0, last - config.MAX_HEADER_LINES), last)
    if last >= config.MAX_ROWS_TO_HEADER or not candidates:
        return _header_below_values(filled, names, count)
    most = max(names[index] for index in candidates)
    if most < max(2, 0.5 * count):
        return None
    head = max(index for index in candidates if names[index] >= 0.8 * most)
    while (
        head + 1 < last and _goes_on(rows, filled, head, page) and not is_between(rules, rows[head].y, rows[head + 1].y)
    ):
        head += 1
    return head


def _goes_on(rows: Sequence[Row], filled: Sequence[dict[int, str]], head: int, page: Upright) -> bool:
    """Whether the header has another line below ``head``."""
    step = rows[head + 1].y - rows[head].y
    stacked = [row.y for row, texts in zip(rows[: head + 2], filled, strict=False) if texts.keys() & filled[head + 1]]
    if len(stacked) > 2 and abs(stacked[-1] - 2 * stacked[-2] + stacked[-3]) <= config.SAME_LEVEL * page.height:
        return True  # a name of several lines, which have one distance
    if filled[head].keys().isdisjoint(filled[head + 1]):
        return step <= config.MAX_HEADER_STEP * page.height
    pitches = [below.y - above.y for above, below in pairwise(rows[head + 1 :])]
    longest = 0.85 * max(pitches[0], median(pitches)) if pitches else float("inf")
    return step <= min(config.HEADER_LEADING * page.height, longest)


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
    rows: Sequence[Row], index: int, filled: Sequence[dict[int, str]], columns: Columns, page: Upright
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


def is_wrapped(rows: Sequence[Row], index: int, filled: Sequence[dict[int, str]], height: float) -> bool:
    """Whether a row of one column continues the one above it: closer to it than rows are to each other."""
    if index == 0 or not filled[index] or any(map(is_value, filled[index].values())):
        return False
    pitches = [b.y - a.y for (a, x), (b, y) in pairwise(zip(rows, filled, strict=True)) if len(x) > 1 and len(y) > 1]
    limit = 1.5 * height if 0 not in filled[index] else min(1.5 * height, 0.85 * median(pitches) if pitches else 0.0)
    return rows[index].y - rows[index - 1].y <= limit and set(filled[index]) <= set(filled[index - 1])


def header_levels(lines: Sequence[Row], columns: Columns, page: Upright) -> list[list[Placed]]:
    """Groups the texts of a header by rows: one, or two where texts of the first lines group columns."""
    if not lines:
        return []
    xs = columns.edges
    main = last_with_names(lines, columns)
    names = {touched[0]: chunk for chunk, touched in columns.fit(lines[main]) if len(touched) == 1}
    upper = [placed for line in lines[:main] for placed in columns.placed(line)]
    placed = [*upper, *(placed for line in lines[main:] for placed in columns.placed(line))]
    groups = [each for each in upper if _is_group(each, names, xs, page)]
    groups = groups or _above_centred(lines, main, names, columns)
    others = [each for each in placed if each not in groups]
    if not groups:
        return [others]
    # Names that are centred between both rows leave the last line to the grouped columns.
    is_centred = any(each in upper and each[1] not in names for each in others)
    ranges = [_grouped(chunk, sorted(names), xs, is_centred and len(groups) == 1) for chunk, _, _ in groups]
    return [[(chunk, *found) for (chunk, _, _), found in zip(groups, ranges, strict=True)], others]


def _above_centred(lines: Sequence[Row], main: int, names: Mapping[int, Chunk], columns: Columns) -> list[Placed]:
    """Returns the text that groups the names of the last line though it stands right above one of them.

    Names of one line are centred beside the lines of others, so that those on the last line are there for a group.
    """
    for index, line in enumerate(lines[:main]):
        above = [placed for placed in columns.placed(line) if placed[1] in names]
        below = [placed for each in lines[index + 1 : main] for placed in columns.placed(each)]
        if above:
            is_one = len(above) == 1 and not any(placed[1] in names for placed in below)
            return above if is_one and below and len(names) > 1 else []
    return []


def last_with_names(lines: Sequence[Row], columns: Columns) -> int:
    """Returns the last line of a header that names a column which no line above names; below it names go on."""
    named = [{touched[0] for _, touched in columns.fit(line) if len(touched) == 1} for line in lines]
    last = len(lines) - 1
    while last > 0 and named[last] <= set().union(*named[:last]):
        last -= 1
    return last


def _is_group(placed: Placed, names: Mapping[int, Chunk], xs: Sequence[float], page: Upright) -> bool:
    """Whether a text above names of columns stands over several: it crosses an edge, or aligns with none."""
    chunk, first, last = placed
    if not names or (first == last and first not in names):
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


def header_cells(levels: Sequence[Sequence[Placed]], count: int) -> list[Cell]:
    """Returns the cells of a header over ``count`` columns: names that no text groups span both of two rows."""
    if not levels:
        return []
    grouped: set[int] = set()
    first_row: dict[int, Cell] = {}
    if len(levels) == 2:
        for chunk, left, right in levels[0]:
            put(first_row, Cell(0, left, 1, right - left + 1, list(chunk.words)))
        grouped = {
            column for cell in first_row.values() for column in range(cell.column, cell.column + cell.column_span)
        }
    in_row: dict[int, Cell] = {}
    for chunk, left, right in levels[-1]:
        put(in_row, Cell(0, left, 1, right - left + 1, list(chunk.words)))
    taken = {column for cell in in_row.values() for column in range(cell.column, cell.column + cell.column_span)}
    cells = [*in_row.values(), *(Cell(0, column) for column in range(count) if column not in taken)]
    above: list[Cell] = []
    if grouped:
        for cell in cells:
            under = range(cell.column, cell.column + cell.column_span)
            if grouped.isdisjoint(under):
                cell.row_span = 2
            else:
                cell.row = 1
                above += [Cell(0, column) for column in under if column not in grouped]
    return [*first_row.values(), *above, *cells]
