"""Finds the tables of a page, and joins those that go on from page to page."""

from __future__ import annotations

from scanproof.document import ItemSum, LineItem, Page, Table
from scanproof.tables import config
from scanproof.tables.beside import beside_each_other
from scanproof.tables.grid import header_rows, outside
from scanproof.tables.headed import find_headed
from scanproof.tables.joining import TableJoiner
from scanproof.tables.line_items import LineItems
from scanproof.tables.lists import find_lists
from scanproof.tables.ruled import find_ruled
from scanproof.tables.unruled import find_unruled
from scanproof.tables.words import Upright


def find_tables(page: Page, open_columns: int | None = None) -> tuple[Table, ...]:
    """Finds the tables of a page from its words and ruled lines, from top to bottom.

    Time grows with the number of words and lines, not with their square. Other text is no table, and a page without
    tables has none.

    Args:
        open_columns: number of columns of a table that the page before may have ended with.
    """
    upright = Upright.of(page)
    if upright is None:
        return ()
    ruled = find_ruled(upright)
    for grid in ruled.tables:
        grid.header_rows = header_rows(grid)
    headed = find_headed(upright, ruled.bands, ruled.rest)
    grids = [*ruled.tables, *headed]
    rest = outside(ruled.rest, headed)
    free = {id(word) for word in rest}
    for words in (*ruled.regions, *beside_each_other(upright, rest), None):
        found = find_unruled(
            upright, rest if words is None else [word for word in words if id(word) in free], open_columns
        )
        grids += found
        rest = outside(rest, found)
        free &= {id(word) for word in rest}
    tables = [grid.table(upright) for grid in (*grids, *find_lists(upright, rest))]
    return tuple(sorted(tables, key=lambda table: (table.box.top, table.box.left)))


class DocumentTables:
    """Finds the tables and line items of a document whose pages are added in order."""

    def __init__(self) -> None:
        self._joiner = TableJoiner()
        self._items = LineItems()
        self._characters = 0
        self._left_out: list[int] = []

    def add(self, page: Page) -> Page:
        """Returns the next page with its tables."""
        self._characters += sum(len(line.text) for line in page.lines)
        if self._characters > config.MAX_CHARACTERS:
            self._left_out.append(page.number)
            return page.model_copy(update={"tables": ()})
        page = page.model_copy(update={"tables": self._joiner.add(page, find_tables(page, self._joiner.open_columns))})
        self._items.add(page)
        return page

    @property
    def line_items(self) -> tuple[LineItem, ...]:
        """The line items of the pages that were added."""
        return tuple(self._items.items)

    @property
    def line_items_sum(self) -> ItemSum | None:
        """The sum of their amounts; None where there are none, or one of them has no amount."""
        return self._items.total

    @property
    def warnings(self) -> tuple[str, ...]:
        """What users should know about the search."""
        if not self._left_out:
            return ()
        return (f"From page {self._left_out[0]:,} on no tables were looked for: there is too much text.",)
