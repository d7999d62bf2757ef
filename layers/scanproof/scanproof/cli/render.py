"""A document on the screen: text with every correction marked, key fields, warnings."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scanproof.document import Document, FieldName, KeyField, Line, Page


def present(document: Document, console: Console) -> None:
    """Prints a document."""
    for page in document.pages:
        console.print(Panel(marked_page(page), title=_title(document, page), title_align="left", border_style="dim"))
    if document.fields:
        console.print(fields_table(document.fields))
    for flag in document.flags:
        where = f"page {flag.places[0].page}, line {flag.places[0].line + 1}: "
        console.print(Text.assemble(("check: ", "yellow"), where, flag.message))
    for warning in document.warnings:
        console.print(Text.assemble(("note: ", "yellow"), warning))


def before_and_after(page: Page, title: str) -> Table:
    """The page's lines as recognised and, beside each, as proofread with its corrections marked."""
    table = Table("as recognised", "proofread", title=title, title_justify="left", expand=True, border_style="dim")
    for column in table.columns:
        column.ratio = 1
    for line in page.lines:
        table.add_row(Text(line.raw, style="" if line.edits else "dim"), marked_line(line))
    return table


def marked_page(page: Page) -> Text:
    """The page's lines, corrections marked."""
    return Text("\n").join(marked_line(line) for line in page.lines)


def marked_line(line: Line) -> Text:
    """A line with what was struck out in red and what came in its place in green."""
    text, position = Text(), 0
    for edit in line.edits:
        text.append(line.raw[position : edit.start])
        text.append(edit.raw, style="red strike")
        text.append(edit.corrected, style="bold green")
        position = edit.end
    return text.append(line.raw[position:])


def fields_table(fields: tuple[KeyField, ...]) -> Table:
    """Key fields and where they stand."""
    table = Table("field", "value", "written", "page", "line", box=None, header_style="dim")
    for field in fields:
        value = f"{field.value} (ambiguous: {' or '.join(field.alternatives)})" if field.ambiguous else field.value
        label = FieldName(field.name).value.replace("_", " ")
        table.add_row(label, Text(value, style="bold"), field.written, str(field.page), str(field.line + 1))
    return table


def _title(document: Document, page: Page) -> str:
    parts = [document.source.name, f"page {page.number} of {len(document.pages)}"]
    edits = sum(len(line.edits) for line in page.lines)
    parts.append(f"{edits} correction{'' if edits == 1 else 's'}")
    return " · ".join([*parts, *(flag.value for flag in page.flags)])
