"""Opened pages become pages of the document, with a fake engine."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from scanproof.document import Line, PageFlag, PageSource
from scanproof.errors import PermanentError
from scanproof.ocr.engine import RecognisedPage
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.page_image import ImagePage, TextPage
from tests.builders import line
from tests.engines import EngineDouble


class FixedEngine(EngineDouble):
    """Returns the same lines for every image."""

    name = "fixed"

    def __init__(self, *lines: Line, flags: tuple[PageFlag, ...] = ()) -> None:
        self._result = RecognisedPage(lines, ("a warning",), flags)

    def read(self, image: Image.Image) -> RecognisedPage:
        return self._result


IMAGE = ImagePage(Image.new("RGB", (800, 600), "white"), 150.004, (PageFlag.LOW_RESOLUTION,))


def test_recognised_page_names_its_engine() -> None:
    page, _ = recognise_page(IMAGE, 3, FixedEngine(line("raw"), flags=(PageFlag.TRUNCATED,)))
    assert (page.number, page.width, page.height, page.dpi) == (3, 800, 600, 150)
    assert (page.source, page.engine, page.engine_version) == (PageSource.OCR, "fixed", "1")
    assert page.flags == (PageFlag.LOW_RESOLUTION, PageFlag.TRUNCATED)
    assert (page.raw_text, page.warnings) == ("raw", ("a warning",))


def test_ruled_lines_of_image_are_found() -> None:
    image = Image.new("RGB", (800, 600), "white")
    ImageDraw.Draw(image).line((100, 300, 700, 300), fill="black", width=2)
    page, _ = recognise_page(ImagePage(image, 150), 1, FixedEngine(line("raw")))
    assert page.rulings == (pytest.approx((100, 300, 700, 300), abs=8),)


def test_page_without_text_is_blank() -> None:
    page, _ = recognise_page(IMAGE, 1, FixedEngine())
    assert page.lines == ()
    assert PageFlag.BLANK in page.flags


def test_text_layer_needs_no_engine() -> None:
    page, _ = recognise_page(TextPage(2481, 3508, 300, (line("as it stands"),)), 2, FixedEngine(line("misread")))
    assert (page.source, page.engine, page.raw_text) == (PageSource.TEXT_LAYER, None, "as it stands")


def test_unsupported_handwriting_is_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        recognise_page(IMAGE, 1, FixedEngine(), handwritten=True)
    assert caught.value.code == "handwritten_unsupported"


def test_unknown_engine_is_named() -> None:
    with pytest.raises(PermanentError, match="parchment") as caught:
        load_engine("parchment")
    assert caught.value.code == "engine_unavailable"


def confident(raw: str, confidence: float) -> Line:
    return line(raw).model_copy(update={"confidence": confidence})


def test_page_confidence_weights_characters() -> None:
    page, _ = recognise_page(IMAGE, 1, FixedEngine(confident("abcd efgh", 0.9), confident("xy", 0.4), line("unknown")))
    assert page.confidence == pytest.approx(0.8)
    assert recognise_page(IMAGE, 1, FixedEngine(line("unknown")))[0].confidence is None


def test_engine_confidence_counts_unreadable_text() -> None:
    engine = FixedEngine()
    engine._result = RecognisedPage((), confidence=0.31249)
    page, _ = recognise_page(IMAGE, 1, engine)
    assert (page.confidence, page.lines) == (0.312, ())
