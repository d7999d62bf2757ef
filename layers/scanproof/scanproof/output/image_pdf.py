"""Puts an uploaded image into a PDF: what PDF can hold is copied as it is, the rest is encoded anew."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import img2pdf  # type: ignore[import-untyped]
from PIL import ExifTags, Image, ImageOps

from scanproof.document import Page

_COPIED = frozenset({"image/jpeg", "image/jp2", "image/png", "image/tiff"})
_LOSSY = frozenset({"image/heic", "image/webp"})  # large without loss
_UPRIGHT = 1  # value of the orientation tag (Exif 2.3, 4.6.4)
_TURNS = {_UPRIGHT: 0, 3: 180, 6: 90, 8: 270}  # the others mirror, which a PDF page cannot
_TURNED_BY_TAG = frozenset({"image/jpeg", "image/png"})  # Pillow turns a TIFF when it loads it
_JPEG_QUALITY = 90
_POINTS_PER_INCH = 72.0
_LEAST_POINTS, _MOST_POINTS = 3.0, 14400.0  # a page's sides (ISO 32000-1, annex C)


def write_image_pdf(source: Path, media_type: str, pages: Iterable[Page], target: BinaryIO) -> None:
    """Writes a PDF with one page for each page of the image file.

    JPEG and JPEG 2000, the pixels of PNG, and TIFF in fax coding (group 4) keep their bytes; other TIFF and GIF stay
    without loss, HEIC and WebP become JPEG. A page has the size of its sheet by `Page.dpi`.

    Args:
        pages: of the document, in order.

    Raises:
        OSError, ValueError, img2pdf's errors: the image cannot be decoded or put into a PDF.
    """
    with Image.open(source) as image:
        orientation = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    copied = media_type in _COPIED and (
        orientation == _UPRIGHT or (orientation in _TURNS and media_type in _TURNED_BY_TAG)
    )
    sizes = [_points(page) for page in pages]
    images = [source.read_bytes()] if copied else list(_encoded_anew(source, media_type, len(sizes)))
    sheets = iter(sizes)
    is_turned = copied and _TURNS.get(orientation, 0) in (90, 270)

    def layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
        across, down = next(sheets, sizes[-1])
        if is_turned:  # the tag is applied to the page, after this
            across, down = down, across
        return across, down, across, down

    img2pdf.convert(
        images,
        outputstream=target,
        layout_fun=layout,
        rotation=img2pdf.Rotation.ifvalid,
        engine=img2pdf.Engine.pikepdf,
        first_frame_only=media_type == "image/jpeg",  # others are previews or other views of the first
    )


def _encoded_anew(source: Path, media_type: str, count: int) -> Iterator[bytes]:
    with Image.open(source) as image:
        for number in range(count):
            if number:
                image.seek(number)
            frame = ImageOps.exif_transpose(image)
            content = io.BytesIO()
            if media_type in _LOSSY:
                frame.convert("RGB").save(content, "JPEG", quality=_JPEG_QUALITY)
            else:
                _without_palette_transparency(frame).save(content, "PNG")
            yield content.getvalue()


def _without_palette_transparency(frame: Image.Image) -> Image.Image:
    return frame if frame.mode in ("1", "L", "RGB", "RGBA") else frame.convert("RGBA").convert("RGB")


def _points(page: Page) -> tuple[float, float]:
    """Returns width and height of the opened page in points."""
    width, height = page.opened_size or (page.width, page.height)
    scale = _POINTS_PER_INCH / page.dpi
    # One factor for both sides, so that the page keeps its shape.
    scale *= min(1.0, _MOST_POINTS / (max(width, height) * scale))
    return max(width * scale, _LEAST_POINTS), max(height * scale, _LEAST_POINTS)
