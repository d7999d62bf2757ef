"""Makes files for tests of opening."""

from __future__ import annotations

import io
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TextMode
from PIL import Image, ImageDraw, ImageFont

A4_POINTS = (595.28, 841.89)


def page_image(size: tuple[int, int] = (600, 400), text: str = "", points: int = 24) -> Image.Image:
    """Draws a white image with rows of ``text`` from the top left corner."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(text.splitlines()):
        draw.text((20, 20 + row * points * 2), line, fill="black", font=ImageFont.load_default(points))
    return image


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    """Saves ``image`` to ``path`` in the format of its suffix; returns ``path``."""
    image.save(path, **options)
    return path


def pdf_with(path: Path, rows: list[tuple[float, float, str]], size: tuple[float, float] = A4_POINTS) -> Path:
    """Makes a PDF of one page with texts at x, y (points from the top left)."""
    pdf = new_pdf(size)
    write(pdf, rows)
    return finished(pdf, path)


def new_pdf(size: tuple[float, float] = A4_POINTS) -> FPDF:
    """Makes a PDF with one empty page."""
    pdf = FPDF(unit="pt", format=size)
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    return pdf


def write(pdf: FPDF, rows: list[tuple[float, float, str]], hidden: bool = False) -> None:
    """Adds texts at x, y; ``hidden`` ones in render mode 3, as scanners add their OCR text to an image."""
    with pdf.local_context(text_mode=TextMode.INVISIBLE if hidden else TextMode.FILL):
        for x, y, text in rows:
            pdf.text(x, y, text)


def draw_scan(pdf: FPDF, image: Image.Image | None = None) -> None:
    """Draws an image over the whole page."""
    data = io.BytesIO()
    (image or page_image((620, 877))).save(data, "PNG")
    pdf.image(data, 0, 0, pdf.w, pdf.h)


def finished(pdf: FPDF, path: Path) -> Path:
    """Writes ``pdf`` to ``path``; returns ``path``."""
    path.write_bytes(bytes(pdf.output()))
    return path
