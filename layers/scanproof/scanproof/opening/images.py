"""PNG, JPEG and multi-page TIFF, through Pillow."""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from scanproof.opening import refusals
from scanproof.opening.limits import Limits
from scanproof.opening.media_type import JPEG, PNG, TIFF
from scanproof.opening.resolution import believable_dpi, working_page
from scanproof.page_image import ImagePage

_FORMATS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF"}

# What Pillow's plugins raise on damaged bytes: there is no common root below Exception.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, TypeError, KeyError, IndexError)


class ImageFile:
    """A PNG, JPEG or TIFF; a page is decoded when it is asked for, and nothing is kept of it."""

    def __init__(self, path: Path, name: str, media_type: str, limits: Limits) -> None:
        self._path = path
        self._name = name
        self._media_type = media_type
        self._limits = limits
        with self._opened() as image:
            self._check_size(image)
            with self._damage_named("its list of pages cannot be read"):
                # A JPEG may hold several pictures too (MPO): the others are previews and other views of the first.
                self.page_count: int = getattr(image, "n_frames", 1) if media_type == TIFF else 1

    def page(self, number: int) -> ImagePage:
        """Page ``number``, upright and in RGB.

        Raises:
            PermanentError: ``corrupt_image`` or ``image_too_large``.
        """
        cause = f"page {number} breaks off or cannot be decoded"
        with self._opened() as image:
            with self._damage_named(cause):
                image.seek(number - 1)
            self._check_size(image)
            with self._damage_named(cause):
                decoded, dpi = self._decoded(image)
        return working_page(decoded, dpi, self._limits)

    def close(self) -> None:
        """Nothing is held open between pages."""

    @contextmanager
    def _opened(self) -> Iterator[Image.Image]:
        with self._damage_named("its header cannot be read"):
            image = Image.open(self._path, formats=(_FORMATS[self._media_type],))
        with image:
            yield image

    def _decoded(self, stored: Image.Image) -> tuple[Image.Image, float]:
        """The page that was sought, upright, in RGB and with square pixels; and its resolution."""
        width, height = stored.size
        across, down = _tagged_dpi(stored)
        dpi = believable_dpi(max(across, down), width, height)
        share = math.sqrt(self._limits.working_pixels / (width * height))
        if share < 1:
            # Lets JPEG decode straight to a half, a quarter or an eighth; other formats take no notice.
            stored.draft(None, (math.ceil(width * share), math.ceil(height * share)))
        image = to_rgb(stored)
        dpi *= max(image.size) / max(width, height)
        if across and down and not 0.95 < across / down < 1.05:
            image = _squared(image, across, down)
        return ImageOps.exif_transpose(image), dpi

    def _check_size(self, image: Image.Image) -> None:
        width, height = image.size
        limits = self._limits
        if max(width, height) > limits.side_pixels:
            raise refusals.image_too_large(
                self._name, f"{width:,} × {height:,} pixels", f"{limits.side_pixels:,} pixels a side"
            )
        if width * height > limits.image_pixels:
            raise refusals.image_too_large(
                self._name, f"{width:,} × {height:,} pixels", f"{limits.image_pixels:,} pixels in all"
            )

    @contextmanager
    def _damage_named(self, cause: str) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                # Pillow warns of odd metadata and of sizes that the limits above judge; neither stops the reading.
                warnings.simplefilter("ignore")
                yield
        except Image.DecompressionBombError as error:
            limit = f"{self._limits.image_pixels:,} pixels"
            raise refusals.image_too_large(self._name, "more pixels than any scan has", limit) from error
        except _DAMAGE as error:
            raise refusals.corrupt_image(self._name, cause) from error


def to_rgb(image: Image.Image) -> Image.Image:
    """``image`` in RGB: transparency over white, 16-bit and floating grey scaled to 8 bits."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_grey(image)
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    return image.convert("RGB")


def _deep_grey(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float32)
    full_scale = 65535.0 if values.max(initial=0) > 255 else 255.0 if values.max(initial=0) > 1 else 1.0
    return Image.fromarray((values.clip(0, full_scale) * (255 / full_scale)).astype(np.uint8)).convert("RGB")


def _tagged_dpi(image: Image.Image) -> tuple[float, float]:
    """Pixels per inch across and down, as tagged; zeros without a tag."""
    tagged = image.info.get("dpi")
    if not isinstance(tagged, tuple) or len(tagged) != 2:
        return 0.0, 0.0
    return float(tagged[0]), float(tagged[1])


def _squared(image: Image.Image, across: float, down: float) -> Image.Image:
    """``image`` at the finer of its two resolutions in both directions. Fax pages are coarser down than across."""
    finer = max(across, down)
    return image.resize((round(image.width * finer / across), round(image.height * finer / down)))
