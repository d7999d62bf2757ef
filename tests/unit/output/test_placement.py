"""Words of corrected lines and their boxes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.document import Box, Edit, Line, Page, PageSource, Word
from scanproof.placement import corners_on_opened, place_words
from tests.builders import edit
from tests.unit.test_edits import edits_of

LETTER = 10  # pixels


def recognised(raw: str, *edits: Edit) -> Line:
    """A line whose characters are ten pixels wide each."""
    starts = [index for index in range(len(raw)) if raw[index] != " " and (index == 0 or raw[index - 1] == " ")]
    words = tuple(
        Word(start=start, end=start + len(part), box=box(start, start + len(part)), confidence=0.9)
        for start, part in zip(starts, raw.split(), strict=True)
    )
    text = raw
    for one in reversed(edits):
        text = text[: one.start] + one.corrected + text[one.end :]
    return Line(raw=raw, text=text, box=box(0, max(len(raw), 1)), words=words, edits=edits)


def box(start: float, end: float) -> Box:
    return Box(left=start * LETTER, top=0, right=end * LETTER, bottom=20)


def placed(raw: str, *changes: tuple[int, int, str]) -> list[tuple[str, float, float]]:
    words = place_words(recognised(raw, *(edit(raw, *change) for change in changes)))
    return [(word.text, word.box.left / LETTER, word.box.right / LETTER) for word in words]


def test_unchanged_words_keep_their_boxes() -> None:
    assert placed("two words") == [("two", 0, 3), ("words", 4, 9)]


def test_changed_word_keeps_its_place() -> None:
    assert placed("an Inv0ice here", (6, 7, "o")) == [("an", 0, 2), ("Invoice", 3, 10), ("here", 11, 15)]
    assert placed("a rnodel", (2, 4, "m")) == [("a", 0, 1), ("model", 2, 8)]


def test_split_word_divides_its_box() -> None:
    assert placed("ofthe day", (2, 2, " ")) == [("of", 0, 2), ("the", 2, 5), ("day", 6, 9)]
    assert placed("ofthe", (0, 5, "of the")) == [("of", 0, pytest.approx(5 / 3)), ("the", pytest.approx(2.5), 5)]


def test_merged_words_share_one_box() -> None:
    assert placed("in voice 7", (2, 3, "")) == [("invoice", 0, 8), ("7", 9, 10)]


def test_inserted_word_has_a_place() -> None:
    assert placed("a c", (2, 2, "b ")) == [("a", 0, 1), ("b", 1.5, 1.5), ("c", 2, 3)]


def test_line_without_words_is_divided() -> None:
    line = Line(raw="ab cd", text="ab cd", box=box(0, 5))
    assert [(word.text, word.box.left, word.box.right) for word in place_words(line)] == [("ab", 0, 20), ("cd", 30, 50)]


def test_lowest_confidence_counts() -> None:
    line = recognised("ab cd", edit("ab cd", 2, 3, ""))
    line = line.model_copy(update={"words": (line.words[0], line.words[1].model_copy(update={"confidence": 0.2}))})
    assert [word.confidence for word in place_words(line)] == [0.2]


@st.composite
def corrected(draw: st.DrawFn) -> Line:
    raw = " ".join(draw(st.lists(st.text(alphabet="abc", min_size=1, max_size=6), min_size=1, max_size=5)))
    return recognised(raw, *(edit(raw, one.start, one.end, one.corrected) for one in draw(edits_of(raw))))


@given(corrected())
def test_words_stay_in_their_line(line: Line) -> None:
    words = place_words(line)
    assert [word.text for word in words] == line.text.split()
    assert all(line.box.left <= word.box.left <= word.box.right <= line.box.right for word in words)
    assert all(line.text[word.start : word.end] == word.text for word in words)


def test_straightened_boxes_map_to_the_upload() -> None:
    quarter_turn = (0.0, -1.0, 200.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)  # page image to the opened one, 200 x 100 pixels
    page = Page(
        number=1,
        width=100,
        height=200,
        dpi=100,
        transform=quarter_turn,
        opened_size=(200, 100),
        source=PageSource.OCR,
    )
    corners = corners_on_opened(page, Box(left=0, top=0, right=50, bottom=20))
    assert corners == ((1, 0), (1, 0.5), (0.9, 0.5), (0.9, 0))
