from __future__ import annotations

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from scanproof.document import Box, DetailField, Document, KeyField, LineItem, Page, PageSource, Table, TableCell
from scanproof.options import Output
from scanproof.output import spreadsheet
from scanproof.output.files import FILE_NAMES, output_files
from tests import builders

BOX = Box(left=0, top=0, right=10, bottom=10)
_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def table(rows: list[list[str]], **values: object) -> Table:
    cells = tuple(
        TableCell(row=r, column=c, text=text, box=BOX) for r, row in enumerate(rows) for c, text in enumerate(row)
    )
    return Table.model_validate(
        {"box": BOX, "rows": len(rows), "columns": len(rows[0]), "header_rows": 1, "cells": cells, **values}
    )


def page(number: int, *tables: Table) -> Page:
    return Page(number=number, width=100, height=100, dpi=300, source=PageSource.OCR, tables=tables)


DOCUMENT = builders.document(
    page(1, table([["Item", "Amount"], ["Bolt", "1,234.50"]])),
    page(2, table([["Item", "Amount"], ["Brush", "007"]], continues=True, rows_before=2)),
)


def content(document: Document, output: Output) -> bytes:
    return next(file.content for file in output_files(document, {output}) if file.name == FILE_NAMES[output])


def rows_of(document: Document, output: Output = Output.TABLES) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content(document, output).decode())))


def sheet(document: Document, number: int = 1) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content(document, Output.XLSX))) as book:
        return ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))


def test_csv_joins_pages_of_tables() -> None:
    assert rows_of(DOCUMENT) == [
        ["table", "page", "row"],
        ["1", "1", "1", "Item", "Amount"],
        ["1", "1", "2", "Bolt", "1,234.50"],
        ["1", "2", "3", "Brush", "007"],
    ]


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_runs_no_formulas(text: str) -> None:
    [cell] = next(csv.reader(io.StringIO(spreadsheet.csv_row([text]))))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+3", "-€ 4.00", "Total"])
def test_csv_keeps_numbers(text: str) -> None:
    assert next(csv.reader(io.StringIO(spreadsheet.csv_row([text])))) == [text]


def test_workbook_has_sheet_for_table() -> None:
    rows = sheet(DOCUMENT).findall(".//m:row", _NS)
    assert len(rows) == 3
    amounts = [(cell.get("t"), cell.findtext("m:v", namespaces=_NS)) for cell in (row[1] for row in rows[1:])]
    assert amounts[0] == (None, "1234.5")
    assert amounts[1][0] == "s"  # a code keeps its zeros


@pytest.mark.parametrize("text", FORMULAS)
def test_workbook_holds_no_formulas(text: str) -> None:
    document = builders.document(page(1, table([["Item"], [text], ["\x00http://example.com"]])))
    assert sheet(document).findall(".//m:f", _NS) == []


def test_workbook_merges_spanning_cells() -> None:
    wide = TableCell(row=0, column=0, column_span=2, text="Both", box=BOX)
    cells = (wide, *(TableCell(row=1, column=column, text="x", box=BOX) for column in (0, 1)))
    document = builders.document(page(1, Table(box=BOX, rows=2, columns=2, cells=cells)))
    [merged] = sheet(document).findall(".//m:mergeCell", _NS)
    assert merged.get("ref") == "A1:B1"


def test_workbook_repeats_byte_for_byte() -> None:
    assert content(DOCUMENT, Output.XLSX) == content(DOCUMENT, Output.XLSX)


def test_workbook_without_tables_says_so() -> None:
    with zipfile.ZipFile(io.BytesIO(content(builders.document(), Output.XLSX))) as book:
        assert "No table was found." in book.read("xl/sharedStrings.xml").decode()


def test_full_workbook_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_WORKBOOK_CELLS", 5)
    with zipfile.ZipFile(io.BytesIO(content(DOCUMENT, Output.XLSX))) as book:
        assert re.search("more tables", book.read("xl/sharedStrings.xml").decode())


def test_line_items_are_csv() -> None:
    item = LineItem(page=1, table=0, row=1, description="=Bolt", quantity="2", amount="5.00", agrees=True)
    document = builders.document().model_copy(update={"line_items": (item,)})
    assert rows_of(document, Output.LINE_ITEMS)[1] == ["1", "'=Bolt", "2", "", "5.00", "true"]


def test_details_follow_key_fields() -> None:
    place = {"written": "4.00", "page": 2, "line": 0, "box": BOX}
    total = KeyField.model_validate({"name": "total", "value": "4.00", "confidence": 0.9876, **place})
    buyer = DetailField.model_validate({"name": "buyer", "value": "=Ada", **place})
    document = builders.document().model_copy(update={"fields": (total,), "details": (buyer,)})
    assert rows_of(document, Output.FIELDS)[1:] == [
        ["total", "4.00", "4.00", "2", "false", "", "0.988"],
        ["buyer", "'=Ada", "4.00", "2", "false", "", ""],
    ]


def test_fields_without_any_have_head() -> None:
    assert rows_of(builders.document(), Output.FIELDS) == [
        ["name", "value", "written", "page", "ambiguous", "alternatives", "confidence"]
    ]
