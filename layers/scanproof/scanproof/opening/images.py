"""Opens images with Pillow: PNG, JPEG, JPEG 2000, HEIC, and TIFF, GIF and WebP of several pages."""

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
from scanproof.opening.gif_frames import count_gif_frames
from scanproof.opening.limits import Limits
from scanproof.opening.media_type import GIF, HEIC, JPEG, JPEG_2000, PNG, TIFF, WEBP
from scanproof.opening.resolution import plausible_dpi, prepare_page
from scanproof.page_image import ImagePage

_FORMATS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", WEBP: "WEBP", GIF: "GIF", JPEG_2000: "JPEG2000", HEIC: "HEIF"}

# What Pillow's plugins and pi_heif raise on damaged bytes: they have no common base below Exception.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    TypeError,
    KeyError,
    IndexError,
    RuntimeError,
)


class ImageFile:
    """An image file. The frames of a TIFF, GIF or WebP are its pages. They are decoded on request and not kept."""

    def __init__(self, path: Path, name: str, media_type: str, limits: Limits) -> None:
        self._path = path
        self._name = name
        self._media_type = media_type
        self._limits = limits
        if media_type == HEIC:
            _register_heif(name)
        with self._open() as image:
            self._check_size(image)
            with self._reporting_damage("its list of pages cannot be read"):
                self.page_count = self._count_pages(image)
            self._check_animation(image)

    def page(self, number: int) -> ImagePage:
        """Decodes page ``number``, upright and in RGB.

        Raises:
            PermanentError: ``corrupt_image`` or ``image_too_large``.
        """
        cause = f"page {number} is truncated or cannot be decoded"
        with self._open() as image:
            if self._media_type != HEIC:  # opens at the primary image, which need not be the first
                with self._reporting_damage(cause):
                    image.seek(number - 1)
            self._check_size(image)
            with self._reporting_damage(cause):
                decoded, dpi = self._decode(image)
        return prepare_page(decoded, dpi, self._limits)

    def close(self) -> None:
        """Does nothing: no file is open between pages."""

    def _count_pages(self, image: Image.Image) -> int:
        """Counts the pages; may stop counting above the limit, as a file can have millions of empty ones."""
        if self._media_type == GIF:
            return count_gif_frames(self._path, self._limits.frames + 1)
        if self._media_type == TIFF:
            # Step by step: after a seek beyond the last page, Pillow's n_frames is that page's number.
            for number in range(1, self._limits.pages + 1):
                try:
                    image.seek(number)
                except EOFError:
                    return number
            return self._limits.pages + 1
        # JPEG and HEIC may contain several images too: the others are previews or other views of the first.
        return getattr(image, "n_frames", 1) if self._media_type == WEBP else 1

    def _check_animation(self, image: Image.Image) -> None:
        """Limits what decoding the last frame costs: a frame of a GIF or WebP is made from all frames before it."""
        if self._media_type not in (GIF, WEBP):
            return
        if self.page_count > self._limits.frames:
            raise refusals.too_many_pages(self._name, self._limits.frames)
        pixels = image.width * image.height * self.page_count
        if self.page_count > 1 and pixels > self._limits.animation_pixels:
            limit = f"{self._limits.animation_pixels:,} pixels in all frames"
            raise refusals.image_too_large(self._name, f"{self.page_count:,} frames of {pixels:,} pixels", limit)

    @contextmanager
    def _open(self) -> Iterator[Image.Image]:
        with self._reporting_damage("its header cannot be read"):
            image = Image.open(self._path, formats=(_FORMATS[self._media_type],))
        with image:
            yield image

    def _decode(self, stored: Image.Image) -> tuple[Image.Image, float]:
        """Decodes the current frame, upright, in RGB and with square pixels; returns it and its resolution in dpi."""
        width, height = stored.size
        across, down = _tagged_dpi(stored)
        dpi = plausible_dpi(max(across, down), width, height)
        scale = math.sqrt(self._limits.working_pixels / (width * height))
        if scale < 1:
            # Lets JPEG decode at a half, a quarter or an eighth of its size; other formats ignore it.
            stored.draft(None, (math.ceil(width * scale), math.ceil(height * scale)))
        image = to_rgb(stored)
        dpi *= max(image.size) / max(width, height)
        if across and down and not 0.95 < across / down < 1.05:
            image = _with_square_pixels(image, across, down)
        return ImageOps.exif_transpose(image), dpi

    def _check_size(self, image: Image.Image) -> None:
        width, height = image.size
        limits = self._limits
        if max(width, height) > limits.side_pixels:
            raise refusals.image_too_large(
                self._name, f"{width:,} × {height:,} pixels", f"{limits.side_pixels:,} pixels per side"
            )
        pixels = limits.image_pixels if self._media_type in (PNG, JPEG, TIFF) else limits.canvas_pixels
        if width * height > pixels:
            raise refusals.image_too_large(self._name, f"{width:,} × {height:,} pixels", f"{pixels:,} pixels in total")

    @contextmanager
    def _reporting_damage(self, cause: str) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                # Pillow warns of invalid metadata and of sizes that _check_size limits; neither prevents decoding.
                warnings.simplefilter("ignore")
                yield
        except Image.DecompressionBombError as error:
            limit = f"{self._limits.image_pixels:,} pixels"
            raise refusals.image_too_large(self._name, "too many pixels", limit) from error
        except _DECODE_ERRORS as error:
            raise refusals.corrupt_image(self._name, cause) from error


def _register_heif(name: str) -> None:
    """Makes Pillow open HEIC.

    Raises:
        PermanentError: ``unknown_format``; the decoder is not installed.
    """
    try:
        from pi_heif import register_heif_opener
    except ImportError as error:
        raise refusals.heic_unsupported(name) from error
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def to_rgb(image: Image.Image) -> Image.Image:
    """Converts to RGB: puts transparency over white, scales 16-bit and floating-point grey to 8 bits."""
    if image.mode.startswith("I") or image.mode == "F":
        return _high_depth_to_rgb(image)
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    return image.convert("RGB")


def _high_depth_to_rgb(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float32)
    full_scale = 65535.0 if values.max(initial=0) > 255 else 255.0 if values.max(initial=0) > 1 else 1.0
    return Image.fromarray((values.clip(0, full_scale) * (255 / full_scale)).astype(np.uint8)).convert("RGB")


def _tagged_dpi(image: Image.Image) -> tuple[float, float]:
    """Returns the tagged pixels per inch, across and down; zeros without a tag."""
    tagged = image.info.get("dpi")
    if not isinstance(tagged, tuple) or len(tagged) != 2:
        return 0.0, 0.0
    return float(tagged[0]), float(tagged[1])


def _with_square_pixels(image: Image.Image, across: float, down: float) -> Image.Image:
    """Scales to the finer of the two resolutions in both directions. Fax pages are coarser down than across."""
    finer = max(across, down)
    return image.resize((round(image.width * finer / across), round(image.height * finer / down)))
