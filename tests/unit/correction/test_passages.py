"""Lines of a paragraph become running text, and edits of it find their way back."""

from __future__ import annotations

import pytest

from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.passages import Passage
from scanproof.document import Box
from scanproof.edits import TextEdit, apply

LINES = ("  The steamer was long con-", "tinned in port, and tbe crew", "went ashore.")


def test_divided_word_is_joined() -> None:
    assert Passage.of(LINES).text == "The steamer was long continned in port, and tbe crew went ashore."


def test_hyphen_stays_before_capital() -> None:
    assert Passage.of(["the Anglo-", "Saxon race"]).text == "the Anglo- Saxon race"


def test_edit_returns_to_its_line() -> None:
    passage = Passage.of(LINES)
    start = passage.text.index("tbe")
    [(number, edit)] = passage.line_edits(TextEdit(start + 1, start + 2, "h", 0.9))
    assert (number, apply(LINES[number], [edit]), edit.probability) == (1, "tinned in port, and the crew", 0.9)


def test_divided_word_changes_in_its_part() -> None:
    passage = Passage.of(LINES)
    start = passage.text.index("continned")
    [(number, edit)] = passage.line_edits(TextEdit(start, start + 9, "continued"))
    assert (number, apply(LINES[number], [edit])) == (1, "tinued in port, and tbe crew")


def test_edit_before_hyphen_stays_there() -> None:
    passage = Passage.of(["they were dis-", "ppointed"])
    start = passage.text.index("ppointed")
    [(number, edit)] = passage.line_edits(TextEdit(start, start, "a"))
    assert (number, apply(passage.lines[number], [edit])) == (0, "they were disa-")


def test_lost_hyphen_returns_to_line_end() -> None:
    passage = Passage.of(["  the am ", "ount due on Tues-", "day"])
    [(number, edit)] = passage.line_edits(TextEdit(6, 7, "", 0.9))
    assert (number, apply(passage.lines[number], [edit]), edit.probability) == (0, "  the am- ", 0.9)


def test_texts_without_hyphens_get_none() -> None:
    passage = Passage.of(["the am", "ouut due"])
    assert passage.line_edits(TextEdit(6, 7, "")) == []
    [(number, edit)] = passage.line_edits(TextEdit(6, 10, "oun"))
    assert (number, apply(passage.lines[number], [edit])) == (1, "ount due")


@pytest.mark.parametrize(
    ("lines", "edit"),
    [
        (["the am", "ount due"], TextEdit(6, 7, "o")),  # not only the blank
        (["the am.", "ount due"], TextEdit(7, 8, "")),
        (["the am", "Ount due"], TextEdit(6, 7, "")),
        (["the am", "1 due"], TextEdit(6, 7, "")),
    ],
)
def test_lines_are_never_joined(lines: list[str], edit: TextEdit) -> None:
    assert Passage.of(lines).line_edits(edit) == []


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (["the quick brown fox", "jumps over the dog", "", "and runs away then"], [[0, 1], [2], [3]]),
        (["Coffee   2   4.00", "Tea      1   2.50"], [[0], [1]]),
        (["the quick brown fox jumps over", "it."], [[0, 1]]),
        (["the quick brown fox jumps over", "Total"], [[0], [1]]),
        (["Total", "due by the end of the month"], [[0], [1]]),
        (["the end.", "A new paragraph of some length begins here"], [[0], [1]]),
        ([], []),
    ],
)
def test_running_text_is_grouped(lines: list[str], groups: list[list[int]]) -> None:
    assert paragraphs_of(lines) == groups


def test_columns_are_apart() -> None:
    lines = ["the quick brown fox", "jumps over the dog"]
    beside = [Box(left=0, top=0, right=100, bottom=10), Box(left=120, top=0, right=220, bottom=10)]
    below = [beside[0], Box(left=0, top=12, right=100, bottom=22)]
    far = [beside[0], Box(left=0, top=60, right=100, bottom=70)]
    assert [paragraphs_of(lines, boxes) for boxes in (beside, below, far)] == [[[0], [1]], [[0, 1]], [[0], [1]]]
