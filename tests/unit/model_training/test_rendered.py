"""Rendered pages: readings are matched with their line by position, also on a turned page."""

from __future__ import annotations

from random import Random

import pytest
from PIL import ImageFont

from model_training.rendered import RenderedPage, degrade, read_lines, render_form, render_page
from scanproof.document import Box, Line

TEXTS = ["Invoice No: 12345", "Total 12.00", "‘Thank’ you"]


def page() -> RenderedPage:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return render_page(TEXTS, font, Random(1))


def read(text: str, left: float, middle: float) -> Line:
    return Line(raw=text, text=text, box=Box(left=left, top=middle - 8, right=left + 100, bottom=middle + 8))


def test_pieces_of_lines_are_joined() -> None:
    rendered = page()
    first, second, third = (middle for _, middle in rendered.lines)
    found = [read("12.00", 400, second + 2), read("Totel", 60, second - 2), read("'Thank' you", 60, third)]
    assert read_lines(rendered, [*found, read("a stain", 60, first - rendered.distance)], 0.0) == [
        ("Totel 12.00", "Total 12.00"),
        ("'Thank' you", "'Thank' you"),  # quotes that the engine cannot write
    ]


def test_turned_page_is_turned_back() -> None:
    rendered = page()
    middle = rendered.lines[1][1]
    far_right = rendered.image.width - 110
    raised = (rendered.image.width / 2 - 60) * 0.0349  # two degrees
    assert read_lines(rendered, [read("12.00", far_right, middle - raised)], 2.0) == [("12.00", "Total 12.00")]


def test_long_lines_are_cut() -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    [(text, _)] = render_page(["word " * 400], font, Random(1)).lines
    assert set(text.split()) == {"word"}
    assert 20 < len(text.split()) < 200


def test_form_rows_are_lines() -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    form = render_form([("Name:", "Ada Lovelace"), ("DATE", "")], font, Random(1))
    assert [text for text, _ in form.lines] == ["Name: Ada Lovelace", "DATE"]
    middle = form.lines[0][1]
    label, entry = read("Name:", 70, middle), read("Ada Lovelace", 700, middle)
    assert read_lines(form, [entry, label], 0.0) == [("Name: Ada Lovelace", "Name: Ada Lovelace")]


@pytest.mark.parametrize("seed", range(12))
def test_degradation_is_reproducible(seed: int) -> None:
    image = page().image
    once, again = degrade(image, Random(seed)), degrade(image, Random(seed))
    assert once.size == image.size
    assert once.tobytes() == again.tobytes() != image.tobytes()
