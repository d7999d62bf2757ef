"""Page images turned upright and straightened: with a fake locator, and with RapidOCR on the samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from scanproof.document import Box, Page, Transform
from scanproof.ocr.deskew import apply, rotation_matrix
from scanproof.ocr.orientation import Pixels, Quads, Reading
from scanproof.ocr.page import recognise_page
from scanproof.ocr.rapidocr import RapidOcrEngine
from scanproof.ocr.sheet import find_sheet, warp
from scanproof.ocr.straighten import straighten
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage
from tests.unit.opening.paper import page_image

SAMPLES = Path(__file__).parents[3] / "samples"
LETTER = "clean-letter.png"


class FakeLocator:
    """Locates given segments; text is legible where the crop is."""

    def __init__(self, quads: Quads, forward: bool) -> None:
        self._quads = quads
        self._forward = forward

    def locate(self, image: Image.Image) -> Quads:
        return self._quads

    def crop(self, image: Image.Image, quads: Quads) -> list[Pixels]:
        crop = np.zeros((20, 160, 3), dtype=np.uint8)
        crop[0, 0] = 255
        return [crop for _ in quads]

    def upside_down(self, crops: Sequence[Pixels]) -> list[float]:
        return [1.0 for _ in crops]

    def read(self, crops: Sequence[Pixels]) -> list[Reading]:
        return [
            Reading("Invoice number", 0.97) if bool(crop[0, 0, 0]) == self._forward else Reading("jaqwnu", 0.5)
            for crop in crops
        ]


def rows(width: float, height: float) -> Quads:
    """Places six segments, side by side where they are higher than wide."""
    step = np.array([0, 30]) if width > height else np.array([30, 0])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    return np.array([corners + 10 + number * step for number in range(6)])


def mapped(transform: Transform | None, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Maps points of the page image to the opened image."""
    assert transform is not None
    return [tuple(point) for point in apply(np.array(transform).reshape(3, 3), np.array(points)).round(3).tolist()]


@pytest.mark.parametrize(
    ("size", "forward", "rotation", "origin"),
    [
        ((150, 20), True, 0, None),
        ((150, 20), False, 180, (400, 300)),
        ((20, 150), True, 270, (400, 0)),
        ((20, 150), False, 90, (0, 300)),
    ],
)
def test_image_is_turned_with_transform(
    size: tuple[float, float], forward: bool, rotation: int, origin: tuple[float, float] | None
) -> None:
    image = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(image).point((10, 20), fill="red")
    straight = straighten(image, FakeLocator(rows(*size), forward))
    assert straight.rotation == rotation
    if origin is None:
        assert straight.image is image
        assert straight.transform is None
        return
    assert straight.warnings == (f"The page image was turned {rotation} degrees clockwise before it was read.",)
    assert mapped(straight.transform, [(0, 0)]) == [origin]
    (row, column), *_ = np.argwhere((np.asarray(straight.image) == (255, 0, 0)).all(axis=-1)).tolist()
    assert mapped(straight.transform, [(column + 0.5, row + 0.5)]) == [(10.5, 20.5)]


def test_image_without_locator_stays() -> None:
    image = Image.new("RGB", (40, 30))
    assert straighten(image, None).image is image


def test_warp_moves_pixels_by_matrix() -> None:
    image = Image.new("RGB", (40, 30), "white")
    ImageDraw.Draw(image).rectangle((10, 5, 13, 8), fill="black")
    moved = warp(image, np.array([[1.0, 0, 7], [0, 1, 3], [0, 0, 1]]), (50, 40))
    assert np.argwhere(np.asarray(moved)[:, :, 0] < 128).min(axis=0).tolist() == [8, 17]
    turned = warp(image, rotation_matrix(90, (0, 0)), (10, 10))
    assert turned.getpixel((0, 0)) == (255, 255, 255)  # lies outside


def test_sheet_is_found_on_dark_table() -> None:
    photo = Image.new("RGB", (600, 800), (90, 60, 40))
    corners = [(120, 80), (480, 60), (560, 740), (50, 720)]
    ImageDraw.Draw(photo).polygon(corners, fill="white")
    found = find_sheet(photo)
    assert found is not None
    assert np.abs(found - corners).max() < 6


@pytest.mark.parametrize("corners", [[(-20, 80), (480, 60), (560, 740), (50, 720)], [(300, 80), (560, 740), (50, 720)]])
def test_unclear_sheet_is_not_found(corners: list[tuple[int, int]]) -> None:
    photo = Image.new("RGB", (600, 800), (90, 60, 40))
    ImageDraw.Draw(photo).polygon(corners, fill="white")
    assert find_sheet(photo) is None
    assert find_sheet(Image.new("RGB", (600, 800), "white")) is None
    assert find_sheet(Image.new("RGB", (1, 1))) is None


