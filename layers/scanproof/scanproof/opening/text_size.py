"""How large the letters on a page are, without reading them."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

_FEWEST_LETTERS = 20
_SMALLEST = 4  # pixels; what is smaller is dust or a dot on an i
_LARGEST_SHARE = 0.1  # of the page's height; what is taller is a picture or a frame


def letter_height(image: Image.Image) -> float | None:
    """Median height, in pixels, of the dark specks that can be letters; None if there are too few to tell."""
    grey = np.asarray(image.convert("L"))
    # A threshold of each neighbourhood's own: a shadow over a photo is darker than ink elsewhere.
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    widths, heights, areas = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_AREA]
    letters = (
        (heights >= _SMALLEST)
        & (heights <= grey.shape[0] * _LARGEST_SHARE)
        & (widths >= 2)
        & (widths <= 6 * heights)
        & (areas >= 6)
    )
    return float(np.median(heights[letters])) if int(letters.sum()) >= _FEWEST_LETTERS else None
