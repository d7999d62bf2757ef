"""Renders tables, fields and line items for spreadsheets: CSV page by page, and one XLSX workbook.

A spreadsheet program runs what begins like a formula, and text of a scan is not to be trusted: in CSV such text gets an
apostrophe in front, in XLSX every cell states its type.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from scanproof.document import Document, Page, Table, TableCell
from scanproof.values.amounts import parse_amount
from scanproof.values.numbers import parse_number

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_WORKBOOK_CELLS = 200_000  # they are in memory until the workbook is written, with 0.6 kB each
MAX_SHEETS = 500  # spreadsheet programs become slow with more
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_PLAIN_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})(?:[.,' \u00a0\u202f][0-9]+)*")
_MAX_DIGITS = 15  # that a number of a spreadsheet keeps
_PORTRAIT_COLUMNS = 5  # of a sheet; one with more is printed across
_COLUMN_WIDTH = (8, 60)  # characters, least and most


def csv_row(texts: Iterable[str]) -> str:
    """Renders a row of CSV (RFC 4180) without anything that a spreadsheet program would run."""
    rendered = io.StringIO()
    csv.writer(rendered).writerow([_harmless(text) for text in texts])
    return rendered.getvalue()


def _harmless(text: str) -> str:
    is_formula = text.startswith(_FORMULA) and parse_amount(text) is None
    return f"'{text}" if is_formula else text


TABLES_HEAD = csv_row(["table", "page", "row"]).encode()
_FIELDS_HEAD = ["name", "value", "written", "page", "ambiguous", "alternatives", "confidence"]
_ITEMS_HEAD = ["page", "description", "quantity", "unit_price", "amount", "agrees"]


def tables_csv_page(page: Page) -> bytes:
    """Renders the tables of a page: number of the table, page and row, counted from 1, then the texts of its columns.

    The text of a cell that spans others stands in the first of them. Headers that later pages repeat are left out.
    """
    return "".join(
        csv_row([str(table.number), str(page.number), str(row + 1), *texts])
        for table in page.tables
        for row, texts in rows_of_table(table)
    ).encode()


def rows_of_table(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows of a part of a table, with their number in the whole table from 0; no repeated header."""
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    for index in range(table.repeated_rows, table.rows):
        yield index - table.repeated_rows + table.rows_before, rows[index]


def fields_csv(document: Document) -> bytes:
    """Renders the key fields, then the details; ``confidence`` is empty in documents before schema version 1.2."""
    rows = [
        [
            field.name,
            field.value,
            field.written,
            str(field.page),
            str(field.ambiguous).lower(),
            "; ".join(field.alternatives),
            "" if field.confidence is None else f"{field.confidence:.3f}",
        ]
        for field in (*document.fields, *document.details)
    ]
    return "".join(map(csv_row, [_FIELDS_HEAD, *rows])).encode()


def line_items_csv(document: Document) -> bytes:
    """Renders the line items; what is not known is empty."""
    rows = [
        [
            str(item.page),
            item.description or "",
            item.quantity or "",
            item.unit_price or "",
            item.amount or "",
            "" if item.agrees is None else str(item.agrees).lower(),
        ]
        for item in document.line_items
    ]
    return "".join(map(csv_row, [_ITEMS_HEAD, *rows])).encode()


class Workbook:
    """An XLSX workbook with a sheet for each table; a table over several pages is one sheet."""

    def __init__(self) -> None:
        # Loaded when it is needed: most documents are published without.
        import xlsxwriter

        self._content = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._content, {"in_memory": True, "strings_to_urls": False})
        self._bold = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1, "bg_color": "#EEEEEE"}
        self._formats: dict[tuple[str, bool, bool], Format] = {}
        self._sheets: dict[int, Worksheet] = {}
        self._widths: dict[int, list[int]] = {}
        self._cells = 0
        self._is_full = False

    def add(self, page: Page) -> None:
        """Adds the tables of the next page."""
        for table in page.tables:
            if self._cells + len(table.cells) > MAX_WORKBOOK_CELLS or len(self._sheets) >= MAX_SHEETS:
                self._is_full = True
                return
            self._cells += len(table.cells)
            sheet = self._sheets.get(table.number)
            if sheet is None:
                sheet = self._book.add_worksheet(f"Table {table.number} (page {page.number})")
                self._sheets[table.number] = sheet
                sheet.freeze_panes(table.header_rows, 0)
                sheet.hide_gridlines(0)  # printed, too
                sheet.fit_to_pages(1, 0)
                if table.columns > _PORTRAIT_COLUMNS:
                    sheet.set_landscape()
                if table.header_rows:
                    sheet.repeat_rows(0, table.header_rows - 1)
            for cell in table.cells:
                if cell.row >= table.repeated_rows:
                    self._write(sheet, table, cell)
            self._fit_columns(sheet, table)

    def content(self, document: Document) -> bytes:
        """Finishes the workbook and returns the file."""
        if not self._sheets or self._is_full:
            sheet = self._book.add_worksheet("Note")
            note = "There are more tables: tables.csv has them all." if self._is_full else "No table was found."
            sheet.write_string(0, 0, note)
        created = datetime.fromisoformat(document.published_at)
        self._book.set_properties({"title": _xml(document.source.name), "created": created.replace(tzinfo=None)})
        self._book.close()
        return self._content.getvalue()

    def _write(self, sheet: Worksheet, table: Table, cell: TableCell) -> None:
        row = cell.row - table.repeated_rows + table.rows_before
        is_header = cell.row < table.header_rows
        text = _xml(cell.text)
        number = None if is_header else _number(text)
        look = self._format("@" if number is None else _number_format(text), is_header, cell.column_span > 1)
        if cell.row_span > 1 or cell.column_span > 1:
            last = (row + cell.row_span - 1, cell.column + cell.column_span - 1)
            sheet.merge_range(row, cell.column, *last, "", look)
        if number is not None:
            sheet.write_number(row, cell.column, number, look)
        elif text:
            sheet.write_string(row, cell.column, text[:32_767], look)  # Excel's limit of a cell

    def _format(self, number_format: str, is_header: bool, is_group: bool) -> Format:
        key = (number_format, is_header, is_header and is_group)
        if key not in self._formats:
            style = self._bold if is_header else {"text_wrap": True, "valign": "top"}
            if is_header and is_group:
                style = {**style, "align": "center"}
            self._formats[key] = self._book.add_format({**style, "num_format": number_format})
        return self._formats[key]

    def _fit_columns(self, sheet: Worksheet, table: Table) -> None:
        widths = self._widths.setdefault(table.number, [0] * table.columns)
        for cell in table.cells:
            if cell.column_span == 1:
                widths[cell.column] = max(widths[cell.column], len(cell.text))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(max(width + 2, _COLUMN_WIDTH[0]), _COLUMN_WIDTH[1]))


def _number(text: str) -> float | None:
    """Returns the number that a text is beyond doubt; codes with leading zeros and long numbers stay text."""
    if not _PLAIN_NUMBER.fullmatch(text) or sum(map(str.isdigit, text)) > _MAX_DIGITS:
        return None
    number = parse_number(text)
    return float(number.value) if number and not number.alternatives else None


def _number_format(text: str) -> str:
    number = parse_number(text)
    decimals = number.decimals if number else 0
    whole = "#,##0" if len(re.findall(r"[.,' \u00a0\u202f]", text)) > (decimals > 0) else "0"
    return whole + ("." + "0" * decimals if decimals else "")


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
