"""Converts PDF pages with PDFium: renders them at 300 dpi, or takes their visible text as it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from scanproof.document import PageFlag, Ruling
from scanproof.opening import refusals
from scanproof.opening.limits import Limits
from scanproof.opening.pdf_text import count_characters, has_readable_text, text_lines, visible_characters
from scanproof.opening.pdf_view import PageView, image_coverage, image_dpi
from scanproof.opening.resolution import TARGET_DPI
from scanproof.page_image import TextPage
from scanproof.rulings import find_rulings

_POINTS_PER_INCH = 72.0
_LOW_DPI = 120.0  # below, 10 point type has letters of less than 10 pixels
_RULING_DPI = 150.0  # of the image on which ruled lines are found; hairlines are drawn a pixel wide
_RULING_PIXELS = 6_000_000.0  # of that image: a page of A3
_SCAN_COVERAGE = 0.5  # share of the page's area that images cover on a scanned page


@dataclass(frozen=True)
class RenderedPage:
    """A page as a bitmap of PDFium, RGB with three bytes a pixel; whoever gets it closes it."""

    bitmap: pypdfium2.PdfBitmap
    dpi: float
    flags: tuple[PageFlag, ...]


def convert_page(page: pypdfium2.PdfPage, number: int, name: str, limits: Limits) -> TextPage | RenderedPage:
    """Returns the text of ``page`` where that is visible and complete, else its image.

    Args:
        page: an open page.
        number: of the page in its document, from 1, for errors.
        name: of the file, for errors.
        limits: on sizes and characters.

    Raises:
        PermanentError: ``page_too_large``, ``page_too_narrow`` or ``pdf_too_complex``.
        ValueError: PDFium cannot place the page.
    """
    dpi = _dpi_within_limits(page, number, name, limits)
    view = PageView.of(page, dpi)
    is_scan = image_coverage(page) >= _SCAN_COVERAGE
    if not _has_form_fields(page):
        count = count_characters(page)
        if count > limits.page_characters:
            limit = f"{limits.page_characters:,} characters (page_characters)"
            raise refusals.pdf_too_complex(name, f"page {number} has a text of {count:,} characters", limit)
        characters = visible_characters(page, view)
        if has_readable_text(characters, view, is_scan):
            return TextPage(view.width, view.height, dpi, text_lines(characters), _rulings(page, view))
    is_low = is_scan and image_dpi(page) < _LOW_DPI
    bitmap = page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True)
    return RenderedPage(bitmap, dpi, (PageFlag.LOW_RESOLUTION,) if is_low else ())


def _dpi_within_limits(page: pypdfium2.PdfPage, number: int, name: str, limits: Limits) -> float:
    """Returns the resolution at which the page is within the pixel budget."""
    width, height = (float(points) / _POINTS_PER_INCH for points in page.get_size())
    if width <= 0 or height <= 0:
        raise ValueError("the page has no area")
    size = f"{width:,.1f} × {height:,.1f} inches"
    if max(width, height) > limits.page_inches:
        raise refusals.page_too_large(name, f"page {number} has {size}", f"{limits.page_inches} inches (page_inches)")
    if max(width, height) > limits.aspect_ratio * min(width, height):
        raise refusals.page_too_narrow(name, size, limits.aspect_ratio)
    budget = math.sqrt(limits.working_pixels / (width * height))
    return min(TARGET_DPI, budget, limits.side_pixels / max(width, height))


def _rulings(page: pypdfium2.PdfPage, view: PageView) -> tuple[Ruling, ...]:
    """Finds the ruled lines on an image of the page that is just large enough for them."""
    width, height = page.get_size()
    scale = min(_RULING_DPI / _POINTS_PER_INCH, math.sqrt(_RULING_PIXELS / (width * height)))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        gray = np.ascontiguousarray(bitmap.to_numpy()).reshape(bitmap.height, -1)[:, : bitmap.width]
        found = find_rulings(gray, scale * _POINTS_PER_INCH)
        across, down = view.width / bitmap.width, view.height / bitmap.height
    finally:
        bitmap.close()
    return tuple(
        (round(x0 * across), round(y0 * down), round(x1 * across), round(y1 * down)) for x0, y0, x1, y1 in found
    )


def _has_form_fields(page: pypdfium2.PdfPage) -> bool:
    """Whether the page has form fields, notes or stamps: PDFium renders their contents, but its text lacks them."""
    kinds = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in kinds:
            return True
    return False
