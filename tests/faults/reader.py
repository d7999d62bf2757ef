"""A stand-in for the OCR engine that reads the shade of a grey page in microseconds.

Each page has a text of its own, so one that is lost, doubled or out of order shows in the published text.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageStat

from scanproof.document import Box, Line
from scanproof.lattice.model import PageLattice
from scanproof.ocr.engine import RecognisedPage
from tests.engines import EngineDouble

SHADE = 10  # step between the shades of two pages
KILLS_OCR = 24  # a page that crashes the engine every time
_BOX = Box(left=0, top=0, right=50, bottom=20)
_EMPTY_LATTICE = PageLattice(("",), ((),))


def raw_text(number: int) -> str:
    """Returns what the engine reads on a page."""
    return f"page x {number}"


def grey_page(number: int, size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Draws a page that is read as ``raw_text(number)``."""
    return Image.new("RGB", size, (number * SHADE,) * 3)


class GreyReader(EngineDouble):
    """Reads pages of `grey_page`.

    Args:
        kill: ends the invocation, for one page.
        on_page: called with the number of each page.
    """

    name = "rapidocr"
    version = "stand-in"

    def __init__(self, kill: Callable[[], object], on_page: Callable[[int], None] = lambda _: None) -> None:
        self._kill = kill
        self._on_page = on_page

    def read(self, image: Image.Image) -> RecognisedPage:
        number = round(ImageStat.Stat(image.convert("L")).mean[0] / SHADE)
        self._on_page(number)
        if number == KILLS_OCR:
            self._kill()
        line = Line(raw=raw_text(number), text=raw_text(number), box=_BOX)
        return RecognisedPage((line,), lattice=_EMPTY_LATTICE, confidence=0.99)
