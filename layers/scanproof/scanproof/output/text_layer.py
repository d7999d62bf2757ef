"""Writes invisible text into the pages of a PDF, as OCR engines do for searchable PDFs.

The text uses one font without shapes, so that any Unicode text can be selected, searched and copied (ISO 32000-1:
text rendering mode 3 in 9.3.6, composite fonts in 9.7, ToUnicode in 9.10.3).
"""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from scanproof.document import Page
from scanproof.placement import PlacedWord, Point, corners_on_opened, place_words

_ADVANCE = 500  # width of each glyph of glyphless.ttf, in thousandths of the font size
_FONT = Name("/ScanproofText")
_LETTER_SHARE = 0.8  # of a box's height: engines leave a margin, and viewers join lines that overlap
_GAP = 0.2  # between words, of the font size; Poppler joins words that are closer than half of that
_LEAST_WIDTH = 0.4  # that a word keeps for a gap
_MIN_POINTS = 0.1  # words without width, such as inserted ones, stay selectable
_MAX_CODES = 0xFFFF
_DIGITS = 4  # hexadecimal, of a code
_MAX_DEPTH = 100  # of the page tree; a damaged one may be a circle
_UNKNOWN = 1  # code of characters beyond that many


class TextLayer:
    """Adds invisible text to pages of one PDF. All pages share a font, which `finish` completes."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._codes = {"\N{REPLACEMENT CHARACTER}": _UNKNOWN}
        self._to_unicode = pdf.make_stream(b"")
        self._font = pdf.make_indirect(_font(pdf, self._to_unicode))

    def add(self, target: pikepdf.Page, page: Page) -> None:
        """Writes the corrected text of ``page`` under the contents of ``target``, which stay as they are.

        Under, not over: what comes first is not subject to a coordinate system that the page's contents leave behind.
        """
        view = PageView.of(target)
        lines = (self._line(page, view, place_words(line)) for line in page.lines)
        content = "\n".join(line for line in lines if line)
        if not content:
            return
        # Compressed at once: it stays in memory until the file is saved, 80 kB for a dense page.
        operators = zlib.compress(f"q\nBT\n3 Tr\n{content}\nET\nQ\n".encode("ascii"))
        stream = self._pdf.make_stream(operators, Filter=Name.FlateDecode)
        target.contents_add(stream, prepend=True)
        _add_font(target, self._font)

    def finish(self) -> None:
        """Writes which character each code of the font stands for."""
        self._to_unicode.write(_to_unicode(self._codes))

    def _line(self, page: Page, view: PageView, words: Sequence[PlacedWord]) -> str:
        placed = [(self._encoded(word.text), _Baseline.of(page, view, word)) for word in words]
        placed = [(codes, baseline) for codes, baseline in placed if codes]
        narrowed = [one.before(following) for (_, one), (_, following) in pairwise(placed)]
        last = [baseline for _, baseline in placed[-1:]]
        # A blank behind the last word, too: where a viewer does not see that a new line begins, words stay apart.
        return "\n".join(
            baseline.show(codes + self._encoded(" "))
            for (codes, _), baseline in zip(placed, [*narrowed, *last], strict=True)
        )

    def _encoded(self, text: str) -> str:
        """Returns the codes of the characters in hexadecimal digits, four each. Control characters have none."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(f"{self._code(character):0{_DIGITS}x}" for character in composed if character.isprintable())

    def _code(self, character: str) -> int:
        known = self._codes.get(character)
        if known is not None:
            return known
        if len(self._codes) == _MAX_CODES:
            return _UNKNOWN
        return self._codes.setdefault(character, len(self._codes) + 1)


class PageView(NamedTuple):
    """Maps shares of the page as it is seen, from its top left corner, to points of user space.

    ``x' = a·x + c·y + e`` and ``y' = b·x + d·y + f``.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, page: pikepdf.Page) -> PageView:
        """Builds the view of ``page``: its crop box, turned by its rotation."""
        left, bottom, right, top = _visible_box(page)
        width, height = right - left, top - bottom
        rotation = _rotation(page)
        if rotation == 90:  # the page's left edge is seen at the top
            return cls(0, height, width, 0, left, bottom)
        if rotation == 180:
            return cls(-width, 0, 0, height, right, bottom)
        if rotation == 270:
            return cls(0, -height, -width, 0, right, top)
        return cls(width, 0, 0, -height, left, top)

    def point(self, x: float, y: float) -> Point:
        """Maps one point."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


