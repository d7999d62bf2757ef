"""The resolution to work at: what the file says where that can be true, and larger where the text is too small."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from scanproof.document import PageFlag
from scanproof.opening.components import components
from scanproof.opening.limits import Limits
from scanproof.page_image import ImagePage

TARGET_DPI = 300.0

# Letter height in pixels, as text_size counts it: 10 point type at 100 dpi has about 9. From there on, enlarging gained
# nothing for RapidOCR; at 5 to 7 it recovered up to a quarter of the words.
_ENLARGE_BELOW = 9.0
_COMFORTABLE = 16.0  # letter height to enlarge to
_LARGEST_FACTOR = 4.0
_PAGE_INCHES = (2.0, 36.0)  # longer side of what people scan: a ticket to a poster
_A4_INCHES = 11.69
_SOFTWARE_DEFAULTS = (72, 96)  # what cameras and screen grabs write, whatever they show

_FEWEST_LETTERS = 20
_SMALLEST = 3  # pixels; what is smaller is dust or the dot of an i
_NEIGHBOURHOOD = 15  # pixels to each side
_DARKER = 15  # than the neighbourhood, of 255
_LARGEST_SHARE = 0.05  # of the page's longer side; what is taller is a picture or a frame


def believable_dpi(tagged: float | None, width: int, height: int) -> float:
    """``tagged`` if a page of that resolution has a size that people scan, else what would make it a sheet of A4."""
    longer = max(width, height)
    if tagged and _is_meant(tagged) and _PAGE_INCHES[0] <= longer / tagged <= _PAGE_INCHES[1]:
        return float(tagged)
    return max(longer / _A4_INCHES, 1.0)


def working_page(image: Image.Image, dpi: float, limits: Limits) -> ImagePage:
    """``image`` (RGB) at the size to recognise it at: within the pixel budget, letters large enough to read."""
    budget = math.sqrt(limits.working_pixels / (image.width * image.height))
    if budget < 1:
        return ImagePage(_resized(image, budget), dpi * budget)
    factor = min(_enlargement(image), budget)
    if factor <= 1:
        return ImagePage(image, dpi)
    return ImagePage(_resized(image, factor), dpi * factor, (PageFlag.LOW_RESOLUTION,))


def _is_meant(dpi: float) -> bool:
    return math.isfinite(dpi) and dpi > 0 and round(dpi) not in _SOFTWARE_DEFAULTS


def _enlargement(image: Image.Image) -> float:
    height = letter_height(image)
    if height is None or height >= _ENLARGE_BELOW:
        return 1.0
    return min(_COMFORTABLE / height, _LARGEST_FACTOR)


def _resized(image: Image.Image, factor: float) -> Image.Image:
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.BICUBIC)


def letter_height(image: Image.Image) -> float | None:
    """The height, in pixels, of the letters that hold half of the page's ink; None if there are too few to tell.

    Counted by ink, not by number: dust and the pieces of broken letters are many, but small.
    """
    grey = image.convert("L")
    # A threshold of each neighbourhood's own: a shadow over a photo is darker than ink elsewhere.
    around = grey.filter(ImageFilter.BoxBlur(_NEIGHBOURHOOD))
    ink = np.asarray(grey, dtype=np.int16) <= np.asarray(around, dtype=np.int16) - _DARKER
    found = components(ink)
    widths, heights, areas = found.widths, found.heights, found.areas
    letters = (
        (heights >= _SMALLEST)
        & (heights <= max(grey.size) * _LARGEST_SHARE)
        & (widths >= 2)
        & (widths <= 6 * heights)
        & (areas >= 4)
    )
    if int(letters.sum()) < _FEWEST_LETTERS:
        return None
    heights, areas = heights[letters], areas[letters]
    order = np.argsort(heights, kind="stable")
    ink = np.cumsum(areas[order])
    return float(heights[order][np.searchsorted(ink, ink[-1] / 2)])
