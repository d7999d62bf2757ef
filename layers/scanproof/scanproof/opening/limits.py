"""Limits on what a scan may cost. Sizes are checked on headers, before anything is decoded.

Together they keep opening below 1 GB, whatever a file is made for: `make hostile` measures it. A refusal states the
name of the limit.
"""

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
        side_pixels: longer side of an image as stored, and of a page as rendered.
        image_pixels: pixels of an image as stored.
        decoder_bytes: memory of an image's decoder, with the image as decoded. Depends on format and colours: a PNG of
            150 megapixels fits, a WebP of A3 at 450 dpi.
        working_pixels: pixels of the image that OCR gets; a larger page is scaled down to it. A3 at 300 dpi fits.
        aspect_ratio: longer side of a page by its shorter one. A till roll of 58 mm and 5 m has 86.
        page_inches: longer side of a PDF page; the format's own limit for readers (ISO 32000-1, annex C: 14,400 units).
        page_characters: characters of a PDF page's text layer. A broadsheet newspaper has 30,000; the search for fields
            compares the values of a page with all its labels, so its time grows with their square.
        pdf_bytes: memory of the process that reads PDF. Rendering an A3 page with a scan of 600 dpi takes 400 MB.
        pdf_seconds: CPU time for a PDF page, and for opening its file. Four of these, what an invocation reads, leave
            half of OcrFunction's time.
    """

    file_bytes: int = 200 * 1024 * 1024
    pages: int = 2_000
    frames: int = 200
    animation_pixels: int = 400_000_000
    side_pixels: int = 30_000
    image_pixels: int = 150_000_000
    decoder_bytes: int = 700_000_000
    working_pixels: int = 20_000_000
    aspect_ratio: int = 100
    page_inches: int = 200
    page_characters: int = 40_000
    pdf_bytes: int = 700_000_000
    pdf_seconds: int = 20


DEFAULT_LIMITS = Limits()
