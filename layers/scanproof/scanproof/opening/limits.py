"""Limits on the size of a scan. Checked on headers, before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Maximum sizes of a scan; larger ones are refused, except where a page can be processed at reduced size.

    Attributes:
        file_bytes: size of the file.
        pages: pages of a PDF or TIFF.
        side_pixels: longer side of an image as stored.
        image_pixels: pixels of an image as stored; three bytes each when decoded.
        working_pixels: pixels of the image that OCR gets; a larger page is scaled down to it. A3 at 300 dpi fits.
    """

    file_bytes: int = 200 * 1024 * 1024
    pages: int = 2_000
    side_pixels: int = 30_000
    image_pixels: int = 150_000_000
    working_pixels: int = 20_000_000


DEFAULT_LIMITS = Limits()
