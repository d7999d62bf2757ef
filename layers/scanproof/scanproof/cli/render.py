"""Renders a document on the terminal: text with every correction marked, key fields, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scanproof.cli.console import count_of, print_table
from scanproof.document import (
    Document,
    Edit,
    FoundField,
    Line,
    Page,
    ReviewReason,
    Suggestion,
)
from scanproof.edits import apply, words_around


def render_document(document: Document, console: Console) -> None:
    """Prints the pages, key fields, failed checks and warnings of a document."""
    for page in document.pages:
        _render_page(document, page, console)
    if document.fields or document.details:
        print_table(fields_table((*document.fields, *document.details)), console)
    render_findings(document, console)


def _render_page(document: Document, page: Page, console: Console) -> None:
    wraps = console.is_terminal  # between words; a file or a pipe gets each line as one
    console.print(Text(f"{_title(document, page)}:\n", style="bold"), soft_wrap=not wraps)
    console.print(marked_page(page), end="\n\n", soft_wrap=not wraps)


def render_findings(document: Document, console: Console) -> None:
    """Prints the reasons for a review, the failed checks and the warnings of a document."""
    for reason in document.review_reasons:
        console.print(Text.assemble(("review: ", "yellow"), review_text(reason)))
    for finding in check_findings(document):
        console.print(Text.assemble(("check: ", "yellow"), finding))
    for warning in document.warnings:
        console.print(Text.assemble(("note: ", "yellow"), warning))


def check_findings(document: Document) -> list[str]:
    """Describes each failed check: its place, counted from 1, the cause, and the number that would make it hold."""
    findings = []
    for flag in document.flags:
        where = f"page {flag.places[0].page}, line {flag.places[0].line + 1}: "
        findings.append(f"{where}{flag.message}{_suggestion_text(flag.suggestion)}")
    for field in document.fields:
        if field.suggestion:
            where = f"page {field.page}, line {field.line + 1}: the total is not the sum of subtotal and taxes"
            findings.append(f"{where}{_suggestion_text(field.suggestion)}")
    return findings


def _suggestion_text(suggestion: Suggestion | None) -> str:
    """Describes a suggestion, such as ``; 10.58 may be 10.50``; empty for None."""
    return f"; {suggestion.raw} may be {suggestion.suggested}" if suggestion else ""


def review_text(reason: ReviewReason) -> str:
    """Describes a reason for a review: code, count, pages and confidence, such as ``low_confidence (1), page 3``."""
    pages = f", page {', '.join(map(str, reason.pages))}" if reason.pages else ""
    confidence = f", confidence {reason.confidence:.2f}" if reason.confidence is not None else ""
    return f"{reason.code} ({reason.count}){pages}{confidence}"


@dataclass(frozen=True)
class Change:
    """Whole words that edits changed: ``raw``, which is ``line.raw[start:end]``, became ``corrected``."""

    start: int
    end: int
    raw: str
    corrected: str


def changes(line: Line) -> Iterator[Change]:
    """Yields the edits of a line in order, each widened to the words that it touches; edits of one word are one."""
    spans: list[tuple[int, int, list[Edit]]] = []
    for edit in line.edits:
        start, end = words_around(line.raw, edit.start, edit.end)
        edits = [edit]
        if spans and start <= spans[-1][1]:
            earlier_start, earlier_end, earlier = spans.pop()
            start, end, edits = earlier_start, max(earlier_end, end), [*earlier, edit]
        spans.append((start, end, edits))
    for start, end, edits in spans:
        yield Change(start, end, line.raw[start:end], apply(line.raw, edits, start, end))


def before_and_after(page: Page, title: str) -> Table:
    """Builds a table of the page's lines: raw text beside corrected text, changed words coloured.

    Args:
        page: with its lines.
        title: of the table.
    """
    table = Table("raw", "corrected", title=title, title_justify="left", expand=True, border_style="dim")
    for column in table.columns:
        column.ratio = 1
        column.overflow = "fold"
    for line in page.lines:
        raw, corrected, position = Text(style="" if line.edits else "dim"), Text(), 0
        for change in changes(line):
            for text in (raw, corrected):
                text.append(line.raw[position : change.start])
            raw.append(change.raw, style="red")
            corrected.append(change.corrected, style="bold green")
            position = change.end
        table.add_row(raw.append(line.raw[position:]), corrected.append(line.raw[position:]))
    return table


def marked_page(page: Page) -> Text:
    """Joins the lines of a page, each marked by `marked_line`."""
    return Text("\n").join(marked_line(line) for line in page.lines)


def marked_line(line: Line) -> Text:
    """Marks the words that were changed, with and without colours: ``[-deleted-]{+inserted+}``, as wdiff does."""
    text, position = Text(), 0
    for change in changes(line):
        text.append(line.raw[position : change.start])
        if change.raw:
            text.append(f"[-{change.raw}-]", style="red")
        if change.corrected:
            text.append(f"{{+{change.corrected}+}}", style="bold green")
        position = change.end
    return text.append(line.raw[position:])


def fields_table(fields: Sequence[FoundField]) -> Table:
    """Builds a table of fields with their places in the document."""
    table = Table("field", "value", "written", "page", "line", box=None, header_style="dim")
    for field in fields:
        value = f"{field.value} (ambiguous: {' or '.join(field.alternatives)})" if field.ambiguous else field.value
        label = str(field.name).replace("_", " ")
        table.add_row(label, Text(value, style="bold"), Text(field.written), str(field.page), str(field.line + 1))
    return table


def _title(document: Document, page: Page) -> str:
    edits = sum(len(line.edits) for line in page.lines)
    parts = [document.source.name, f"page {page.number} of {len(document.pages)}", count_of(edits, "correction")]
    return " · ".join([*parts, *(flag.value for flag in page.flags)])
