"""Text layers and metadata with what terminals, spreadsheets, browsers and parsers act upon."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial

from PIL import Image, PngImagePlugin

from tests.hostile.files import HostileFile
from tests.hostile.pdf_writer import page_with, stream

TEXTS: dict[str, Sequence[str]] = {
    "control": ["Invoice\x00 No\x07: 47\x1b[31m11", "Total\x08\x7f\x9b 12.30", "a\x0bb\x0cc\x85d\u2028e\u2029f"],
    "escape": ["\x1b]0;title\x07Invoice", "\x1b[2J\x1b[H Total 12.30", "\x1b]8;;http://example.org\x07link"],
    "right-to-left": ["\u202eInvoice 4711\u202c", "סך הכל 12.30", "الإجمالي ١٢٫٣٠", "\u2067Total\u2069 12.30"],
    "zero-width": ["To\u200btal\u200d 12\u2060.30", "\ufeffInvoice", "a" + "\u0301" * 500],
    "surrogates": ["Invoice \ud800 4711", "Total \udfff 12.30", "\ud83d\ude00 \U0001f600"],
    "noncharacters": ["\ufffe Invoice \uffff", "\U0010ffff Total", "\ue000\uf8ff private"],
    "markup": ["[bold]Invoice[/bold] [/i] 4711", "[link=http://example.org]Total[/link]", "\\[red] [[ ]] [/]"],
    "html": ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt; &amp; ]]> <!--"],
    "formulas": ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", '=HYPERLINK("http://example.org")'],
    "json": ['{"a": "\\u0000"}', "\\ \" ' ` $(reboot)", "%s %d {0} {__class__}", "'; DROP TABLE documents; --"],
    "numbers": ["Total 1e999", "Total " + "9" * 5_000, "Invoice No: " + "0" * 3_000, "12.30 " * 2_000],
    "one-long-word": ["A" * 90_000],
    "one-long-vendor": ["Sold by: " + "Muster Handel und Transport " * 3_000],
    "dates": ["Invoice date: " + f"{day:02}.{month:02}.2024" for day in range(1, 29) for month in range(1, 13)],
    "look-alikes": ["Тоtаl 12.30", "Invоicе Nо: 4711", "Total １２.３０ €", "⑫ ½ ² Ⅻ ﬁ"],
    "separators": ["a\u00a0b\u1680c\u2003d\u3000e", "x\ty", "", " ", "\u2800"],
    "case": ["İIıi ẞß ŉ ǰ", "ΐ ΰ ﬀ ﬃ", "ǅ ǆ"],
}  # fmt: skip


def files() -> Iterator[HostileFile]:
    """Yields a file for each text, and files with the texts in their metadata."""
    for name, rows in TEXTS.items():
        yield HostileFile("text", f"text-{name}.pdf", partial(text_pdf, rows))
        yield HostileFile("metadata", f"title-{name}.pdf", partial(_titled, rows))
        yield HostileFile("metadata", f"comment-{name}.png", partial(_commented, rows))


def text_pdf(rows: Sequence[str]) -> bytes:
    """Makes a PDF with a text layer of any code points, lone surrogates included."""
    units = sorted({unit for row in rows for unit in row})
    glyphs = {unit: number for number, unit in enumerate(units, 1)}
    mapping = b"".join(b"<%04X> <%s>\n" % (glyphs[unit], _hex(unit)) for unit in units)
    unicode_map = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n%d beginbfchar\n%sendbfchar\nendcmap end end"
        % (len(units), mapping)
    )
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H"
    font += b" /DescendantFonts [11 0 R] /ToUnicode 12 0 R >>"
    descendant = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 500 /CIDSystemInfo << /Registry (Adobe)"
    descendant += b" /Ordering (Identity) /Supplement 0 >> /FontDescriptor 13 0 R >>"
    descriptor = b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 500 1000] /Ascent 900 /Descent -100 >>"
    content = b"BT /T 8 Tf 40 800 Td 9 TL\n"
    for row in rows:
        content += b"<%s> Tj T*\n" % b"".join(b"%04X" % glyphs[unit] for unit in row)
    objects = {10: font, 11: descendant, 12: stream(unicode_map), 13: descriptor}
    return page_with(content + b"ET", b"/Font << /T 10 0 R >>", objects=objects)


def _hex(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass").hex().upper().encode()


def _titled(rows: Sequence[str]) -> bytes:
    title = b"<FEFF%s>" % _hex("\n".join(rows))
    content = b"BT /T 12 Tf 50 700 Td (Total 12.30) Tj ET"
    font = b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    return page_with(content, font).replace(
        b"/Root 1 0 R", b"/Root 1 0 R /Info << /Title %s /Author %s >>" % (title, title)
    )


def _commented(rows: Sequence[str]) -> bytes:
    info = PngImagePlugin.PngInfo()
    text = "\n".join(rows).encode("utf-8", "replace").decode()
    info.add_itxt("Comment", text)
    info.add_text("Title", text.encode("latin-1", "replace").decode("latin-1").replace("\0", ""))
    data = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(data, "PNG", pnginfo=info)
    return data.getvalue()
