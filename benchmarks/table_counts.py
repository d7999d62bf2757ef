"""Compares tables with counts made by hand: ``python -m benchmarks.table_counts PAGES.jsonl COUNTS.jsonl [--show]``.

PAGES is what `model_training.page_readings` writes. COUNTS are rows ``{"id", "tables": [{"box", "rows", "cells"}]}``:
for a page the tables that a person would copy to a spreadsheet, ``box`` as shares of the page (left, top, right,
bottom), roughly, ``rows`` with header and totals, ``cells`` those with text. A table matches the found one that shares
most area; the score of a count is the smaller over the larger number, 0 for a table that was missed. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from model_training.page_readings import load_readings
from scanproof.document import Page, Table
from scanproof.tables.find import find_tables

Shares = tuple[float, float, float, float]
_MIN_OVERLAP = 0.1  # intersection over union; the boxes of the truth are rough


def main() -> None:
    """Prints the comparison."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.table_counts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pages", type=Path)
    parser.add_argument("counts", type=Path)
    parser.add_argument("--show", action="store_true", help="list each table")
    options = parser.parse_args()
    truth = {row["id"]: row["tables"] for row in map(json.loads, options.counts.read_text("utf-8").splitlines())}
    rows: list[float] = []
    cells: list[float] = []
    others = 0
    for reading in load_readings(options.pages):
        if reading.id not in truth:
            continue
        tables = list(find_tables(reading.page))
        for counted in truth[reading.id]:
            found = _matching(reading.page, tables, counted)
            rows.append(_score(found.rows if found else 0, counted["rows"]))
            cells.append(_score(_filled(found) if found else 0, counted["cells"]))
            if found:
                tables.remove(found)
            if options.show:
                size = f"{found.rows} rows {_filled(found)} cells" if found else "missed"
                print(f"{reading.id}: {counted['rows']} rows {counted['cells']} cells, {size}", file=sys.stderr)
        others += len(tables)
    result = {
        "pages": len(truth),
        "tables": len(rows),
        "rows": round(fmean(rows), 3),
        "cells": round(fmean(cells), 3),
        "missed": rows.count(0.0),
        "not_counted_by_hand": others,
    }
    print(json.dumps(result, indent=1))


def _matching(page: Page, tables: list[Table], counted: Mapping[str, Any]) -> Table | None:
    left, top, right, bottom = counted["box"]
    shared = [(_overlap(page, table, (left, top, right, bottom)), index) for index, table in enumerate(tables)]
    best, index = max(shared, default=(0.0, 0))
    return tables[index] if best >= _MIN_OVERLAP else None


def _overlap(page: Page, table: Table, box: Shares) -> float:
    mine = (
        table.box.left / page.width,
        table.box.top / page.height,
        table.box.right / page.width,
        table.box.bottom / page.height,
    )
    shared = _area((max(mine[0], box[0]), max(mine[1], box[1]), min(mine[2], box[2]), min(mine[3], box[3])))
    return shared / max(_area(mine) + _area(box) - shared, 1e-9)


def _area(box: Shares) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _filled(table: Table) -> int:
    return sum(bool(cell.text) for cell in table.cells)


def _score(found: int, true: int) -> float:
    return min(found, true) / max(found, true)


if __name__ == "__main__":
    main()
