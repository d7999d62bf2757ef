"""PDF, through PDFium: pages are rendered at 300 dpi, or their visible text is taken as it is."""

from __future__ import annotations

import math
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from PIL import Image

from scanproof.document import PageFlag
from scanproof.opening import refusals
from scanproof.opening.limits import Limits
from scanproof.opening.pdf_text import has_readable_text, text_lines, visible_characters
from scanproof.opening.pdf_view import PageView, image_dpi, image_share
from scanproof.opening.resolution import TARGET_DPI
from scanproof.page_image import ImagePage, OpenedPage, TextPage

_POINTS_PER_INCH = 72.0
_LOW_DPI = 120.0  # 10 point type has letters of 10 pixels there
_FULL_PAGE = 0.5  # of the page's area, in images: that page is a scan


class PdfFile:
    """An opened PDF; one page is loaded at a time. PDFium is not thread-safe: neither is this."""

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        try:
            self._pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise self._refusal(path, error) from error
        self.page_count = len(self._pdf)
        # Without it, what was filled into a form is not drawn.
        self._pdf.init_forms()

    def page(self, number: int) -> OpenedPage:
        """Page ``number``: its text where that is visible and complete, else its picture.

        Raises:
            PermanentError: ``pdf_corrupt``.
        """
        try:
            page = self._pdf[number - 1]
        except pypdfium2.PdfiumError as error:
            raise refusals.pdf_corrupt(self._name, f"page {number} cannot be read") from error
        try:
            return self._opened(page)
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise refusals.pdf_corrupt(self._name, f"page {number} cannot be drawn") from error
        finally:
            page.close()

    def close(self) -> None:
        """Closes the file."""
        self._pdf.close()

    def _opened(self, page: pypdfium2.PdfPage) -> OpenedPage:
        dpi = self._dpi_within_budget(*page.get_size())
        view = PageView.of(page, dpi)
        scanned = image_share(page) >= _FULL_PAGE
        characters = visible_characters(page, view)
        if not _is_filled_form(page) and has_readable_text(characters, view, scanned):
            return TextPage(view.width, view.height, dpi, text_lines(characters))
        low = scanned and image_dpi(page) < _LOW_DPI
        return ImagePage(_rendered(page, dpi), dpi, (PageFlag.LOW_RESOLUTION,) if low else ())

    def _dpi_within_budget(self, width: float, height: float) -> float:
        inches = (width / _POINTS_PER_INCH) * (height / _POINTS_PER_INCH)
        if inches <= 0:
            raise ValueError("a page without area")
        return min(TARGET_DPI, math.sqrt(self._limits.working_pixels / inches))

    def _refusal(self, path: Path, error: pypdfium2.PdfiumError) -> Exception:
        if _has_no_pages(path):
            return refusals.pdf_no_pages(self._name)
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            return refusals.pdf_encrypted(self._name)
        return refusals.pdf_corrupt(self._name, "its structure cannot be read")


def _has_no_pages(path: Path) -> bool:
    """Whether a PDF that pypdfium2 refuses is sound but empty: it passes on whatever error PDFium had before."""
    document = pdfium.FPDF_LoadDocument(str(path).encode() + b"\0", None)
    if not document:
        return False
    pdfium.FPDF_CloseDocument(document)
    return True


def _rendered(page: pypdfium2.PdfPage, dpi: float) -> Image.Image:
    bitmap = page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True)
    try:
        # A copy: the bitmap's memory is PDFium's and goes with it.
        image: Image.Image = bitmap.to_pil().convert("RGB").copy()
    finally:
        bitmap.close()
    return image


def _is_filled_form(page: pypdfium2.PdfPage) -> bool:
    """Whether fields or notes lie on the page: what stands in them is drawn, but is not in its text."""
    kinds = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in kinds:
            return True
    return False
