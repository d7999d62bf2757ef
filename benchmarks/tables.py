"""Measures tables: ``python -m benchmarks.tables [--pages 100] [--seed 1] [--cache DIR] [--show]``.

The files of `benchmarks.table_pages` are read as they are (born-digital) and as scans by RapidOCR, without correction.
Tables over a page break count as one. Prints JSON: for both, cell F1 (place, spans and text without blanks), the same
with texts that are 80 % alike, TEDS and tables that were missed or invented, by kind; and how many pages without
tables got one. ``--cache`` keeps the recognised pages: recognition takes most of the time, and does not depend on
tables. ``--show`` lists each file that is not perfect.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter

from benchmarks.table_pages import (
    SCAN_DPI,
    TablePage,
    TrueTable,
    page_without_table,
    scans,
    table_page,
)
from benchmarks.table_scores import CellCounts, ScoredCell, count_cells, teds
from scanproof.document import Page, Table
from scanproof.ocr.engine import Engine
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage
from scanproof.tables.find import DocumentTables

ALIKE = 0.8
_PAGES = TypeAdapter(list[Page])


def born_digital(file: TablePage, engine: Engine) -> list[Page]:
    """Reads the file as it is."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        path.write_bytes(file.pdf)
        with open_scan(path, path.name) as scan:
            return [recognise_page(scan.page(n), n, engine)[0] for n in range(1, scan.page_count + 1)]


def scanned(file: TablePage, engine: Engine) -> list[Page]:
    """Reads the file's pages as scans."""
    return [
        recognise_page(ImagePage(image.convert("RGB"), SCAN_DPI), number, engine)[0]
        for number, image in enumerate(scans(file), start=1)
    ]


def with_tables(pages: Sequence[Page]) -> list[Page]:
    """Finds the tables of a document."""
    tables = DocumentTables()
    return [tables.add(page) for page in pages]


def whole_tables(pages: Sequence[Page]) -> list[list[tuple[Page, Table]]]:
    """Groups the parts of each table."""
    parts: dict[int, list[tuple[Page, Table]]] = defaultdict(list)
    for page in pages:
        for table in page.tables:
            parts[table.number].append((page, table))
    return list(parts.values())


def cells_of(parts: Sequence[tuple[Page, Table]]) -> list[ScoredCell]:
    """Returns the cells of a whole table, without the headers that later pages repeat."""
    return [
        ScoredCell(
            cell.row - table.repeated_rows + table.rows_before, cell.column, cell.row_span, cell.column_span, cell.text
        )
        for _, table in parts
        for cell in table.cells
        if cell.row >= table.repeated_rows
    ]


def matched(
    found: Sequence[list[tuple[Page, Table]]], true: Sequence[TrueTable]
) -> Iterator[tuple[list[tuple[Page, Table]] | None, TrueTable | None]]:
    """Pairs tables by the area that they share; the rest has no partner."""
    shares = sorted(
        ((_shared(parts, table), i, j) for i, parts in enumerate(found) for j, table in enumerate(true)), reverse=True
    )
    left, right = set(range(len(found))), set(range(len(true)))
    for share, i, j in shares:
        if share > 0.1 and i in left and j in right:
            left.discard(i)
            right.discard(j)
            yield found[i], true[j]
    yield from ((found[i], None) for i in sorted(left))
    yield from ((None, true[j]) for j in sorted(right))


def _shared(parts: Sequence[tuple[Page, Table]], true: TrueTable) -> float:
    """Returns the intersection over union of the tables' boxes."""
    shared = total = 0.0
    for page, table in parts:
        box = table.box
        mine = (box.left / page.width, box.top / page.height, box.right / page.width, box.bottom / page.height)
        its = true.boxes.get(page.number)
        total += _area(mine)
        if its:
            shared += _area((max(mine[0], its[0]), max(mine[1], its[1]), min(mine[2], its[2]), min(mine[3], its[3])))
    total += sum(map(_area, true.boxes.values()))
    return shared / max(total - shared, 1e-9)


def _area(box: tuple[float, float, float, float]) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


class Tally:
    """Sums up the tables of many files."""

    def __init__(self) -> None:
        self.exact: dict[str, CellCounts] = defaultdict(CellCounts)
        self.alike = CellCounts()
        self.teds: list[float] = []
        self.missed = self.invented = self.tables = 0

    def add(self, file: TablePage, pages: Sequence[Page], show: bool) -> None:
        """Adds a file with the pages as read, tables included."""
        for parts, table in matched(whole_tables(pages), file.tables):
            found = cells_of(parts) if parts else []
            true = (
                [ScoredCell(c.row, c.column, c.row_span, c.column_span, c.text) for c in table.cells] if table else []
            )
            counts = count_cells(found, true)
            for kind in ("all", *(table.kinds if table else ())):
                self.exact[kind] += counts
            self.alike += count_cells(found, true, ALIKE)
            self.tables += table is not None
            self.missed += parts is None
            self.invented += table is None
            score = teds(found, true) if table else 0.0
            self.teds += [score] if table else []
            if show and counts.f1 < 1:
                kinds = "+".join(sorted(table.kinds)) if table else "invented"
                size = f"{table.rows}x{table.columns}" if table else ""
                got = [f"{t.rows}x{t.columns}" for _, t in parts] if parts else []
                print(f"{file.id} {kinds} {size} found {got} F1 {counts.f1:.3f} TEDS {score:.3f}", file=sys.stderr)

    @property
    def summary(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "tables": self.tables,
            "cells": self.exact["all"].true,
            "cell_f1": round(self.exact["all"].f1, 4),
            "cell_f1_alike": round(self.alike.f1, 4),
            "teds": round(fmean(self.teds), 4) if self.teds else None,
            "missed": self.missed,
            "invented": self.invented,
            "cell_f1_by_kind": {kind: round(self.exact[kind].f1, 3) for kind in sorted(self.exact) if kind != "all"},
        }


def cached(folder: Path | None, name: str, read: Callable[[], list[Page]]) -> list[Page]:
    """Returns pages from the cache, or reads them and keeps them there."""
    if folder is None:
        return read()
    path = folder / f"{name}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_PAGES.dump_json(read()))
    return _PAGES.validate_json(path.read_bytes())


def main() -> None:
    """Prints the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--only", choices=["digital", "scanned"])
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    engine = load_engine("rapidocr", 1)
    result: dict[str, Any] = {}
    for name, read in (("digital", born_digital), ("scanned", scanned)):
        if options.only not in (None, name):
            continue
        tally = Tally()
        for number in range(options.pages):
            file = table_page(options.seed, number)
            pages = cached(options.cache, f"{name}-{file.id}", lambda: read(file, engine))  # noqa: B023
            tally.add(file, with_tables(pages), options.show)
        with_one = 0
        for number in range(options.pages // 2):
            file = page_without_table(options.seed, number)
            pages = cached(options.cache, f"{name}-{file.id}", lambda: read(file, engine))  # noqa: B023
            found = sum(len(page.tables) for page in with_tables(pages))
            with_one += bool(found)
            if options.show and found:
                print(f"{file.id} got {found} tables", file=sys.stderr)
        result[name] = {**tally.summary, "pages_without_tables": options.pages // 2, "of_these_with_a_table": with_one}
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
