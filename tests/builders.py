"""Small documents for tests."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.base import CorrectedLine
from scanproof.document import Box, Document, Edit, Line, Page, PageSource, Refusal, Source
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior

BOX = Box(left=0, top=0, right=100, bottom=20)


def edit(raw: str, start: int, end: int, corrected: str) -> Edit:
    return Edit(
        start=start,
        end=end,
        raw=raw[start:end],
        corrected=corrected,
        probability=0.99,
        corrector="fast",
        model="fast",
        model_version="test",
    )


def line(raw: str, *edits: Edit, text: str | None = None, refusals: Sequence[Refusal] = ()) -> Line:
    return Line(raw=raw, text=raw if text is None else text, box=BOX, edits=edits, refusals=tuple(refusals))


def page(
    number: int,
    *lines: Line,
    source: PageSource = PageSource.OCR,
    warnings: Sequence[str] = (),
    has_lattice: bool = False,
) -> Page:
    return Page(
        number=number,
        width=100,
        height=100,
        dpi=300,
        source=source,
        lines=lines,
        warnings=tuple(warnings),
        has_lattice=has_lattice,
    )


def document(*pages: Page) -> Document:
    source = Source(name="scan.png", media_type="image/png", size_bytes=1)
    return Document(id="0", published_at="2026-11-21T00:00:00Z", source=source, profile="general", pages=pages)


class UpperCase:
    """A corrector that writes the letter x in upper case."""

    name = "fast"
    model_version = "test"
    languages: frozenset[str] | None = None

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], str | None]] = []

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        self.calls.append((list(lines), language.code))
        return [self._one(raw) for raw in lines]

    def close(self) -> None:
        pass

    def _one(self, raw: str) -> CorrectedLine:
        edits = tuple(edit(raw, i, i + 1, "X") for i, character in enumerate(raw) if character == "x")
        return CorrectedLine(raw.replace("x", "X"), edits)
