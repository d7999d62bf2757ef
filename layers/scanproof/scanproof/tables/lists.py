"""Finds lists of amounts: two columns without a header, labels and the amounts that belong to them."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.tables import config
from scanproof.tables.columns import Column, Columns
from scanproof.tables.grid import Grid
from scanproof.tables.unruled import grid_of_rows
from scanproof.tables.words import Chunk, Piece, Row, Upright
from scanproof.values.amounts import parse_amount


def find_lists(page: Upright, words: Sequence[Piece]) -> list[Grid]:
    """Finds the lists among ``words``, from top to bottom.

    In a list the amounts end on one line. Labels without an amount may stand between; forms, whose labels end in
    colons, are no lists.
    """
    found: list[Grid] = []
    run: list[Row] = []
    amounts: list[Chunk] = []
    for row in page.rows(words):
        amount = _amount(row)
        if run and not _goes_on(run[-1], row, amounts[-1], amount, page):
            found += _grids(run, amounts, page)
            run, amounts = [], []
        if run or amount is not None:
            run.append(row)
            amounts += [amount] if amount else []
    return found + _grids(run, amounts, page)


def _amount(row: Row) -> Chunk | None:
    """Returns the second of two texts where it is an amount with two decimals, and the first one is not."""
    if len(row.chunks) != 2 or row.chunks[0].is_value:
        return None
    words = [word.text.strip("()*") for word in row.chunks[1].words]
    amounts = [amount for amount in map(parse_amount, words) if amount and amount.decimals == 2]
    return row.chunks[1] if len(amounts) == 1 and len(words) <= 2 else None


def _goes_on(above: Row, row: Row, last: Chunk, amount: Chunk | None, page: Upright) -> bool:
    if row.y - above.y > config.MAX_LIST_PITCH * page.height:
        return False
    if amount is not None:
        return abs(amount.right - last.right) <= config.ALIGNED * page.height
    return len(row.chunks) == 1 and row.chunks[0].right < last.left


def _grids(run: Sequence[Row], amounts: Sequence[Chunk], page: Upright) -> list[Grid]:
    """Builds the grid of a list; none where it has too few amounts."""
    rows = list(run)
    while rows and _amount(rows[-1]) is None:
        rows.pop()
    labelled = sum(row.chunks[0].text.endswith(":") for row in rows)
    if len(amounts) < max(config.MIN_AMOUNTS, config.MIN_LISTED * len(rows)) or labelled > len(rows) / 2:
        return []
    columns = Columns([Column.of([row.chunks[0] for row in rows]), Column.of(amounts)], page)
    if columns[0].right > columns[1].left:
        return []
    return [grid_of_rows(rows, 0, columns, sorted(y for y, _, _ in page.across), page)]
