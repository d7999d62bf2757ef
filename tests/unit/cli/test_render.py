"""Documents on a terminal and in a pipe."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from scanproof.cli.console import count_of
from scanproof.cli.render import before_and_after, marked_line, render_document, render_findings
from scanproof.document import (
    CheckCode,
    CheckFlag,
    CheckPlace,
    FieldName,
    KeyField,
    Line,
    ReviewCode,
    ReviewReason,
    Suggestion,
)
from tests.builders import BOX, document, edit, line, page

RAW = "Tota1  due:: 5"
DUE = page(1, line(RAW, edit(RAW, 4, 5, "l"), edit(RAW, 5, 6, ""), edit(RAW, 14, 14, ".00"), text="Total due:: 5.00"))


def rendered(*, terminal: bool, colour: bool = True, width: int = 80) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, no_color=not colour, width=width, soft_wrap=True)
    render_document(document(DUE), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def without_styles(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_pipe_marks_deleted_and_inserted_words() -> None:
    title = "scan.png · page 1 of 1 · 3 corrections"
    assert rendered(terminal=False) == f"{title}:\n\n[-Tota1 -]{{+Total+}} due:: [-5-]{{+5.00+}}\n\n"


@pytest.mark.parametrize("colour", [True, False])
def test_terminal_marks_corrections_in_any_colours(colour: bool) -> None:
    text = rendered(terminal=True, colour=colour)
    assert ("\x1b[31m" in text) == colour
    assert without_styles(text) == rendered(terminal=False)


def test_long_lines_wrap_on_a_terminal() -> None:
    lines = without_styles(rendered(terminal=True, width=24)).splitlines()
    assert max(map(len, lines)) <= 24
    assert " ".join(" ".join(lines[2:]).split()) == "[-Tota1 -]{+Total+} due:: [-5-]{+5.00+}"


def test_before_and_after_side_by_side() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=60)
    console.print(before_and_after(DUE, "scan"))
    assert isinstance(console.file, io.StringIO)
    [row] = [row for row in console.file.getvalue().splitlines() if "Tota" in row]
    assert [cell.strip() for cell in row.split("│")[1:3]] == [RAW, "Total due:: 5.00"]


def test_edits_of_one_word_join() -> None:
    raw = "a tbc1 in voice b"
    edited = line(raw, edit(raw, 3, 4, "h"), edit(raw, 5, 6, "l"), edit(raw, 9, 10, ""), text="a thcl invoice b")
    assert marked_line(edited).plain == "a [-tbc1-]{+thcl+} [-in voice-]{+invoice+} b"


def test_unchanged_line_has_no_marks() -> None:
    unchanged: Line = line("Total due [net]")
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    render_document(document(page(1, unchanged)), console)
    assert isinstance(console.file, io.StringIO)
    assert "\nTotal due [net]\n" in console.file.getvalue()
    assert "0 corrections" in console.file.getvalue()


def test_counts_have_the_right_plural() -> None:
    assert [count_of(number, "page") for number in (0, 1, 1200)] == ["0 pages", "1 page", "1,200 pages"]


def test_review_reasons_are_printed() -> None:
    reasons = (
        ReviewReason(code=ReviewCode.LOW_CONFIDENCE, count=2, pages=(1, 3), confidence=0.614),
        ReviewReason(code=ReviewCode.LITTLE_TEXT, count=1),
    )
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    render_document(document(DUE).model_copy(update={"needs_review": True, "review_reasons": reasons}), console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "review: low_confidence (2), page 1, 3, confidence 0.61\nreview: little_text (1)\n" in shown


def test_suggestions_are_printed() -> None:
    suggestion = Suggestion(page=1, line=0, start=0, end=5, raw="37.58", suggested="37.50", probability=0.01)
    place = CheckPlace(page=1, line=0, box=BOX, written="37.58")
    flag = CheckFlag(code=CheckCode.ROW_PRODUCT, message="no product", places=(place,), suggestion=suggestion)
    total = KeyField(
        name=FieldName.TOTAL, value="37.58", written="37.58", page=1, line=3, box=BOX,
        flags=("sum_mismatch",), suggestion=suggestion,
    )  # fmt: skip
    console = Console(file=io.StringIO(), force_terminal=False, width=80, soft_wrap=True)
    render_findings(document(DUE).model_copy(update={"flags": (flag,), "fields": (total,)}), console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "check: page 1, line 1: no product; 37.58 may be 37.50",
        "check: page 1, line 4: the total is not the sum of subtotal and taxes; 37.58 may be 37.50",
    ]
