from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from scanproof.document import MAX_RULINGS, Box, Line, Word
from scanproof.rulings import Gray, find_rulings, outside_words


def drawn(*lines: tuple[int, int, int, int], width: int = 2, ink: int = 60, size: tuple[int, int] = (800, 600)) -> Gray:
    image = Image.new("L", size, 240)
    draw = ImageDraw.Draw(image)
    for line in lines:
        draw.line(line, fill=ink, width=width)
    return np.asarray(image)


def test_lines_are_found_where_drawn() -> None:
    found = find_rulings(drawn((100, 200, 700, 200), (150, 50, 150, 550)), 150)
    assert found == (pytest.approx((150, 50, 150, 550), abs=4), pytest.approx((100, 200, 700, 200), abs=4))


@pytest.mark.parametrize("shift", [-14, 0, 14])
def test_skewed_line_keeps_its_slope(shift: int) -> None:
    [found] = find_rulings(drawn((100, 300, 700, 300 + shift)), 150)
    assert found == pytest.approx((100, 300, 700, 300 + shift), abs=5)


def test_faint_line_in_noise_is_found() -> None:
    noise = np.random.default_rng(3).normal(0, 8, (600, 800))
    image = np.clip(drawn((100, 200, 700, 200), ink=180) + noise, 0, 255).astype(np.uint8)
    assert any(line == pytest.approx((100, 200, 700, 200), abs=30) for line in find_rulings(image, 150))


def test_fine_line_stays_when_reduced() -> None:
    [found] = find_rulings(drawn((300, 601, 2000, 601), width=1, size=(2400, 1200)), 300)
    assert found == pytest.approx((300, 601, 2000, 601), abs=10)


@pytest.mark.parametrize("shift", [-8, 0, 8])
def test_walls_of_low_box_are_found(shift: int) -> None:
    lines = [(100, y, 700, y + shift) for y in (200, 226)]
    walls = [(x, 200 + shift * (x - 100) // 600, x, 226 + shift * (x - 100) // 600) for x in (100, 300, 699)]
    found = [line for line in find_rulings(drawn(*lines, *walls), 150) if line[3] - line[1] > line[2] - line[0]]
    assert [line[0] for line in sorted(found)] == pytest.approx([100, 300, 699], abs=3)


def test_strokes_between_lines_are_no_walls() -> None:
    lines = [(100, y, 700, y) for y in (200, 226)]
    strokes = [(300, 206, 300, 220), (400, 200, 400, 214), (500, 212, 500, 226)]
    assert all(line[1] == line[3] for line in find_rulings(drawn(*lines, *strokes), 150))


def test_line_beyond_words_stays() -> None:
    boxes = [Box(left=left, top=95, right=left + 60, bottom=115) for left in (100, 170, 240, 310)]
    words = Line(
        raw="a b c d",
        text="a b c d",
        box=Box.around(boxes),
        words=tuple(Word(start=2 * index, end=2 * index + 1, box=box) for index, box in enumerate(boxes)),
    )
    assert outside_words([(100, 105, 370, 105)], [words]) == ()
    assert outside_words([(100, 105, 480, 105)], [words]) == ((100, 105, 480, 105),)


def test_bars_and_short_strokes_are_none() -> None:
    assert find_rulings(drawn((100, 200, 700, 200), width=40), 150) == ()
    assert find_rulings(drawn((100, 200, 130, 200)), 150) == ()


@pytest.mark.parametrize("size", [(1, 1), (4, 3000), (3000, 4)])
def test_tiny_images_have_none(size: tuple[int, int]) -> None:
    assert find_rulings(np.full(size, 128, np.uint8), 300) == ()


def test_absurd_resolution_does_not_fail() -> None:
    image = drawn((100, 200, 700, 200))
    assert len(find_rulings(image, 1)) <= MAX_RULINGS
    assert find_rulings(image, 100_000) == ()


def test_dithered_image_has_none() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (1500, 1500)).astype(np.uint8))
    assert len(find_rulings(np.asarray(image.filter(ImageFilter.BoxBlur(2))), 150)) <= MAX_RULINGS


def test_strokes_of_letters_are_left_out() -> None:
    word = Word(start=0, end=4, box=Box(left=100, top=100, right=300, bottom=140))
    line = Line(raw="Word", text="Word", box=word.box, words=(word,))
    underline, stroke, upright = (100, 142, 300, 142), (110, 121, 290, 121), (200, 50, 200, 400)
    assert outside_words([underline, stroke, upright], [line]) == (underline, upright)
