"""The text that a reader of a PDF page sees, as lines in reading order.

Text counts as visible unless its render mode is invisible (3, or 7: only a clipping path; ISO 32000-1, 9.3.6), or a
picture is drawn over the whole page after it: both are how scanners hide the text of their own, older OCR.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from scanproof.document import Box, Line, Word
from scanproof.opening.pdf_view import PageView, covers_page
from scanproof.reading_order import in_reading_order

_HIDDEN_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_LIGATURES = "ﬀﬁﬂﬃﬄﬅﬆ"  # one glyph of the font, several letters to a reader
_MOST_UNREADABLE = 0.1  # of the characters; above it the font has no mapping to Unicode and the text is noise
_FEWEST_ON_A_SCAN = 100  # characters; less is a stamp or a page number over the scan
_LEAST_HEIGHT_ON_A_SCAN = 0.15  # of the page's height, covered by lines of text
_SPACE_GAP = 1.2  # times the height of the letters: a wider gap within a run of text starts another one


@dataclass(frozen=True)
class Character:
    """One visible character and its place; whitespace has the box of nothing."""

    text: str
    box: Box
    readable: bool


def visible_characters(page: pypdfium2.PdfPage, view: PageView) -> list[Character]:
    """The page's visible characters in the order of its content stream, whitespace included."""
    shown = _visible_objects(page)
    textpage = page.get_textpage()
    try:
        count = pdfium.FPDFText_CountChars(textpage)
        return [c for index in range(count) if (c := _character(textpage, index, shown, view)) is not None]
    finally:
        textpage.close()


def has_readable_text(characters: Sequence[Character], view: PageView, scanned: bool) -> bool:
    """Whether the page's text can stand for the page. On a ``scanned`` page it must be more than a stamp."""
    letters = [c for c in characters if not c.text.isspace()]
    if not letters or sum(not c.readable for c in letters) > _MOST_UNREADABLE * len(letters):
        return False
    if not scanned:
        return True
    rows = {row for c in letters for row in range(int(c.box.top), int(c.box.bottom))}
    return len(letters) >= _FEWEST_ON_A_SCAN and len(rows) >= _LEAST_HEIGHT_ON_A_SCAN * view.height


def text_lines(characters: Sequence[Character]) -> tuple[Line, ...]:
    """``characters`` as lines in reading order, with their words."""
    runs = _runs(_words(characters))
    order = in_reading_order([Box.around([word.box for word in run]) for run in runs])
    return tuple(_line([word for index in row for word in runs[index]]) for row in order)


def _visible_objects(page: pypdfium2.PdfPage) -> set[int]:
    """Addresses of the text objects that are seen, found in drawing order."""
    shown: set[int] = set()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE]):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            if covers_page(page, item):
                shown.clear()
        elif pdfium.FPDFTextObj_GetTextRenderMode(item) not in _HIDDEN_MODES:
            shown.add(_address(item.raw))
    return shown


def _address(pointer: object) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _character(textpage: pypdfium2.PdfTextPage, index: int, shown: set[int], view: PageView) -> Character | None:
    text = chr(pdfium.FPDFText_GetUnicode(textpage, index) or 0xFFFD)
    if pdfium.FPDFText_IsGenerated(textpage, index) == 1 or text.isspace():
        return Character(" ", Box(left=0, top=0, right=0, bottom=0), readable=True)
    if _address(pdfium.FPDFText_GetTextObject(textpage, index)) not in shown:
        return None
    box = _loose_box(textpage, index, view)
    if pdfium.FPDFText_IsHyphen(textpage, index) == 1:
        return Character("-", box, readable=True)  # at a line's end PDFium gives a control character for it
    if not _is_readable(textpage, index, text):
        return Character("\N{REPLACEMENT CHARACTER}", box, readable=False)
    return Character(unicodedata.normalize("NFKC", text) if text in _LIGATURES else text, box, readable=True)


def _loose_box(textpage: pypdfium2.PdfTextPage, index: int, view: PageView) -> Box:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(textpage, index, box)
    return view.box(box.left, box.bottom, box.right, box.top)


def _is_readable(textpage: pypdfium2.PdfTextPage, index: int, text: str) -> bool:
    # Private use, unassigned and control characters come from fonts that say what to draw but not what it means.
    unmapped = pdfium.FPDFText_HasUnicodeMapError(textpage, index) == 1
    return not unmapped and text != "\N{REPLACEMENT CHARACTER}" and unicodedata.category(text)[0] != "C"


@dataclass(frozen=True)
class _PlacedWord:
    text: str
    box: Box


def _words(characters: Sequence[Character]) -> list[_PlacedWord]:
    words: list[_PlacedWord] = []
    pending: list[Character] = []
    for character in characters:
        if pending and (character.text.isspace() or _breaks(pending[-1].box, character.box)):
            words.append(_PlacedWord("".join(c.text for c in pending), Box.around([c.box for c in pending])))
            pending = []
        if not character.text.isspace():
            pending.append(character)
    if pending:
        words.append(_PlacedWord("".join(c.text for c in pending), Box.around([c.box for c in pending])))
    return words


def _runs(words: Sequence[_PlacedWord]) -> list[list[_PlacedWord]]:
    """Words that follow each other closely on one line: the counterpart of a text segment that OCR finds."""
    runs: list[list[_PlacedWord]] = []
    for word in words:
        if runs and not _breaks(runs[-1][-1].box, word.box):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _breaks(before: Box, after: Box) -> bool:
    """Whether text does not go on from ``before`` to ``after``: another line, or a gap as between columns."""
    height = max(before.bottom - before.top, after.bottom - after.top, 1.0)
    overlap = min(before.bottom, after.bottom) - max(before.top, after.top)
    gap = after.left - before.right
    return overlap < 0.3 * height or gap > _SPACE_GAP * height or gap < -_SPACE_GAP * height


def _line(words: Sequence[_PlacedWord]) -> Line:
    raw = " ".join(word.text for word in words)
    placed: list[Word] = []
    start = 0
    for word in words:
        placed.append(Word(start=start, end=start + len(word.text), box=word.box))
        start += len(word.text) + 1
    return Line(raw=raw, text=raw, box=Box.around([word.box for word in words]), words=tuple(placed))
