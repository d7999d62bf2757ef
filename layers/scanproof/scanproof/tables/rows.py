"""Joins the lines of text of a table to its rows: a cell may have several lines."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.words import Row, is_value


@dataclass(frozen=True)
class LogicalRows:
    """Rows of a table, each with its lines from top to bottom.

    Attributes:
        groups: the lines of each row.
        value_lines: per line of the table the columns whose text is a value.
    """

    groups: tuple[tuple[Row, ...], ...]
    value_lines: tuple[frozenset[int], ...]

    def has_value_rows(self, count: int) -> bool:
        """Whether two columns have ``count`` lines of values, or one has a line more."""
        lines = Counter(column for values in self.value_lines for column in values)
        enough = [column for column, found in lines.items() if found >= count]
        return len(enough) >= 2 or any(lines[column] > count for column in enough)


def logical_rows(
    lines: Sequence[Row], texts: Sequence[Mapping[int, str]], rules: Sequence[float], height: float
) -> LogicalRows:
    """Joins lines to rows.

    A line continues the row above it if it has no value in a column of values, leaves the column empty that begins the
    rows, fills fewer columns than the row above, and is no further from it than rows are from each other.

    Args:
        lines: of the table, from top to bottom.
        texts: of each line, by the column that they begin in.
        rules: heights of ruled lines, in order; rows do not cross them.
        height: of the page's words.
    """
    filled = [frozenset(columns) for columns in texts]
    values = [frozenset(column for column, text in columns.items() if is_value(text)) for columns in texts]
    anchor = _anchor(filled, values)
    value_columns = _value_columns(filled, values)
    pitch = _row_pitch(lines, filled, values, anchor)
    groups: list[list[Row]] = []
    columns_above: frozenset[int] = frozenset()
    for index, line in enumerate(lines):
        distance = line.y - groups[-1][-1].y if groups else 0.0
        if (
            groups
            and not values[index] & (value_columns - {anchor} if _is_close(distance, pitch) else value_columns)
            and len(line.chunks) <= max(1, config.MAX_FURTHER_TEXTS * len(groups[-1][0].chunks))
            and (filled[index] < columns_above or _is_close(distance, pitch))
            and distance <= min(config.CONTINUATION_PITCH * height, 1.15 * pitch)
            and (anchor not in filled[index] or distance < 0.85 * pitch)
            and not is_between(rules, groups[-1][-1].y, line.y)
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
            columns_above = filled[index]
    return LogicalRows(tuple(tuple(group) for group in groups), tuple(values))


def _anchor(filled: Sequence[frozenset[int]], values: Sequence[frozenset[int]]) -> int:
    """Returns the column that begins the rows: the first one that is filled in nearly all lines with values."""
    full = [columns for columns, found in zip(filled, values, strict=True) if found] or list(filled)
    counts = Counter(column for columns in full for column in columns)
    return min(column for column, count in counts.items() if count >= 0.7 * max(counts.values()))


def _value_columns(filled: Sequence[frozenset[int]], values: Sequence[frozenset[int]]) -> frozenset[int]:
    """Returns the columns in which most lines are values: a date in a description does not begin a row."""
    lines = Counter(column for columns in filled for column in columns)
    with_value = Counter(column for columns in values for column in columns)
    return frozenset(column for column, count in with_value.items() if count > lines[column] / 2)


def _row_pitch(
    lines: Sequence[Row], filled: Sequence[frozenset[int]], values: Sequence[frozenset[int]], anchor: int
) -> float:
    """Returns the median distance of lines that begin rows; infinity where there are no two.

    Where most rows have the same values, those are the lines with values: other lines of a row may fill the first
    column, too.
    """
    most = max(map(len, values), default=0)
    with_values = [line for line, found in zip(lines, values, strict=True) if len(found) >= max(2, most / 2)]
    if with_values and most > 1:
        distances = [below.y - above.y for above, below in pairwise(with_values)]
    else:
        distances = [
            below.y - above.y
            for (above, a), (below, b) in pairwise(zip(lines, filled, strict=True))
            if anchor in a and anchor in b and len(a) > 1 and len(b) > 1
        ]
    return median(distances) if distances else float("inf")


def _is_close(distance: float, pitch: float) -> bool:
    return distance < config.CLOSE_LINE * pitch < float("inf")


def is_between(rules: Sequence[float], top: float, bottom: float) -> bool:
    """Whether one of the ruled lines, given by their heights in order, lies between two heights."""
    index = bisect_left(rules, top)
    return index < len(rules) and rules[index] < bottom
