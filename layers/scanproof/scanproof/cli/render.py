"""Renders a document on the terminal: text with every correction marked, key fields, warnings."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scanproof.cli.console import count_of
from scanproof.document import Document, FieldName, KeyField, Line, Page, ReviewReason, Suggestion


def render_document(document: Document, console: Console) -> None:
    """Prints the pages, key fields, failed checks and warnings of a document."""
    for page in document.pages:
        _render_page(document, page, console)
    if document.fields:
        console.print(fields_table(document.fields))
    render_findings(document, console)


def _render_page(document: Document, page: Page, console: Console) -> None:
    if console.is_terminal:
        panel = Panel(marked_page(page), title=_title(document, page), title_align="left", border_style="dim")
        console.print(panel)
    else:
        console.print(f"{_title(document, page)}:\n")
        console.print(marked_page(page, styled=False), end="\n\n")


def render_findings(document: Document, console: Console) -> None:
    """Prints the reasons for a review, the failed checks and the warnings of a document."""
    for reason in document.review_reasons:
        console.print(Text.assemble(("review: ", "yellow"), review_text(reason)))
    for flag in document.flags:
        where = f"page {flag.places[0].page}, line {flag.places[0].line + 1}: "
        console.print(Text.assemble(("check: ", "yellow"), where, flag.message, _suggestion_text(flag.suggestion)))
    for field in document.fields:
        if field.suggestion:
            where = f"page {field.page}, line {field.line + 1}: the total is not the sum of subtotal and taxes"
            console.print(Text.assemble(("check: ", "yellow"), where, _suggestion_text(field.suggestion)))
    for warning in document.warnings:
        console.print(Text.assemble(("note: ", "yellow"), warning))


def _suggestion_text(suggestion: Suggestion | None) -> str:
    """Describes a suggestion, such as ``; 10.58 may be 10.50``; empty for None."""
    return f"; {suggestion.raw} may be {suggestion.suggested}" if suggestion else ""


def review_text(reason: ReviewReason) -> str:
    """Describes a reason for a review: code, count, pages and confidence, such as ``low_confidence (1), page 3``."""
    pages = f", page {', '.join(map(str, reason.pages))}" if reason.pages else ""
    confidence = f", confidence {reason.confidence:.2f}" if reason.confidence is not None else ""
    return f"{reason.code} ({reason.count}){pages}{confidence}"


def before_and_after(page: Page, title: str, *, styled: bool = True) -> Table:
    """Builds a table of the page's lines: raw text beside corrected text.

    Args:
        page: with its lines.
        title: of the table.
        styled: whether corrections are marked by `marked_line`; else the corrected text stands unmarked.
    """
    table = Table("raw", "corrected", title=title, title_justify="left", expand=True, border_style="dim")
    for column in table.columns:
        column.ratio = 1
    for line in page.lines:
        corrected = marked_line(line) if styled else Text(line.text)
        table.add_row(Text(line.raw, style="" if line.edits else "dim"), corrected)
    return table


def marked_page(page: Page, *, styled: bool = True) -> Text:
    """Joins the lines of a page, each marked by `marked_line`."""
    return Text("\n").join(marked_line(line, styled=styled) for line in page.lines)


def marked_line(line: Line, *, styled: bool = True) -> Text:
    """Marks a line's corrections.

    Args:
        line: with its edits.
        styled: whether deleted text is red and struck out and inserted text green; without styles, for a pipe or a
            file, they are marked ``[-deleted-]{+inserted+}`` as by wdiff.
    """
    text, position = Text(), 0
    for edit in line.edits:
        text.append(line.raw[position : edit.start])
        if styled:
            text.append(edit.raw, style="red strike").append(edit.corrected, style="bold green")
        else:
            text.append(f"[-{edit.raw}-]" if edit.raw else "")
            text.append(f"{{+{edit.corrected}+}}" if edit.corrected else "")
        position = edit.end
    return text.append(line.raw[position:])


def fields_table(fields: tuple[KeyField, ...]) -> Table:
    """Builds a table of key fields with their places in the document."""
    table = Table("field", "value", "written", "page", "line", box=None, header_style="dim")
    for field in fields:
        value = f"{field.value} (ambiguous: {' or '.join(field.alternatives)})" if field.ambiguous else field.value
        label = FieldName(field.name).value.replace("_", " ")
        table.add_row(label, Text(value, style="bold"), field.written, str(field.page), str(field.line + 1))
    return table


def _title(document: Document, page: Page) -> str:
    edits = sum(len(line.edits) for line in page.lines)
    parts = [document.source.name, f"page {page.number} of {len(document.pages)}", count_of(edits, "correction")]
    return " · ".join([*parts, *(flag.value for flag in page.flags)])
