"""Maps PDF page space to pixels and measures how much of a page images cover."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

Bounds = tuple[float, float, float, float]  # left, top, right, bottom, in pixels

_SUBPIXELS = 1000  # PDFium returns whole device units; this makes them fine enough
_GRID = 24  # cells per side in which coverage by images is counted


@dataclass(frozen=True)
class PageView:
    """A page as an image of ``width`` by ``height`` pixels: crop box and rotation included.

    ``x' = a·x + c·y + e`` and ``y' = b·x + d·y + f`` map page space (points) to pixels.
    """

    width: int
    height: int
    matrix: tuple[float, float, float, float, float, float]

    @classmethod
    def of(cls, page: pypdfium2.PdfPage, dpi: float) -> PageView:
        """Builds the view of ``page`` at ``dpi``."""
        width, height = (max(1, math.ceil(points * dpi / 72)) for points in page.get_size())
        origin, along, up = (_to_device(page, width, height, *point) for point in ((0, 0), (100, 0), (0, 100)))
        a, b = ((along[i] - origin[i]) / 100 for i in (0, 1))
        c, d = ((up[i] - origin[i]) / 100 for i in (0, 1))
        return cls(width, height, (a, b, c, d, origin[0], origin[1]))

    def bounds(self, left: float, bottom: float, right: float, top: float) -> Bounds:
        """Maps a rectangle of page space to pixels, clipped to the page."""
        a, b, c, d, e, f = self.matrix
        x0 = e + min(a * left, a * right) + min(c * bottom, c * top)
        x1 = e + max(a * left, a * right) + max(c * bottom, c * top)
        y0 = f + min(b * left, b * right) + min(d * bottom, d * top)
        y1 = f + max(b * left, b * right) + max(d * bottom, d * top)
        return (
            round(min(max(x0, 0.0), self.width), 1),
            round(min(max(y0, 0.0), self.height), 1),
            round(min(max(x1, 0.0), self.width), 1),
            round(min(max(y1, 0.0), self.height), 1),
        )


def _to_device(page: pypdfium2.PdfPage, width: int, height: int, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    size = (width * _SUBPIXELS, height * _SUBPIXELS)
    if not pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down):
        raise ValueError("the page cannot be mapped to pixels")
    return across.value / _SUBPIXELS, down.value / _SUBPIXELS


def image_coverage(page: pypdfium2.PdfPage) -> float:
    """Measures the share of the page's area that images cover, 0 to 1."""
    covered: set[tuple[int, int]] = set()
    for left, bottom, right, top in _image_bounds(page):
        columns = range(round(left * _GRID), round(right * _GRID))
        covered.update((column, row) for column in columns for row in range(round(bottom * _GRID), round(top * _GRID)))
    return len(covered) / _GRID**2


def covers_page(page: pypdfium2.PdfPage, item: pypdfium2.PdfObject) -> bool:
    """Whether ``item`` covers more than half of the page."""
    left, bottom, right, top = _relative_bounds(page, item)
    return (right - left) * (top - bottom) > 0.5


def image_dpi(page: pypdfium2.PdfPage) -> float:
    """Returns the resolution of the page's finest image; infinity without images."""
    found = [dpi for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]) if (dpi := _dpi_of(page, item)) > 0]
    return max(found, default=math.inf)


def _dpi_of(page: pypdfium2.PdfPage, item: pypdfium2.PdfObject) -> float:
    metadata = pdfium.FPDF_IMAGEOBJ_METADATA()
    if not pdfium.FPDFImageObj_GetImageMetadata(item, page, metadata):
        return 0.0
    return float(max(metadata.horizontal_dpi, metadata.vertical_dpi))


def _image_bounds(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        yield _relative_bounds(page, item)


def _relative_bounds(page: pypdfium2.PdfPage, item: pypdfium2.PdfObject) -> tuple[float, float, float, float]:
    """Returns left, bottom, right, top of ``item`` as fractions of the page's crop box."""
    x0, y0, x1, y1 = page.get_cropbox()
    left, bottom, right, top = item.get_bounds()
    width, height = max(x1 - x0, 1e-6), max(y1 - y0, 1e-6)
    return (
        min(max((left - x0) / width, 0), 1),
        min(max((bottom - y0) / height, 0), 1),
        min(max((right - x0) / width, 0), 1),
        min(max((top - y0) / height, 0), 1),
    )
