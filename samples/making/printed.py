"""Prints papers: as an image, and as the page that an engine without errors would recognise on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from scanproof.document import Box, Line, Page, PageSource, Word

from .papers import Paper, Row

DPI = 150
_INK, _WHITE = 20, 255
_ADVANCE = 0.55  # width of a character by the size of its font, as in most typefaces
_ASCENT, _DESCENT = 0.9, 0.25  # of the size of a font

Measure = Callable[[str, Row], float]


def image_of(paper: Paper, font: Path) -> Image.Image:
    """Draws a paper in black on white.

    Args:
        font: a file whose name has ``Regular``, beside one with ``Bold``; without that, bold rows are drawn larger.
    """
    image = Image.new("L", paper.size, _WHITE)
    pen = ImageDraw.Draw(image)
    bold = font.with_name(font.name.replace("Regular", "Bold"))
    for row in paper.rows:
        has_bold = row.bold and bold.exists() and bold != font
        ink = ImageFont.truetype(bold if has_bold else font, _pixels(row))
        for index, (x, text) in enumerate(row.pieces):
            pen.text((x, row.y), text, fill=_INK, font=ink, anchor="rs" if index in row.right else "ls")
    return image


def page_of(paper: Paper) -> Page:
    """Returns the page as an engine without errors recognises it: a line for each row, with the boxes of its words."""
    lines = tuple(_line(row) for row in paper.rows)
    width, height = paper.size
    return Page(number=1, width=width, height=height, dpi=DPI, source=PageSource.OCR, lines=lines)


def _pixels(row: Row) -> int:
    return round(row.points * DPI / 72)


def _line(row: Row) -> Line:
    advance = _ADVANCE * _pixels(row)
    text, words = "", list[Word]()
    for index, (x, piece) in enumerate(row.pieces):
        left = x - advance * len(piece) if index in row.right else x
        text += " " if text else ""
        start = len(text)
        text += piece
        position = 0
        for word in piece.split(" "):
            if word:
                box = Box(
                    left=left + advance * position,
                    top=row.y - _ASCENT * _pixels(row),
                    right=left + advance * (position + len(word)),
                    bottom=row.y + _DESCENT * _pixels(row),
                )
                words.append(Word(start=start + position, end=start + position + len(word), box=box))
            position += len(word) + 1
    return Line(raw=text, text=text, box=Box.around([word.box for word in words]), words=tuple(words))
