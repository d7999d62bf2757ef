"""Writes the font of the text layer in searchable PDFs: one glyph without area, as wide as its advance and one em high.

.venv/bin/python docs/make_glyphless_font.py
"""

from __future__ import annotations

import io
from pathlib import Path

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

TARGET = Path(__file__).parents[1] / "layers/scanproof/scanproof/output/glyphless.ttf"
UNITS_PER_EM = 1000
ADVANCE = 500


def glyphless_font() -> bytes:
    """Builds the font; the same bytes every time."""
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": _diagonal(), "blank": _diagonal()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "blank": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=UNITS_PER_EM, descent=0)
    builder.setupOS2(sTypoAscender=UNITS_PER_EM, sTypoDescender=0, usWinAscent=UNITS_PER_EM, usWinDescent=0)
    builder.setupPost()
    builder.setupNameTable({"familyName": "GlyphLess", "styleName": "Regular"})
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    content = io.BytesIO()
    builder.font.save(content)
    return content.getvalue()


def _diagonal() -> object:
    """Returns a line from corner to corner: nothing to fill, but a bounding box, without which PDFium drops letters."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((ADVANCE, UNITS_PER_EM))
    pen.lineTo((ADVANCE // 2, UNITS_PER_EM // 2))
    pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    TARGET.write_bytes(glyphless_font())
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
