"""Extracts the visible text of a PDF page as lines in reading order.

Text is visible unless its render mode is invisible (3, or 7: only a clipping path; ISO 32000-1, 9.3.6) or an image is
drawn over the whole page after it. Scanners hide the text of their own OCR in both ways.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from scanproof.document import Box, Line, Word
from scanproof.opening.pdf_view import Bounds, PageView, covers_page
from scanproof.reading_order import in_reading_order

_HIDDEN_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_LIGATURES = "ﬀﬁﬂﬃﬄﬅﬆ"  # one glyph for several letters
_MAX_UNREADABLE_SHARE = 0.1  # of the characters; above, the font has no mapping to Unicode and the text is noise
_MIN_CHARACTERS_ON_SCAN = 100  # fewer are a stamp or a page number over the scan
_MIN_HEIGHT_SHARE_ON_SCAN = 0.15  # of the page's height, covered by lines of text
_MAX_GAP = 1.2  # letter heights between words of one run of text


_NO_BOUNDS = (0.0, 0.0, 0.0, 0.0)


class Character(NamedTuple):
    """One visible character and its bounds; those of whitespace are empty."""

    text: str
    bounds: Bounds
    readable: bool = True


def count_characters(page: pypdfium2.PdfPage) -> int:
    """Counts the characters of the page's text, hidden ones included."""
    textpage = page.get_textpage()
    try:
        return int(textpage.count_chars())
    finally:
        textpage.close()


def visible_characters(page: pypdfium2.PdfPage, view: PageView) -> list[Character]:
    """Returns the page's visible characters in the order of its content stream, whitespace included."""
    visible = _visible_objects(page)
    textpage = page.get_textpage()
    try:
        count = pdfium.FPDFText_CountChars(textpage)
        return [c for index in range(count) if (c := _character(textpage, index, visible, view)) is not None]
    finally:
        textpage.close()


def has_readable_text(characters: Sequence[Character], view: PageView, is_scan: bool) -> bool:
    """Whether the text layer is good enough to replace OCR. On a scanned page it must be more than a stamp."""
    letters = [c for c in characters if not c.text.isspace()]
    if not letters or sum(not c.readable for c in letters) > _MAX_UNREADABLE_SHARE * len(letters):
        return False
    if not is_scan:
        return True
    rows = {row for c in letters for row in range(int(c.bounds[1]), int(c.bounds[3]))}
    return len(letters) >= _MIN_CHARACTERS_ON_SCAN and len(rows) >= _MIN_HEIGHT_SHARE_ON_SCAN * view.height


def text_lines(characters: Sequence[Character]) -> tuple[Line, ...]:
    """Groups ``characters`` into words, and words into lines in reading order."""
    runs = _runs(_words(characters))
    order = in_reading_order([_box(_around([word.bounds for word in run])) for run in runs])
    return tuple(_line([word for index in row for word in runs[index]]) for row in order)


def _visible_objects(page: pypdfium2.PdfPage) -> set[int]:
    """Returns the addresses of the visible text objects, evaluated in drawing order."""
    visible: set[int] = set()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE]):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            if covers_page(page, item):
                visible.clear()
        elif pdfium.FPDFTextObj_GetTextRenderMode(item) not in _HIDDEN_MODES:
            visible.add(_address(item.raw))
    return visible


def _address(pointer: object) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _character(textpage: pypdfium2.PdfTextPage, index: int, visible: set[int], view: PageView) -> Character | None:
    text = chr(pdfium.FPDFText_GetUnicode(textpage, index) or 0xFFFD)
    if pdfium.FPDFText_IsGenerated(textpage, index) == 1 or text.isspace():
        return Character(" ", _NO_BOUNDS)
    if _address(pdfium.FPDFText_GetTextObject(textpage, index)) not in visible:
        return None
    bounds = _loose_bounds(textpage, index, view)
    if pdfium.FPDFText_IsHyphen(textpage, index) == 1:
        return Character("-", bounds)  # at the end of a line PDFium returns a control character
    if not _is_readable(textpage, index, text):
        return Character("\N{REPLACEMENT CHARACTER}", bounds, readable=False)
    return Character(unicodedata.normalize("NFKC", text) if text in _LIGATURES else text, bounds)


def _loose_bounds(textpage: pypdfium2.PdfTextPage, index: int, view: PageView) -> Bounds:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(textpage, index, box)
    return view.bounds(box.left, box.bottom, box.right, box.top)


def _is_readable(textpage: pypdfium2.PdfTextPage, index: int, text: str) -> bool:
    # Private use, unassigned and control characters come from fonts that map glyphs to no Unicode text.
    unmapped = pdfium.FPDFText_HasUnicodeMapError(textpage, index) == 1
    return not unmapped and text != "\N{REPLACEMENT CHARACTER}" and unicodedata.category(text)[0] != "C"


class _PlacedWord(NamedTuple):
    text: str
    bounds: Bounds


def _words(characters: Sequence[Character]) -> list[_PlacedWord]:
    words: list[_PlacedWord] = []
    pending: list[Character] = []
    for character in characters:
        if pending and (character.text.isspace() or _is_break(pending[-1].bounds, character.bounds)):
            words.append(_word(pending))
            pending = []
        if not character.text.isspace():
            pending.append(character)
    if pending:
        words.append(_word(pending))
    return words


def _word(characters: Sequence[Character]) -> _PlacedWord:
    return _PlacedWord("".join(c.text for c in characters), _around([c.bounds for c in characters]))


def _runs(words: Sequence[_PlacedWord]) -> list[list[_PlacedWord]]:
    """Groups words that follow each other closely on one line, like the text segments that OCR finds."""
    runs: list[list[_PlacedWord]] = []
    for word in words:
        if runs and not _is_break(runs[-1][-1].bounds, word.bounds):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _is_break(before: Bounds, after: Bounds) -> bool:
    """Whether the run of text ends at ``before``: ``after`` is on another line or beyond a gap as between columns."""
    height = max(before[3] - before[1], after[3] - after[1], 1.0)
    overlap = min(before[3], after[3]) - max(before[1], after[1])
    gap = after[0] - before[2]
    return overlap < 0.3 * height or gap > _MAX_GAP * height or gap < -_MAX_GAP * height


def _around(bounds: Sequence[Bounds]) -> Bounds:
    left, top, right, bottom = zip(*bounds, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _box(bounds: Bounds) -> Box:
    return Box(left=bounds[0], top=bounds[1], right=bounds[2], bottom=bounds[3])


def _line(words: Sequence[_PlacedWord]) -> Line:
    raw = " ".join(word.text for word in words)
    placed: list[Word] = []
    start = 0
    for word in words:
        placed.append(Word(start=start, end=start + len(word.text), box=_box(word.bounds)))
        start += len(word.text) + 1
    return Line(raw=raw, text=raw, box=_box(_around([word.bounds for word in words])), words=tuple(placed))
