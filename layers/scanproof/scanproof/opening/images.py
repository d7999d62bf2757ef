"""Opens images with Pillow: PNG, JPEG, JPEG 2000, HEIC, and TIFF, GIF and WebP of several pages."""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import ExifTags, Image

from scanproof.opening import refusals
from scanproof.opening.decoder_memory import decoder_bytes
from scanproof.opening.gif_frames import count_gif_frames
from scanproof.opening.limits import Limits
from scanproof.opening.media_type import GIF, HEIC, JPEG, JPEG_2000, PNG, TIFF, WEBP
from scanproof.opening.resolution import plausible_dpi, prepare_page
from scanproof.opening.scaling import scaled_rgb
from scanproof.page_image import ImagePage

_FORMATS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", WEBP: "WEBP", GIF: "GIF", JPEG_2000: "JPEG2000", HEIC: "HEIF"}

# What Pillow's plugins and pi_heif raise on damaged bytes: they have no common base below Exception. Damaged sizes and
# counts are out of range or ask for more memory than there is.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    TypeError,
    AttributeError,
    LookupError,
    RuntimeError,
    ArithmeticError,
    MemoryError,
)

_TRANSPOSITIONS = {  # by the values of EXIF's tag Orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pixels may be up to so many times as high as wide, or the reverse. The coarsest fax (ITU-T T.4, 204 x 98 dpi) has 2.1;
# more is a damaged tag, or a file with a tag for one direction only.
_MAX_PIXEL_ASPECT = 2.5


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
        decoded, dpi = self._decoded(number)  # by then the image as stored is not in memory any more
        return prepare_page(decoded, dpi, self._limits)

    def _decoded(self, number: int) -> tuple[Image.Image, float]:
        cause = f"page {number} is truncated or cannot be decoded"
        with self._open() as image:
            if self._media_type != HEIC:  # opens at the primary image, which need not be the first
                with self._reporting_damage(cause):
                    image.seek(number - 1)
            self._check_size(image)
            with self._reporting_damage(cause):
                return self._decode(image)

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
            raise refusals.too_many_pages(self._name, self._limits.frames, "frames")
        pixels = image.width * image.height * self.page_count
        if self.page_count > 1 and pixels > self._limits.animation_pixels:
            limit = f"{self._limits.animation_pixels:,} pixels in all frames"
            size = f"{self.page_count:,} frames of {pixels:,} pixels"
            raise refusals.image_too_large(self._name, size, limit, "animation_pixels")

    @contextmanager
    def _open(self) -> Iterator[Image.Image]:
        with self._reporting_damage("its header cannot be read"):
            image = Image.open(self._path, formats=(_FORMATS[self._media_type],))
        with image:
            yield image

    def _decode(self, stored: Image.Image) -> tuple[Image.Image, float]:
        """Decodes the current frame, upright, in RGB, with square pixels and within the budget of ``working_pixels``.

        Returns it and its resolution in dpi.
        """
        width, height = stored.size
        across, down = _tagged_dpi(stored)
        dpi = plausible_dpi(max(across, down), width, height)
        size = _within(_with_square_pixels(stored.size, across, down), self._limits.working_pixels)
        self._decode_coarsely(stored, size)
        image = scaled_rgb(stored, size)
        dpi *= max(size) / max(_with_square_pixels((width, height), across, down))
        return _upright(image, stored), dpi

    def _decode_coarsely(self, stored: Image.Image, size: tuple[int, int]) -> None:
        """Lets JPEG and JPEG 2000 decode at a power of 1/2, where that is still at least ``size``."""
        if self._media_type == JPEG:
            stored.draft(None, size)
        elif self._media_type == JPEG_2000:
            _set_reduction(stored, size)

    def _check_size(self, image: Image.Image) -> None:
        width, height = image.size
        limits = self._limits
        size = f"{width:,} × {height:,} pixels"
        if max(width, height) > limits.side_pixels:
            raise refusals.image_too_large(self._name, size, f"{limits.side_pixels:,} pixels per side", "side_pixels")
        if width * height > limits.image_pixels:
            limit = f"{limits.image_pixels:,} pixels in total"
            raise refusals.image_too_large(self._name, size, limit, "image_pixels")
        needed = decoder_bytes(image, self._media_type)
        if needed > limits.decoder_bytes:
            size += f", which take {needed / 1e6:,.0f} MB to decode"
            limit = f"{limits.decoder_bytes / 1e6:,.0f} MB"
            raise refusals.image_too_large(self._name, size, limit, "decoder_bytes")
        if max(width, height) > limits.aspect_ratio * min(width, height):
            raise refusals.page_too_narrow(self._name, size, limits.aspect_ratio)

    @contextmanager
    def _reporting_damage(self, cause: str) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                # Pillow warns of invalid metadata and of sizes that _check_size limits; neither prevents decoding.
                warnings.simplefilter("ignore")
                yield
        except Image.DecompressionBombError as error:
            limit = f"{self._limits.image_pixels:,} pixels"
            raise refusals.image_too_large(self._name, "too many pixels", limit, "image_pixels") from error
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


def _upright(image: Image.Image, stored: Image.Image) -> Image.Image:
    """Turns ``image`` as the EXIF of ``stored`` demands, unless that is damaged. Pillow has turned a TIFF already."""
    try:
        orientation = stored.getexif().get(ExifTags.Base.Orientation)
    except _DECODE_ERRORS:
        return image
    method = _TRANSPOSITIONS.get(orientation) if isinstance(orientation, int) else None
    return image if method is None else image.transpose(method)


def _tagged_dpi(image: Image.Image) -> tuple[float, float]:
    """Returns the tagged pixels per inch, across and down; zeros without a tag, or with one that makes no sense."""
    tagged = image.info.get("dpi")
    if not isinstance(tagged, tuple) or len(tagged) != 2:
        return 0.0, 0.0
    across, down = float(tagged[0]), float(tagged[1])
    if not (0 < across <= _MAX_PIXEL_ASPECT * down and 0 < down <= _MAX_PIXEL_ASPECT * across < math.inf):
        return 0.0, 0.0
    return across, down


def _with_square_pixels(size: tuple[int, int], across: float, down: float) -> tuple[int, int]:
    """Returns the size at the finer of two resolutions in both directions. Fax pages are coarser down than across."""
    if not across or 0.95 < across / down < 1.05:
        return size
    finer = max(across, down)
    return max(1, round(size[0] * finer / across)), max(1, round(size[1] * finer / down))


def _within(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """Returns ``size``, scaled down to at most ``pixels``."""
    scale = min(1.0, math.sqrt(pixels / (size[0] * size[1])))
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _set_reduction(image: Image.Image, size: tuple[int, int]) -> None:
    """Makes JPEG 2000 decode at the smallest of its resolutions that is at least ``size``."""
    halvings = int(math.log2(max(1.0, min(image.width / size[0], image.height / size[1]))))
    setattr(image, "reduce", halvings)  # noqa: B010 - Pillow declares this property as the method of other images