class _Baseline(NamedTuple):
    """Where a word is in user space: its lower left corner, its direction, its width and height in points."""

    x: float
    y: float
    angle: float
    width: float
    height: float

    @classmethod
    def of(cls, page: Page, view: PageView, word: PlacedWord) -> _Baseline:
        top_left, _, bottom_right, bottom_left = (view.point(*corner) for corner in corners_on_opened(page, word.box))
        across = (bottom_right[0] - bottom_left[0], bottom_right[1] - bottom_left[1])
        if math.hypot(*across) < _MIN_POINTS:  # no width, so the direction is that of the letters, turned
            up = (top_left[0] - bottom_left[0], top_left[1] - bottom_left[1])
            across = (up[1], -up[0])
            width = _MIN_POINTS
        else:
            width = math.hypot(*across)
        height = max(_LETTER_SHARE * math.dist(top_left, bottom_left), _MIN_POINTS)
        margin = (1 - _LETTER_SHARE) / 2
        x, y = (margin * top + (1 - margin) * bottom for top, bottom in zip(top_left, bottom_left, strict=True))
        return cls(x, y, math.atan2(across[1], across[0]), width, height)

    def before(self, following: _Baseline) -> _Baseline:
        """Returns this word, narrower where it would touch the following one: viewers would join them."""
        distance = (following.x - self.x) * math.cos(self.angle) + (following.y - self.y) * math.sin(self.angle)
        width = min(self.width, distance - _GAP * self.height)
        return self._replace(width=max(width, _LEAST_WIDTH * self.width))

    def show(self, codes: str) -> str:
        """Returns the operators that show ``codes``, a word and a blank; the word fills the width."""
        letters = len(codes) / _DIGITS - 1
        scale = 100 * self.width / (letters * _ADVANCE / 1000 * self.height)
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        matrix = f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {self.x:.2f} {self.y:.2f} Tm"
        return f"{_FONT} {self.height:.2f} Tf {scale:.2f} Tz {matrix} <{codes}> Tj"


def _visible_box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    media = [float(value) for value in page.mediabox]
    crop = [float(value) for value in page.cropbox]
    media_left, media_right = sorted((media[0], media[2]))
    media_bottom, media_top = sorted((media[1], media[3]))
    left, right = sorted((crop[0], crop[2]))
    bottom, top = sorted((crop[1], crop[3]))
    cut = max(left, media_left), max(bottom, media_bottom), min(right, media_right), min(top, media_top)
    if cut[0] < cut[2] and cut[1] < cut[3]:
        return cut
    return media_left, media_bottom, media_right, media_top


def _rotation(page: pikepdf.Page) -> int:
    value = _inherited(page, "/Rotate")
    return int(value) % 360 if value is not None else 0


def _inherited(page: pikepdf.Page, name: str) -> pikepdf.Object | None:
    """Returns an inheritable attribute of a page (ISO 32000-1, 7.7.3.4)."""
    node: pikepdf.Object = page.obj
    for _ in range(_MAX_DEPTH):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _add_font(page: pikepdf.Page, font: pikepdf.Object) -> None:
    """Adds the font to the page's own resources: other pages may share what it inherits."""
    resources = _copied(_inherited(page, "/Resources"))
    fonts = _copied(resources.get("/Font"))
    fonts[_FONT] = font
    resources["/Font"] = fonts
    page.obj["/Resources"] = resources


def _copied(dictionary: pikepdf.Object | None) -> Dictionary:
    return Dictionary() if dictionary is None else Dictionary(dict(dictionary.items()))


def _font(pdf: Pdf, to_unicode: pikepdf.Stream) -> Dictionary:
    shapes = pdf.make_stream((files("scanproof.output") / "glyphless.ttf").read_bytes())
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name.GlyphLess,
        Flags=4,
        FontBBox=Array([0, 0, _ADVANCE, 1000]),
        ItalicAngle=0,
        Ascent=1000,
        Descent=0,
        CapHeight=1000,
        StemV=80,
        FontFile2=shapes,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.GlyphLess,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_ADVANCE,
        CIDToGIDMap=pdf.make_stream(b"\x00\x01" * (_MAX_CODES + 1)),  # one glyph for all
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.GlyphLess,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=to_unicode,
    )


_BLOCK = 100  # entries that one bfchar operator may have


def _to_unicode(codes: dict[str, int]) -> bytes:
    """Returns the CMap from codes to UTF-16 (Adobe Technical Note 5411)."""
    entries = [f"<{code:04x}> <{character.encode('utf-16-be').hex()}>" for character, code in codes.items()]
    blocks = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
    maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{maps}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
""".encode("ascii")
