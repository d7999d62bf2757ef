"""Limits on the size of a scan. Checked on headers, before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Maximum sizes of a scan; larger ones are refused, except where a page can be processed at reduced size.

    Attributes:
        file_bytes: size of the file.
        pages: pages of a PDF or TIFF.
        frames: frames of a GIF or WebP. Each is decoded from all frames before it, so the time grows with their square.
        animation_pixels: pixels of all frames of a GIF or WebP with several.
        side_pixels: longer side of an image as stored.
        image_pixels: pixels of an image as stored; three bytes each when decoded.
        canvas_pixels: pixels of a GIF, WebP, JPEG 2000 or HEIC. Their decoders hold several copies, up to 20 bytes a
            pixel. A3 at 600 dpi fits.
        working_pixels: pixels of the image that OCR gets; a larger page is scaled down to it. A3 at 300 dpi fits.
    """

    file_bytes: int = 200 * 1024 * 1024
    pages: int = 2_000
    frames: int = 200
    animation_pixels: int = 400_000_000
    side_pixels: int = 30_000
    image_pixels: int = 150_000_000
    canvas_pixels: int = 70_000_000
    working_pixels: int = 20_000_000


DEFAULT_LIMITS = Limits()
