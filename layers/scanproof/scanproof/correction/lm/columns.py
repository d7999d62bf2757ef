"""Puts the cells of a corrected table row back to where they began."""

from __future__ import annotations

import re

_GAP = re.compile(r" {2,}")


def realigned(raw: str, corrected: str) -> str | None:
    """``corrected`` with every cell beginning where it begins in ``raw``; None if the cells cannot be told apart.

    Cells are what two blanks or more set apart. A cell that has grown pushes the next one on, one gap ahead at least.
    """
    starts = [0, *(gap.end() for gap in _GAP.finditer(raw))]
    cells = _GAP.split(corrected)
    if len(cells) != len(starts):
        return None
    row = ""
    for start, cell in zip(starts, cells, strict=True):
        row = (row.ljust(max(start, len(row) + 2)) if start else row) + cell
    return row