@pytest.fixture(scope="module")
def engine() -> RapidOcrEngine:
    return RapidOcrEngine(threads=1)


@pytest.fixture(scope="module")
def letter(engine: RapidOcrEngine) -> tuple[Image.Image, Page]:
    with open_scan(SAMPLES / LETTER, LETTER) as scan:
        opened = scan.page(1)
    assert isinstance(opened, ImagePage)
    return opened.image, recognise_page(opened, 1, engine)[0]


def error_rate(text: str, name: str) -> float:
    truth = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))[name]["pages"][0]
    return Levenshtein.distance(text, truth) / len(truth)


def box_in_opened(box: Box, transform: Transform | None) -> list[float]:
    """Returns the bounds of ``box`` on the opened image."""
    corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    points = np.array(mapped(transform, corners))
    return [*points.min(axis=0), *points.max(axis=0)]


@pytest.mark.slow
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_page_reads_as_upright(engine: RapidOcrEngine, letter: tuple[Image.Image, Page], turn: int) -> None:
    image, upright = letter
    assert (upright.rotation, upright.transform, upright.warnings) == (0, None, ())
    page, _ = recognise_page(ImagePage(image.rotate(-turn, expand=True), 150), 1, engine)
    assert page.rotation == 360 - turn
    assert page.lines == upright.lines
    assert (page.width, page.height) == (upright.width, upright.height)


@pytest.mark.slow
def test_skewed_page_maps_to_upload(engine: RapidOcrEngine, letter: tuple[Image.Image, Page]) -> None:
    image, upright = letter
    skewed = image.rotate(-8, Image.Resampling.BICUBIC, fillcolor="white")
    page, _ = recognise_page(ImagePage(skewed, 150), 1, engine)
    assert page.rotation == 0
    assert page.skew == pytest.approx(8, abs=0.6)  # the sample itself is skewed a little
    assert error_rate(page.raw_text, LETTER) < 0.005
    assert "straightened by" in page.warnings[0]
    word, same = page.lines[2].words[0], upright.lines[2].words[0]
    there = apply(rotation_matrix(8, (image.width / 2, image.height / 2)), np.array([[same.box.left, same.box.top]]))
    left, top, *_ = box_in_opened(word.box, page.transform)
    assert abs(left - there[0][0]) < 15
    assert abs(top - there[0][1]) < 15


@pytest.mark.slow
def test_photo_is_straightened_as_it_lies(engine: RapidOcrEngine) -> None:
    name = "receipt-photo.jpg"
    with open_scan(SAMPLES / name, name) as scan:
        opened = scan.page(1)
    assert isinstance(opened, ImagePage)
    page, _ = recognise_page(ImagePage(opened.image.rotate(90, expand=True), opened.dpi), 1, engine)
    assert page.rotation == 90
    assert error_rate(page.raw_text, name) < 0.03
    assert page.warnings == (
        "The page image was turned 90 degrees clockwise and straightened against perspective before it was read.",
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["blank", "noise", "word", "three directions", "dot", "strip"])
def test_odd_images_are_not_turned(engine: RapidOcrEngine, kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    directions = Image.new("RGB", (900, 900), "white")
    for turn, place in ((0, (100, 100)), (90, (600, 200)), (180, (100, 700))):
        directions.paste(page_image((400, 80), "Invoice number 4711").rotate(-turn, expand=True), place)
    images = {
        "blank": Image.new("RGB", (800, 600), "white"),
        "noise": Image.fromarray(noise).resize((800, 600)),
        "word": page_image((400, 200), "No"),
        "three directions": directions,
        "dot": Image.new("RGB", (1, 1)),
        "strip": Image.new("RGB", (3000, 2), "white"),
    }
    page, _ = recognise_page(ImagePage(images[kind], 150), 1, engine)
    assert page.rotation == 0


@pytest.mark.slow
def test_pages_turn_one_by_one(engine: RapidOcrEngine, letter: tuple[Image.Image, Page], tmp_path: Path) -> None:
    image, upright = letter
    path = tmp_path / "mixed.tiff"
    turned = [image.rotate(-turn, expand=True) for turn in (0, 180, 90)]
    turned[0].save(path, save_all=True, append_images=turned[1:], dpi=(150, 150))
    with open_scan(path, path.name) as scan:
        pages = [recognise_page(scan.page(number), number, engine)[0] for number in (1, 2, 3)]
    assert [page.rotation for page in pages] == [0, 180, 270]
    assert all(page.lines == upright.lines for page in pages)
