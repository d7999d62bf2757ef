"""Chooses the resolution for OCR: the tagged one where plausible, a higher one where the text is too small."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from scanproof.document import PageFlag
from scanproof.opening.components import connected_components
from scanproof.opening.limits import Limits
from scanproof.page_image import ImagePage

TARGET_DPI = 300.0

# Letter height in pixels, as letter_height measures it: 10 point type at 100 dpi has about 9. From there on, upscaling
# gained nothing for RapidOCR; at 5 to 7 it recovered up to a quarter of the words.
_UPSCALE_BELOW = 9.0
_UPSCALE_TO = 16.0
_MAX_UPSCALE = 4.0
_PAGE_INCHES = (2.0, 36.0)  # longer side of what people scan: a ticket to a poster
_A4_INCHES = 11.69
_SOFTWARE_DEFAULTS = (72, 96)  # what cameras and screenshot tools write regardless of the content

_MIN_LETTERS = 20  # fewer give no reliable letter height
_MIN_LETTER_HEIGHT = 3  # pixels; smaller components are dust or the dot of an i
_BLUR_RADIUS = 15  # pixels; the neighbourhood that ink is compared with
_MIN_CONTRAST = 15  # of 255, between ink and its neighbourhood
_MAX_LETTER_SHARE = 0.05  # of the page's longer side; taller components are images or frames


def plausible_dpi(tagged: float | None, width: int, height: int) -> float:
    """Returns ``tagged`` if it gives a page of a size that people scan, else the resolution that makes it A4."""
    longer = max(width, height)
    if tagged and _is_deliberate(tagged) and _PAGE_INCHES[0] <= longer / tagged <= _PAGE_INCHES[1]:
        return float(tagged)
    return max(longer / _A4_INCHES, 1.0)


def prepare_page(image: Image.Image, dpi: float, limits: Limits) -> ImagePage:
    """Scales ``image`` (RGB) up until its letters are large enough for OCR, within the pixel budget."""
    budget = math.sqrt(limits.working_pixels / (image.width * image.height))
    factor = min(_upscale_factor(image), budget)
    if factor <= 1:
        return ImagePage(image, dpi)
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return ImagePage(image.resize(size, Image.Resampling.BICUBIC), dpi * factor, (PageFlag.LOW_RESOLUTION,))


def _is_deliberate(dpi: float) -> bool:
    return math.isfinite(dpi) and dpi > 0 and round(dpi) not in _SOFTWARE_DEFAULTS


def _upscale_factor(image: Image.Image) -> float:
    height = letter_height(image)
    if height is None or height >= _UPSCALE_BELOW:
        return 1.0
    return min(_UPSCALE_TO / height, _MAX_UPSCALE)


def letter_height(image: Image.Image) -> float | None:
    """Measures the median letter height in pixels, weighted by ink; None with too few letters, or in noise.

    The weights keep dust and fragments of broken letters, which are many but small, from lowering the median.
    """
    grey = image.convert("L")
    # A local threshold, because a shadow in a photo is darker than ink elsewhere.
    around = grey.filter(ImageFilter.BoxBlur(_BLUR_RADIUS))
    ink = np.asarray(grey, dtype=np.int16) <= np.asarray(around, dtype=np.int16) - _MIN_CONTRAST
    found = connected_components(ink)
    if found is None:
        return None
    widths, heights, areas = found.widths, found.heights, found.areas
    letters = (
        (heights >= _MIN_LETTER_HEIGHT)
        & (heights <= max(grey.size) * _MAX_LETTER_SHARE)
        & (widths >= 2)
        & (widths <= 6 * heights)
        & (areas >= 4)
    )
    if int(letters.sum()) < _MIN_LETTERS:
        return None
    heights, areas = heights[letters], areas[letters]
    order = np.argsort(heights, kind="stable")
    ink = np.cumsum(areas[order])
    return float(heights[order][np.searchsorted(ink, ink[-1] / 2)])
