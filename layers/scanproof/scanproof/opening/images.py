"""PNG, JPEG and multi-page TIFF, through Pillow."""

from __future__ import annotations

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
from scanproof.opening.page import ImagePage
from scanproof.opening.resolution import believable_dpi, working_page

_FORMATS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF"}

# What Pillow's plugins raise on damaged bytes: there is no common root below Exception.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, TypeError, KeyError, IndexError)


class ImageFile:
    """An opened PNG, JPEG or TIFF; a page is decoded when it is asked for, and not kept."""

    def __init__(self, path: Path, name: str, media_type: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        with self._damage_named("its header cannot be read"):
            self._image = Image.open(path, formats=(_FORMATS[media_type],))
        try:
            self.page_count = self._count_pages() if media_type == TIFF else 1
            self._check_size()
        except BaseException:
            self.close()
            raise

    def page(self, number: int) -> ImagePage:
        """Page ``number``, upright and in RGB.

        Raises:
            PermanentError: ``corrupt_image`` or ``image_too_large``.
        """
        with self._damage_named(f"page {number} breaks off or cannot be decoded"):
            self._image.seek(number - 1)
        self._check_size()
        with self._damage_named(f"page {number} breaks off or cannot be decoded"):
            tagged = _tagged_dpi(self._image)
            image = to_rgb(ImageOps.exif_transpose(self._image))
        return working_page(image, believable_dpi(tagged, image.width, image.height), self._limits)

    def close(self) -> None:
        """Closes the file."""
        self._image.close()

    def _count_pages(self) -> int:
        with self._damage_named("its list of pages cannot be read"):
            count: int = getattr(self._image, "n_frames", 1)
            self._image.seek(0)
        return count

    def _check_size(self) -> None:
        width, height = self._image.size
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


def _tagged_dpi(image: Image.Image) -> float | None:
    tagged = image.info.get("dpi")
    if not isinstance(tagged, tuple) or len(tagged) != 2:
        return None
    # Fax pages have two resolutions; the larger one is that of the letters' fine detail.
    return max(float(tagged[0]), float(tagged[1]))
