"""Builds pages from text, with boxes as a monospaced printer would set the lines."""

from __future__ import annotations

from scanproof.document import Box, FieldName, KeyField, Line, Page, PageSource
from scanproof.extraction.extract import extract_fields

CHARACTER, LEADING, HEIGHT = 10.0, 20.0, 16.0


def page_of(text: str, number: int = 1) -> Page:
    """Builds a page of the lines of ``text``; after three blanks or more, a new line starts on the same row."""
    lines = []
    for row, row_text in enumerate(text.strip("\n").split("\n")):
        column = 0
        for part in row_text.split("   "):
            if part.strip():
                start = column + len(part) - len(part.lstrip())
                lines.append(_line(part.strip(), start, row))
            column += len(part) + 3
    return Page(number=number, width=1000, height=1400, dpi=120, source=PageSource.OCR, lines=tuple(lines))


def _line(text: str, column: int, row: int) -> Line:
    left, top = column * CHARACTER, row * LEADING
    return Line(
        raw=text, text=text, box=Box(left=left, top=top, right=left + len(text) * CHARACTER, bottom=top + HEIGHT)
    )


def fields_of(*texts: str) -> dict[FieldName, KeyField]:
    """Extracts the key fields of a document with the pages ``texts``."""
    return {field.name: field for field in extract_fields([page_of(text, i + 1) for i, text in enumerate(texts)])}


def values_of(*texts: str) -> dict[str, str]:
    """Extracts the names and values of the key fields."""
    return {name.value: field.value for name, field in fields_of(*texts).items()}
