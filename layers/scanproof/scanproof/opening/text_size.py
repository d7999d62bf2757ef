"""How large the letters on a page are, without reading them."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

_FEWEST_LETTERS = 20
_SMALLEST = 3  # pixels; what is smaller is dust or the dot of an i
_LARGEST_SHARE = 0.05  # of the page's longer side; what is taller is a picture or a frame


def letter_height(image: Image.Image) -> float | None:
    """The height, in pixels, of the letters that hold half of the page's ink; None if there are too few to tell.

    Counted by ink, not by number: dust and the pieces of broken letters are many, but small.
    """
    grey = np.asarray(image.convert("L"))
    # A threshold of each neighbourhood's own: a shadow over a photo is darker than ink elsewhere.
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    widths, heights, areas = (stats[1:, which] for which in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    letters = (
        (heights >= _SMALLEST)
        & (heights <= max(grey.shape) * _LARGEST_SHARE)
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
