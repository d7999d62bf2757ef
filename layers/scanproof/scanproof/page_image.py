"""What opening a page gives: an image to recognise, or the lines of a visible text layer."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from scanproof.document import Line, PageFlag


@dataclass(frozen=True)
class ImagePage:
    """A page that has to be recognised.

    Attributes:
        image: RGB, upright, no larger than ``Limits.working_pixels``. Boxes of what is recognised are in its pixels.
        dpi: pixels of ``image`` per inch of paper; a guess where the file does not say.
        flags: ``LOW_RESOLUTION`` where the text was too small and ``image`` is upscaled.
    """

    image: Image.Image
    dpi: float
    flags: tuple[PageFlag, ...] = ()

    @property
    def width(self) -> int:
        """In pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """In pixels."""
        return self.image.height


@dataclass(frozen=True)
class TextPage:
    """A born-digital page: its visible text, lines in reading order.

    ``width``, ``height`` and all boxes are in pixels of the page as it would be rendered at ``dpi``.
    """

    width: int
    height: int
    dpi: float
    lines: tuple[Line, ...]


OpenedPage = ImagePage | TextPage
