"""Converts decoded images to RGB and scales them, in bands of rows: what is added to the decoded image stays small."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image

_BAND_PIXELS = 4_000_000  # of the image as decoded; up to 20 bytes each while a band is converted
_SUPPORT = 3  # pixels of the result on both sides that Lanczos resampling computes a pixel from; bicubic takes 2


def scaled_rgb(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Converts ``image`` to RGB and scales it to ``size``; equal to scaling the whole at once.

    Puts transparency over white, and scales 16-bit and floating-point grey to 8 bits.
    """
    convert = _converter(image)
    scale = image.height / size[1]
    margin = math.ceil(_SUPPORT * max(scale, 1.0)) + 1
    rows = max(1, int(_BAND_PIXELS / image.width / scale))
    shrinks = size[0] < image.width or size[1] < image.height
    resampling = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    result = Image.new("RGB", size)
    for first in range(0, size[1], rows):
        after = min(first + rows, size[1])
        top = max(0, math.floor(first * scale) - margin)
        bottom = min(image.height, math.ceil(after * scale) + margin)
        band = convert(image.crop((0, top, image.width, bottom)))
        if size != image.size:
            box = (0, first * scale - top, image.width, min(after * scale - top, band.height))
            band = band.resize((size[0], after - first), resampling, box)
            result.paste(band, (0, first))
        else:
            result.paste(band.crop((0, first - top, image.width, after - top)), (0, first))
    return result


def _converter(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """Returns the conversion to RGB that fits the whole of ``image``, for its bands."""
    if image.mode.startswith("I") or image.mode == "F":
        full_scale = _full_scale(image)
        return lambda band: _high_depth_to_rgb(band, full_scale)
    return _over_white if image.has_transparency_data else lambda band: band.convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _full_scale(image: Image.Image) -> float:
    rows = max(1, _BAND_PIXELS // image.width)
    bands = (image.crop((0, top, image.width, min(top + rows, image.height))) for top in range(0, image.height, rows))
    largest = max(float(np.nanmax(np.asarray(band), initial=0)) for band in bands)
    return 65535.0 if largest > 255 else 255.0 if largest > 1 else 1.0


def _high_depth_to_rgb(image: Image.Image, full_scale: float) -> Image.Image:
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    return Image.fromarray((values.clip(0, full_scale) * (255 / full_scale)).astype(np.uint8)).convert("RGB")
