"""Segments with decoded columns become lines of words with boxes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.ocr.posterior import sparse_posterior
from scanproof.ocr.segments import Segment, group_into_lines


def quad(left: float, top: float, width: float, height: float = 30) -> np.ndarray:
    return np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]], float)


def segment(text: str, corners: np.ndarray, confidence: float = 0.9) -> Segment:
    """Builds a segment with one column per character, spaces included, as from evenly spaced text."""
    columns = [index for index, character in enumerate(text) if not character.isspace()]
    return Segment.from_ctc(corners, text, [columns], max(len(text), 1), [confidence] * len(text))


def test_word_boxes_follow_character_columns() -> None:
    line = group_into_lines([segment("ab cd", quad(100, 50, 500))])[0]
    assert [line.raw[word.start : word.end] for word in line.words] == ["ab", "cd"]
    first, second = line.words
    assert (first.box.left, first.box.right) == (100, 300)
    assert (second.box.left, second.box.right) == (400, 600)
    assert (first.box.top, first.box.bottom) == (50, 80)


def test_word_confidence_averages_its_characters() -> None:
    found = Segment.from_ctc(quad(0, 0, 500), "ab cd", [[0, 1], [3, 4]], 5, [0.9, 0.7, 0.2, 1.0, 0.5])
    words = group_into_lines([found])[0].words
    assert [word.confidence for word in words] == [0.8, 0.75]
    assert group_into_lines([found])[0].confidence == 0.66


def test_outer_spaces_are_dropped() -> None:
    line = group_into_lines([segment(" ab ", quad(0, 0, 400))])[0]
    assert line.raw == "ab"
    assert line.words[0].box.left == 100


@pytest.mark.parametrize(("space", "text"), [(0.2, "ab: 12"), (0.002, "ab:12")])
def test_gap_needs_probability_of_space(space: float, text: str) -> None:
    alphabet = ["", *" ab:12"]
    probabilities = np.full((6, len(alphabet)), 1e-6)
    probabilities[range(6), [2, 3, 4, 0, 5, 6]] = 0.7
    probabilities[3, 1] = space
    posterior = sparse_posterior(probabilities, alphabet)
    found = Segment.from_ctc(quad(0, 0, 600), "ab:12", [[0, 1, 2, 4, 5]], 6, [0.7] * 5, posterior)
    assert found.text == text


def test_label_and_amount_form_one_line() -> None:
    line = group_into_lines([segment("12.30", quad(600, 103, 90)), segment("TOTAL", quad(50, 100, 100))])[0]
    assert line.raw == "TOTAL 12.30"
    assert [line.raw[word.start : word.end] for word in line.words] == ["TOTAL", "12.30"]
    assert (line.box.left, line.box.right) == (50, 690)


def test_skewed_rows_stay_together() -> None:
    angle = math.radians(3)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    rows = [(f"article number {row}", f"{row}.00") for row in range(6)]
    segments = []
    for index, (label, amount) in enumerate(rows):
        segments.append(segment(label, quad(50, 100 + 45 * index, 400) @ turn.T))
        segments.append(segment(amount, quad(1000, 100 + 45 * index, 90) @ turn.T))
    assert [line.raw for line in group_into_lines(segments)] == [" ".join(row) for row in rows]


def test_vertical_segment_stacks_its_words() -> None:
    first, second = group_into_lines([segment("ab cd", quad(100, 50, 30, 500))])[0].words
    assert (first.box.top, first.box.bottom) == (50, 250)
    assert (second.box.top, second.box.bottom) == (450, 550) or second.box.top == pytest.approx(350)
    assert first.box.left == second.box.left == 100


texts = st.text(alphabet="aB1 .—é漢", min_size=1, max_size=30).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(texts, st.integers(0, 800), st.integers(0, 900)), min_size=1, max_size=12))
def test_words_cover_their_line(drawn: list[tuple[str, int, int]]) -> None:
    lines = group_into_lines([segment(text, quad(left, top, 200)) for text, left, top in drawn])
    assert sum(len(line.raw.split()) for line in lines) == sum(len(text.split()) for text, _, _ in drawn)
    for line in lines:
        assert [line.raw[word.start : word.end] for word in line.words] == line.raw.split()
        for word in line.words:
            assert line.box.left <= word.box.left <= word.box.right <= line.box.right
