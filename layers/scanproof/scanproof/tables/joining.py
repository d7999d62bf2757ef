"""Joins tables that go on from page to page, and numbers the tables of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scanproof.document import Page, Table
from scanproof.tables import config


@dataclass(frozen=True)
class _Open:
    """The last table of a page, which the next page may continue."""

    page: int
    table: Table
    edges: tuple[tuple[float, float], ...]  # of its columns, as shares of the page's width
    header: tuple[str, ...]  # the texts of the first header row of the whole table


class TableJoiner:
    """Numbers the tables of pages that are added in order."""

    def __init__(self) -> None:
        self._count = 0
        self._open: _Open | None = None

    @property
    def open_columns(self) -> int | None:
        """The number of columns of the table that the next page may continue; None without one."""
        return self._open.table.columns if self._open else None

    def add(self, page: Page, tables: Sequence[Table]) -> tuple[Table, ...]:
        """Returns the tables of the next page, numbered; the first one may continue the last one before."""
        numbered: list[Table] = []
        before, self._open = self._open, None
        for index, table in enumerate(tables):
            part = _continued(before, page, table) if index == 0 and before else None
            if part is None:
                self._count += 1
                part = table.model_copy(update={"number": self._count})
            numbered.append(part)
        if numbered:
            lowest = max(numbered, key=lambda table: table.box.bottom)
            if _lines_below(page, lowest) <= config.MAX_ROWS_BELOW:
                header = before.header if lowest.continues and before else _header(lowest)
                self._open = _Open(page.number, lowest, _edges(page, lowest), header)
        return tuple(numbered)


def _continued(before: _Open, page: Page, table: Table) -> Table | None:
    """Returns ``table`` as the continuation of the one before, None where it is another one."""
    edges = _edges(page, table)
    if page.number != before.page + 1 or len(edges) != len(before.edges):
        return None
    if _lines_above(page, table) > config.MAX_ROWS_ABOVE or not _are_aligned(before.edges, edges):
        return None
    if table.header_rows and _header(table) != before.header:
        return None
    last = before.table
    rows_before = last.rows_before + last.rows - last.repeated_rows
    return table.model_copy(update={"number": last.number, "continues": True, "rows_before": rows_before})


def _edges(page: Page, table: Table) -> tuple[tuple[float, float], ...]:
    """Returns left and right of each column, as shares of the page's width."""
    found: dict[int, tuple[float, float]] = {}
    for cell in table.cells:
        if cell.column_span == 1:
            found.setdefault(cell.column, (cell.box.left / page.width, cell.box.right / page.width))
    return tuple(found.get(column, (0.0, 1.0)) for column in range(table.columns))


def _are_aligned(before: Sequence[tuple[float, float]], now: Sequence[tuple[float, float]]) -> bool:
    """Whether each column overlaps the one of its number by most of its width."""
    shares = []
    for (left, right), (other_left, other_right) in zip(before, now, strict=True):
        shared = min(right, other_right) - max(left, other_left)
        shares.append(shared / max(min(right - left, other_right - other_left), 1e-6))
    return min(shares) >= config.MIN_COLUMN_OVERLAP


def _header(table: Table) -> tuple[str, ...]:
    return tuple(cell.text.casefold() for cell in table.cells if cell.row == 0 and table.header_rows)


def _lines_below(page: Page, table: Table) -> int:
    return sum((line.box.top + line.box.bottom) / 2 > table.box.bottom for line in page.lines)


def _lines_above(page: Page, table: Table) -> int:
    height = median(line.box.bottom - line.box.top for line in page.lines) if page.lines else 0.0
    return sum((line.box.top + line.box.bottom) / 2 < table.box.top - height / 2 for line in page.lines)
