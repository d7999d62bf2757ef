"""Dropped spaces are restored where a gap shows them, and nowhere else."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.ocr.spacing import find_dropped_spaces


def restore_spaces(text: str, wide: int, gap: float) -> str:
    """Sets ``text`` at distance 1, except for ``gap`` before the character at ``wide``, and restores dropped spaces."""
    centres = list(accumulate(gap if index == wide else 1.0 for index in range(len(text))))
    for index in reversed(find_dropped_spaces(text, centres)):
        text = f"{text[:index]} {text[index:]}"
    return text


@pytest.mark.parametrize(
    ("text", "wide", "gap", "expected"),
    [
        ("Date:13/12/2017", 5, 1.5, "Date: 13/12/2017"),
        ("Level G2,Block", 9, 1.5, "Level G2, Block"),
        ("18March 2024", 2, 2.0, "18 March 2024"),
        ("RM2.70S", 6, 2.0, "RM2.70 S"),
        ("21:26:30", 3, 1.5, "21:26:30"),
        ("1,250.00", 2, 1.5, "1,250.00"),
        ("1,250.00", 6, 3.0, "1,250.00"),
        ("Ampang", 2, 3.0, "Ampang"),
        ("A4", 1, 3.0, "A4"),
    ],
)
def test_wide_gaps_become_spaces(text: str, wide: int, gap: float, expected: str) -> None:
    assert restore_spaces(text, wide, gap) == expected


@settings(deadline=None)
@given(st.text(max_size=40))
def test_evenly_spaced_text_is_unchanged(text: str) -> None:
    assert find_dropped_spaces(text, range(len(text))) == []
