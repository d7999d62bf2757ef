"""How large the letters on a page are, without reading them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from scanproof.opening.components import components

_FEWEST_LETTERS = 20
_SMALLEST = 3  # pixels; what is smaller is dust or the dot of an i
_NEIGHBOURHOOD = 15  # pixels to each side
_DARKER = 15  # than the neighbourhood, of 255
_LARGEST_SHARE = 0.05  # of the page's longer side; what is taller is a picture or a frame


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
