"""Opens PDF with PDFium: renders pages at 300 dpi, or uses their visible text as it is."""

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
from scanproof.opening.pdf_view import PageView, image_coverage, image_dpi
from scanproof.opening.resolution import TARGET_DPI
from scanproof.page_image import ImagePage, OpenedPage, TextPage

_POINTS_PER_INCH = 72.0
_LOW_DPI = 120.0  # below, 10 point type has letters of less than 10 pixels
_SCAN_COVERAGE = 0.5  # share of the page's area that images cover on a scanned page


class PdfFile:
    """An open PDF that loads one page at a time. Not thread-safe, because PDFium is not."""

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        try:
            self._pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise self._open_error(path, error) from error
        self.page_count = len(self._pdf)
        # Otherwise the contents of form fields are not rendered.
        self._pdf.init_forms()

    def page(self, number: int) -> OpenedPage:
        """Returns the text of page ``number`` where that is visible and complete, else its image.

        Raises:
            PermanentError: ``pdf_corrupt``.
        """
        try:
            page = self._pdf[number - 1]
        except pypdfium2.PdfiumError as error:
            raise refusals.pdf_corrupt(self._name, f"page {number} cannot be read") from error
        try:
            return self._convert(page)
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise refusals.pdf_corrupt(self._name, f"page {number} cannot be rendered") from error
        finally:
            page.close()

    def close(self) -> None:
        """Closes the file."""
        self._pdf.close()

    def _convert(self, page: pypdfium2.PdfPage) -> OpenedPage:
        dpi = self._dpi_within_budget(*page.get_size())
        view = PageView.of(page, dpi)
        is_scan = image_coverage(page) >= _SCAN_COVERAGE
        characters = visible_characters(page, view)
        if not _has_form_fields(page) and has_readable_text(characters, view, is_scan):
            return TextPage(view.width, view.height, dpi, text_lines(characters))
        is_low = is_scan and image_dpi(page) < _LOW_DPI
        return ImagePage(_render(page, dpi), dpi, (PageFlag.LOW_RESOLUTION,) if is_low else ())

    def _dpi_within_budget(self, width: float, height: float) -> float:
        inches = (width / _POINTS_PER_INCH) * (height / _POINTS_PER_INCH)
        if inches <= 0:
            raise ValueError("the page has no area")
        return min(TARGET_DPI, math.sqrt(self._limits.working_pixels / inches))

    def _open_error(self, path: Path, error: pypdfium2.PdfiumError) -> Exception:
        if _has_no_pages(path):
            return refusals.pdf_no_pages(self._name)
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            return refusals.pdf_encrypted(self._name)
        return refusals.pdf_corrupt(self._name, "its structure cannot be read")


def _has_no_pages(path: Path) -> bool:
    """Whether a PDF that pypdfium2 refuses is valid but empty; pypdfium2 then reports an unrelated earlier error."""
    document = pdfium.FPDF_LoadDocument(str(path).encode() + b"\0", None)
    if not document:
        return False
    pdfium.FPDF_CloseDocument(document)
    return True


def _render(page: pypdfium2.PdfPage, dpi: float) -> Image.Image:
    bitmap = page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True)
    try:
        # A copy, because closing the bitmap frees its memory.
        image: Image.Image = bitmap.to_pil().convert("RGB").copy()
    finally:
        bitmap.close()
    return image


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
