"""Pages without useful text are read without a failure, and their documents ask for a review."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from scanproof.correction.model_pool import ModelPool
from scanproof.document import Document, PageFlag, ReviewCode
from scanproof.local_run import read_scan
from scanproof.ocr.engine import RecognisedPage
from scanproof.ocr.registry import Engines
from scanproof.options import ScanOptions
from scanproof.settings import Settings
from tests.builders import UpperCase, line, page
from tests.unit.lattice.lattices import page_lattice
from tests.unit.opening.paper import page_image, saved

pytestmark = pytest.mark.slow  # every test runs the engine

TEXT = [
    "The order was delivered on Monday\nand the invoice arrived on Friday.\nPlease confirm the total amount",
    "All goods remain our property\nuntil they are paid in full.\nComplaints have to be made",
    "Thank you for your business and\nfor the trust you place in us.\nWe look forward to seeing you",
]


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines(threads=1)


def read(path: Path, engines: Engines, **settings: float) -> Document:
    return read_scan(path, ScanOptions(), engines, ModelPool(UpperCase(), {}), settings=Settings(**settings))


def codes(document: Document) -> list[str]:
    assert document.needs_review == bool(document.review_reasons)
    return [reason.code for reason in document.review_reasons]


def photo() -> Image.Image:
    """Draws coloured shapes on a gradient."""
    image = Image.radial_gradient("L").resize((900, 700)).convert("RGB")
    draw = ImageDraw.Draw(image)
    for number in range(40):
        left, top, size = number * 137 % 850, number * 211 % 650, 10 + number * 29 % 110
        draw.ellipse((left, top, left + size, top + size), fill=(number * 67 % 255, number * 31 % 255, 90))
    return image


def test_photo_without_text_needs_review(engines: Engines, tmp_path: Path) -> None:
    document = read(saved(photo(), tmp_path / "photo.jpg"), engines)
    assert ReviewCode.LITTLE_TEXT in codes(document)


@pytest.mark.parametrize("size", [(1240, 1754), (300, 80)])
def test_one_word_needs_review(engines: Engines, tmp_path: Path, size: tuple[int, int]) -> None:
    document = read(saved(page_image(size, "Received", 28), tmp_path / "word.png"), engines)
    assert codes(document) == [ReviewCode.LITTLE_TEXT]


def test_text_in_three_directions_needs_review(engines: Engines, tmp_path: Path) -> None:
    blocks = [page_image((560, 260), text, 26) for text in TEXT]
    image = Image.new("RGB", (1300, 1100), "white")
    for block, angle, place in zip(blocks, (0, 90, 180), ((40, 40), (800, 40), (40, 700)), strict=True):
        image.paste(block.rotate(angle, expand=True), place)
    document = read(saved(image, tmp_path / "directions.png"), engines)
    assert ReviewCode.LOW_CONFIDENCE in codes(document)
    assert PageFlag.LOW_CONFIDENCE in document.pages[0].flags


def test_clear_page_needs_none(engines: Engines, tmp_path: Path) -> None:
    path = saved(page_image((900, 400), TEXT[0], 26), tmp_path / "page.webp", lossless=True)
    document = read(path, engines)
    assert codes(document) == []
    assert document.pages[0].confidence is not None
    assert codes(read(path, engines, review_confidence=1.0)) == [ReviewCode.LOW_CONFIDENCE]


class Receipt:
    """An engine that reads one receipt, with a digit misread, everywhere."""

    name, version, supports_handwritten, text_locator = "receipt", "1", False, None
    RAW = "TOTAL 24.00  CASH 100.00  CHANGE 78.00"

    def recognise(self, image: Image.Image, dpi: float, *_: object) -> RecognisedPage:
        read = line(self.RAW)
        return RecognisedPage((read,), lattice=page_lattice(page(1, read), {0: {34: {"6": 0.02}}}))

    def free(self) -> None:
        pass

    def get(self, options: ScanOptions) -> Receipt:
        return self


@pytest.mark.parametrize("resolve", [False, True])
def test_numbers_are_resolved_on_request(tmp_path: Path, resolve: bool) -> None:
    path = saved(page_image((900, 400), TEXT[0], 26), tmp_path / "receipt.png")
    options = ScanOptions(resolve_numbers=resolve, corrector="none")
    document = read_scan(path, options, Receipt(), ModelPool(UpperCase(), {}), settings=Settings())  # type: ignore[arg-type]
    assert document.text.endswith("76.00\n" if resolve else "78.00\n")
    assert document.raw_text == Receipt.RAW + "\n"
    assert [flag.suggestion.suggested for flag in document.flags if flag.suggestion] == ["76.00"] * (not resolve)
