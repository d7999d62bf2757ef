"""Renders a page as Markdown (CommonMark with tables as GitHub's): paragraphs and tables in reading order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from scanproof.document import Box, Page, Table

PAGE_SEPARATOR = b"\n---\n\n"
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$]")
_AT_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[+-](?=\s|$)|[-=]{2,}\s*$)")
_NUMBERED = re.compile(r"^(\s*[0-9]{1,9})([.)])(?=\s|$)")
_PARAGRAPH_GAP = 0.8  # blank between two paragraphs, in heights of the lower one's line


def markdown_page(page: Page) -> bytes:
    """Renders the corrected text of a page; a table stands where its first line is, and its text nowhere else."""
    blocks = [*_blocks(page)]
    return "".join(f"{block}\n" for block in "\n\n".join(blocks).split("\n")).encode() if blocks else b""


def _blocks(page: Page) -> Iterator[str]:
    taken = _spans_in_tables(page)
    pending: list[str] = []
    written: set[int] = set()
    previous: Box | None = None
    for index, line in enumerate(page.lines):
        rest = _without(line.text, [(start, end) for start, end, _ in taken[index]])
        tables = [number for number in sorted({number for _, _, number in taken[index]}) if number not in written]
        if pending and (tables or (rest and previous and _is_apart(previous, line.box))):
            yield "\n".join(pending)
            pending = []
        for number in tables:
            written.add(number)
            yield markdown_table(page.tables[number])
        if rest:
            pending.append(escaped(rest))
            previous = line.box
    if pending:
        yield "\n".join(pending)
    for number, table in enumerate(page.tables):
        if number not in written:
            yield markdown_table(table)


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
    """Renders a table with pipes. Its header rows become one; a text that spans several places stands in the first."""
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = escaped(cell.text)
    header = [" ".join(filter(None, column)) for column in zip(*rows[: table.header_rows], strict=True)]
    lines = [header or [""] * table.columns, ["---"] * table.columns, *rows[table.header_rows :]]
    return "\n".join(f"| {' | '.join(texts)} |" for texts in lines)


def escaped(text: str) -> str:
    """Escapes what Markdown would take for markup."""
    text = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    text = _AT_LINE_START.sub(r"\1\\\2", text)
    return _NUMBERED.sub(r"\1\\\2", text)
