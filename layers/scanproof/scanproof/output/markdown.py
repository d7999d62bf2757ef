"""Renders a document as Markdown (CommonMark with tables as GitHub's): paragraphs and tables in reading order."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.document import Box, Page, Table
from scanproof.values.amounts import parse_amount

_PAGE_BREAK = "---"
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$]")
_AT_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[+-](?=\s|$)|[-=]{2,}\s*$)")
_NUMBERED = re.compile(r"^(\s*[0-9]{1,9})([.)])(?=\s|$)")
_PARAGRAPH_GAP = 0.8  # blank between two paragraphs, in heights of the lower one's line


@dataclass(frozen=True)
class _Block:
    """A paragraph, or a table of the page."""

    text: str
    table: Table | None = None


class MarkdownDocument:
    """Renders the corrected text of a document whose pages are added in order.

    A table stands where its first line is, and its text nowhere else. One that goes on over pages is one table: what
    stands between its parts, such as the foot of a page, follows it.
    """

    def __init__(self) -> None:
        self._open: int | None = None  # number of the table that the next page may continue
        self._waiting: list[str] = []  # blocks behind that table
        self._has_pages = self._has_text = False

    def add(self, page: Page) -> bytes:
        """Returns what can be written when the next page is known."""
        blocks = [*_blocks(page)]
        before = [_PAGE_BREAK] if self._has_pages else []
        self._has_pages = True
        rendered = ""
        first = next((block.table for block in blocks if block.table), None)
        if first is not None and first.continues and first.number == self._open:
            rendered = "".join(f"\n{row}" for row in _body(first))
            blocks = [block for block in blocks if block.table is not first]
        ready = [*self._waiting, *before, *(block.text for block in blocks)]
        tables = [index for index, block in enumerate(blocks) if block.table]
        if tables:
            behind = len(ready) - len(blocks) + tables[-1] + 1
            last = blocks[tables[-1]].table
            self._open = last.number if last else None
        elif rendered:
            behind = 0  # the next page may continue the same table
        else:
            behind, self._open = len(ready), None
        self._waiting = ready[behind:]
        return (rendered + self._joined(ready[:behind])).encode()

    def rest(self) -> bytes:
        """Returns the end of the document."""
        rendered = self._joined(self._waiting)
        return f"{rendered}\n".encode() if self._has_text else b""

    def _joined(self, blocks: Sequence[str]) -> str:
        rendered = "".join(f"\n\n{block}" for block in blocks)
        if self._has_text or not rendered:
            return rendered
        self._has_text = True
        return rendered[1 if blocks[0] == _PAGE_BREAK else 2 :]  # a break on the first line would begin front matter


def _blocks(page: Page) -> Iterator[_Block]:
    taken = _spans_in_tables(page)
    pending: list[str] = []
    written: set[int] = set()
    previous: Box | None = None
    for index, line in enumerate(page.lines):
        rest = _without(line.text, [(start, end) for start, end, _ in taken[index]])
        tables = [number for number in sorted({number for _, _, number in taken[index]}) if number not in written]
        if pending and (tables or (rest and previous and _is_apart(previous, line.box))):
            yield _Block("\n".join(pending))
            pending = []
        for number in tables:
            written.add(number)
            yield _table_block(page.tables[number])
        if rest:
            pending.append(escaped(rest))
            previous = line.box
    if pending:
        yield _Block("\n".join(pending))
    for number, table in enumerate(page.tables):
        if number not in written:
            yield _table_block(table)


def _table_block(table: Table) -> _Block:
    return _Block(markdown_table(table), table)


def _spans_in_tables(page: Page) -> dict[int, list[tuple[int, int, int]]]:
    """Returns for each line start and end of what is in tables, with the table's index."""
    spans: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for number, table in enumerate(page.tables):
        for cell in table.cells:
            for span in cell.spans:
                spans[span.line].append((span.start, span.end, number))
    return spans


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    parts, position = [], 0
    for start, end in sorted(spans):
        parts.append(text[position:start])
        position = max(position, end)
    return " ".join(" ".join([*parts, text[position:]]).split())


def _is_apart(above: Box, below: Box) -> bool:
    height = below.bottom - below.top
    return below.top - above.bottom > _PARAGRAPH_GAP * height or below.bottom < above.top


def markdown_table(table: Table) -> str:
    """Renders a table with pipes; columns of amounts are right-aligned.

    Its header rows become one, in which a name that groups columns stands before each of theirs. Below it a text that
    spans several places stands in the first.
    """
    rows = _rows(table)
    for cell in table.cells:
        if cell.row < table.header_rows:
            for column in range(cell.column, cell.column + cell.column_span):
                rows[cell.row][column] = escaped(cell.text)
    header = [" ".join(filter(None, column)) for column in zip(*rows[: table.header_rows], strict=True)]
    amounts = amount_columns(table)
    rule = ["---:" if column in amounts else "---" for column in range(table.columns)]
    return "\n".join([_row(header or [""] * table.columns), _row(rule), *_body(table, rows)])


def amount_columns(table: Table) -> frozenset[int]:
    """Returns the columns in which most texts below the header are numbers or amounts."""
    filled: Counter[int] = Counter()
    amounts: Counter[int] = Counter()
    for cell in table.cells:
        if cell.row >= table.header_rows and cell.text and cell.column_span == 1:
            filled[cell.column] += 1
            amounts[cell.column] += parse_amount(cell.text) is not None
    return frozenset(column for column, count in filled.items() if amounts[column] > count / 2)


def _rows(table: Table) -> list[list[str]]:
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = escaped(cell.text)
    return rows


def _body(table: Table, rows: Sequence[Sequence[str]] | None = None) -> list[str]:
    """Renders the rows below the header."""
    return [_row(texts) for texts in (rows or _rows(table))[table.header_rows :]]


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def escaped(text: str) -> str:
    """Escapes what Markdown would take for markup."""
    text = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    text = _AT_LINE_START.sub(r"\1\\\2", text)
    return _NUMBERED.sub(r"\1\\\2", text)
