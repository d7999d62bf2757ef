"""Pages of our own: what was read of a line is found by its place, also where the page lay turned."""

from __future__ import annotations

from random import Random

import pytest
from PIL import ImageFont

from model_training.rendered import Set, degrade, read_lines, set_page
from scanproof.document import Box, Line

TEXTS = ["Invoice No: 12345", "Total 12.00", "‘Thank’ you"]


def page() -> Set:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return set_page(TEXTS, font, Random(1))


def read(text: str, left: float, middle: float) -> Line:
    return Line(raw=text, text=text, box=Box(left=left, top=middle - 8, right=left + 100, bottom=middle + 8))


def test_pieces_of_a_line_are_joined_in_order_and_found_by_their_height() -> None:
    set_ = page()
    first, second, third = (middle for _, middle in set_.lines)
    found = [read("12.00", 400, second + 2), read("Totel", 60, second - 2), read("'Thank' you", 60, third)]
    assert read_lines(set_, [*found, read("a stain", 60, first - set_.distance)], 0.0) == [
        ("Totel 12.00", "Total 12.00"),
        ("'Thank' you", "'Thank' you"),  # quotes that the engine cannot write
    ]


def test_a_turned_page_is_turned_back() -> None:
    set_ = page()
    middle = set_.lines[1][1]
    far_right = set_.image.width - 110
    raised = (set_.image.width / 2 - 60) * 0.0349  # two degrees
    assert read_lines(set_, [read("12.00", far_right, middle - raised)], 2.0) == [("12.00", "Total 12.00")]


def test_a_page_has_as_much_of_each_line_as_fits() -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    [(text, _)] = set_page(["word " * 400], font, Random(1)).lines
    assert set(text.split()) == {"word"}
    assert 20 < len(text.split()) < 200


@pytest.mark.parametrize("seed", range(12))
def test_degrading_keeps_the_size_and_repeats_itself(seed: int) -> None:
    image = page().image
    once, again = degrade(image, Random(seed)), degrade(image, Random(seed))
    assert once.size == image.size
    assert once.tobytes() == again.tobytes() != image.tobytes()
