"""The page types that opening a scan returns: an image for OCR, or the lines of a visible text layer."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from scanproof.document import Line, PageFlag, Ruling


@dataclass(frozen=True)
class ImagePage:
    """A page that needs OCR.

    Attributes:
        image: RGB, upright, no larger than ``Limits.working_pixels``. Boxes of recognised text are in its pixels.
        dpi: pixels of ``image`` per inch of paper; estimated where the file does not say.
        flags: ``LOW_RESOLUTION`` where the text was too small.
    """

    image: Image.Image
    dpi: float
    flags: tuple[PageFlag, ...] = ()

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.image.height


@dataclass(frozen=True)
class TextPage:
    """A born-digital page: its visible text, lines in reading order.

    ``width``, ``height``, all boxes and ``rulings`` are in pixels of the page as it would be rendered at ``dpi``.
    """

    width: int
    height: int
    dpi: float
    lines: tuple[Line, ...]
    rulings: tuple[Ruling, ...] = ()


OpenedPage = ImagePage | TextPage
