"""PDF that asks for more time or memory than there is: by recursion, repetition, compression and declared sizes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.hostile.files import HostileFile
from tests.hostile.pdf_writer import MEDIA_BOX, page_with, pdf, stream

_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
_WHITE = b"1 1 1 rg 0 0 595 842 re f\n"


def files() -> Iterator[HostileFile]:
    """Yields the bombs."""
    for name, make in _BOMBS.items():
        yield HostileFile(name.split("-")[0], f"{name}.pdf", make, quick=name not in _SLOW)
    for name, box in _BOXES.items():
        yield HostileFile("mediabox", f"mediabox-{name}.pdf", partial(_boxed, box))
    for name, (entries, data) in _images().items():
        yield HostileFile("embedded", f"embedded-{name}.pdf", partial(_embedded, entries, data))


def _form_calls_itself() -> bytes:
    form = stream(b"/F Do", _FORM + b" /Resources << /XObject << /F 10 0 R >> >>")
    return page_with(b"/F Do", b"/XObject << /F 10 0 R >>", objects={10: form})


def _doubling_forms(levels: int, calls: int, entries: bytes = b"") -> bytes:
    objects = {}
    for level in range(levels):
        resources = b"/Resources << /XObject << /F %d 0 R >> >>" % (11 + level)
        content = _WHITE if level == levels - 1 else b"/F Do " * calls
        objects[10 + level] = stream(content, _FORM + entries + resources)
    return page_with(b"/F Do", b"/XObject << /F 10 0 R >>", objects=objects)


def _pattern(entries: bytes, content: bytes, resources: bytes = b"") -> bytes:
    body = stream(content, b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 " + entries + resources)
    fill = b"/Pattern cs /P scn 0 0 595 842 re f"
    return page_with(fill, b"/Pattern << /P 10 0 R >>", objects={10: body})


def _pattern_in_itself() -> bytes:
    resources = b" /Resources << /Pattern << /P 10 0 R >> >>"
    entries = b"/BBox [0 0 10 10] /XStep 10 /YStep 10"
    return _pattern(entries, b"/Pattern cs /P scn 0 0 10 10 re f", resources)


def _shading(body: bytes, *more: bytes) -> bytes:
    objects = {10: body, **{11 + number: each for number, each in enumerate(more)}}
    return page_with(b"/S sh\n" * 20, b"/Shading << /S 10 0 R >>", objects=objects)


def _function_shading() -> bytes:
    program = b"{ " + b"dup sin mul exch " * 20_000 + b"pop dup dup }"
    function = stream(program, b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1]")
    return _shading(b"<< /ShadingType 1 /ColorSpace /DeviceRGB /Function 11 0 R /Matrix [595 0 0 842 0 0] >>", function)


def _sampled_shading() -> bytes:
    entries = b"/FunctionType 0 /Domain [0 1] /Range [0 1 0 1 0 1] /Size [2000000000] /BitsPerSample 32"
    body = b"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 595 842] /Function 11 0 R /Extend [true true] >>"
    return _shading(body, stream(bytes(100), entries))


def _mesh_shading(kind: int) -> bytes:
    entries = b"/ShadingType %d /ColorSpace /DeviceRGB /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8" % kind
    entries += b" /Decode [0 595 0 842 0 1 0 1 0 1] /VerticesPerRow 2"
    return _shading(stream(bytes(range(1, 255)) * 8_000, entries))


def _radial_shading() -> bytes:
    function = b"<< /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 100000 >>"
    coordinates = b"[0 0 1e9 1e9 1e9 1e-9]"
    body = b"<< /ShadingType 3 /ColorSpace /DeviceRGB /Coords %s /Function 11 0 R /Extend [true true] >>" % coordinates
    return _shading(body, function)


def _groups(levels: int, masked: bool) -> bytes:
    objects = {}
    for level in range(levels):
        state = b"/ExtGState << /G << /ca 0.5 %s >> >>" % (
            b"/SMask << /Type /Mask /S /Luminosity /G %d 0 R >>" % (11 + level) if masked else b""
        )
        entries = _FORM + b" /Group << /S /Transparency /I true /K true >>"
        entries += b" /Resources << %s /XObject << /F %d 0 R >> >>" % (state, 11 + level)
        content = _WHITE if level == levels - 1 else b"/G gs /F Do /F Do" if masked else b"/G gs /F Do"
        objects[10 + level] = stream(content, entries)
    return page_with(b"/F Do", b"/XObject << /F 10 0 R >>", objects=objects)


def _glyph_draws_itself() -> bytes:
    resources = b"/Resources << /Font << /T 10 0 R >> >>"
    font = b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [.001 0 0 .001 0 0] %s" % resources
    font += (
        b" /FirstChar 97 /LastChar 97 /Widths [1000] /Encoding << /Differences [97 /a] >> /CharProcs << /a 11 0 R >> >>"
    )
    glyph = stream(b"1000 0 d0 BT /T 900 Tf (aaaa) Tj ET 0 0 750 750 re f")
    text = b"BT /T 12 Tf 50 700 Td (aaaa) Tj ET"
    return page_with(text, b"/Font << /T 10 0 R >>", objects={10: font, 11: glyph})


def _embedded_font(subtype: bytes, key: bytes, data: bytes) -> bytes:
    font = b"<< /Type /Font /Subtype /%s /BaseFont /X /FirstChar 0 /LastChar 255 /FontDescriptor 11 0 R >>" % subtype
    descriptor = b"<< /Type /FontDescriptor /FontName /X /Flags 4 /%s 12 0 R >>" % key
    text = b"BT /T 12 Tf 50 700 Td (Total 12.30) Tj ET"
    return page_with(text, b"/Font << /T 10 0 R >>", objects={10: font, 11: descriptor, 12: stream(data)})


def _huge_glyphs() -> bytes:
    text = b"BT /T 1e9 Tf 50 700 Td (Total) Tj /T 1e-9 Tf (Total) Tj 1e30 0 0 1e30 0 0 Tm (a) Tj ET"
    return page_with(text, b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>")


def _much_text(characters: int) -> bytes:
    row = b"(" + b"Total 12.30 " * 8 + b") Tj 0 -1 Td\n"
    content = b"BT /T 1 Tf 10 830 Td\n" + row * (characters // 96) + b"ET"
    return page_with(content, b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>")


def _one_row(words: int) -> bytes:
    content = (
        b"BT /T .01 Tf\n" + b"".join(b"1 0 0 1 %.2f 400 Tm (a) Tj\n" % (i * 590 / words) for i in range(words)) + b"ET"
    )
    return page_with(content, b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>")


def _nested_kids(depth: int) -> bytes:
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for number in range(2, depth + 2):
        objects[number] = b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 1)
    objects[depth + 2] = b"<< /Type /Page /Parent %d 0 R %s >>" % (depth + 1, MEDIA_BOX)
    return pdf(objects)


def _kids_circle() -> bytes:
    return pdf(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 4 /Parent 2 0 R >>"}
    )


def _declared_pages(count: int) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R %s >>" % MEDIA_BOX
    return pdf(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % count, 3: page}
    )


def _same_page_often(count: int) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R %s >>" % MEDIA_BOX
    kids = b"3 0 R " * count
    pages = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    return pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: pages, 3: page})


def _annotations(count: int) -> bytes:
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (=1+1) /Rect [0 0 500 500] /Parent 10 0 R >>"
    page = MEDIA_BOX + b" /Annots [%s]" % (b"10 0 R " * count)
    return page_with(_WHITE, page=page, objects={10: field}, catalogue=b"/AcroForm << /Fields [10 0 R] >>")


def _xref(previous: bytes) -> bytes:
    return pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R %s >>" % MEDIA_BOX,
        },
        previous,
    )


def _bad_neighbours() -> bytes:
    """Four pages of which the second never ends and the third needs gigabytes."""
    bomb = _doubling_objects(100, 9, 10)
    font = b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    good = b"<< /Type /Page /Parent 2 0 R %s /Contents 3 0 R /Resources << %s >> >>" % (MEDIA_BOX, font)
    slow = b"<< /Type /Page /Parent 2 0 R %s /Contents 4 0 R /Resources << /XObject << /F 100 0 R >> >> >>" % MEDIA_BOX
    large = b"<< /Type /Page /Parent 2 0 R %s /Contents 5 0 R >>" % MEDIA_BOX
    return pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R 13 0 R] /Count 4 >>",
            3: stream(b"BT /T 12 Tf 50 700 Td (Total due 12.30 EUR) Tj ET"),
            4: stream(b"/F Do"),
            5: stream(b"0 0 m 595 842 l S\n" * 30_000_000),
            10: good, 11: slow, 12: large, 13: good,
            **bomb,
        }
    )  # fmt: skip


def _doubling_objects(first: int, levels: int, calls: int) -> dict[int, bytes]:
    objects = {}
    for level in range(levels):
        resources = b"/Resources << /XObject << /F %d 0 R >> >>" % (first + 1 + level)
        content = _WHITE if level == levels - 1 else b"/F Do " * calls
        objects[first + level] = stream(content, _FORM + resources)
    return objects


_HELVETICA = b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"

_BOMBS = {
    "recursion-form-in-itself": _form_calls_itself,
    "recursion-forms-doubling": partial(_doubling_forms, 30, 2),
    "recursion-forms-tenfold": partial(_doubling_forms, 9, 10),
    "recursion-forms-deep": partial(_doubling_forms, 3_000, 1),
    "pattern-in-itself": _pattern_in_itself,
    "pattern-tiny-steps": partial(_pattern, b"/BBox [0 0 1 1] /XStep .0001 /YStep .0001", b"0 0 1 1 re f"),
    "pattern-zero-steps": partial(_pattern, b"/BBox [0 0 1 1] /XStep 0 /YStep 0", b"0 0 1 1 re f"),
    "pattern-huge-cell": partial(_pattern, b"/BBox [0 0 1e9 1e9] /XStep 1e9 /YStep 1e9", b"0 0 1e9 1e9 re f"),
    "pattern-many-cells": partial(_pattern, b"/BBox [0 0 1 1] /XStep .5 /YStep .5", b"0 0 m 1 1 l S " * 100),
    "shading-function": _function_shading,
    "shading-sampled": _sampled_shading,
    "shading-radial": _radial_shading,
    **{f"shading-mesh-{kind}": partial(_mesh_shading, kind) for kind in (4, 5, 6, 7)},
    "transparency-groups": partial(_groups, 60, False),
    "transparency-masks": partial(_groups, 20, True),
    "font-glyph-draws-itself": _glyph_draws_itself,
    "font-type1-garbage": partial(_embedded_font, b"Type1", b"FontFile", b"%!PS-AdobeFont " + bytes(range(256)) * 99),
    "font-truetype-garbage": partial(_embedded_font, b"TrueType", b"FontFile2", b"\0\1\0\0" + b"\xff" * 99_999),
    "font-cff-garbage": partial(_embedded_font, b"Type1", b"FontFile3", b"\1\0\4\4" + b"\xfe" * 99_999),
    "font-huge-glyphs": _huge_glyphs,
    "text-38-thousand-characters": partial(_much_text, 38_000),
    "text-2-million-characters": partial(_much_text, 2_000_000),
    "text-one-row-of-50-thousand-words": partial(_one_row, 50_000),
    "nesting-kids-1000": partial(_nested_kids, 1_000),
    "nesting-kids-30000": partial(_nested_kids, 30_000),
    "nesting-kids-circle": _kids_circle,
    "nesting-arrays": partial(page_with, _WHITE, b"/X " + b"[" * 100_000 + b"]" * 100_000),
    "nesting-dictionaries": partial(page_with, _WHITE, b"/X << " * 50_000 + b">> " * 50_000),
    "nesting-content-arrays": partial(page_with, b"[" * 5_000_000),
    "nesting-states": partial(page_with, b"q " * 5_000_000 + _WHITE),
    "nesting-clips": partial(page_with, b"q 0 0 500 800 re W n " * 200_000 + _WHITE),
    "pages-declared-2147483647": partial(_declared_pages, 2**31 - 1),
    "pages-declared-minus-1": partial(_declared_pages, -1),
    "pages-declared-1999": partial(_declared_pages, 1_999),
    "pages-100000-times-one": partial(_same_page_often, 100_000),
    "annotations-100000": partial(_annotations, 100_000),
    "xref-circle": partial(_xref, b"/Prev 9"),
    "xref-far-away": partial(_xref, b"/Prev 99999999999"),
    "xref-encrypted": partial(_xref, b"/Encrypt << /Filter /Standard /V 9 /R 9 /O (x) /U (x) /P -1 >> /ID [() ()]"),
    "content-paths": lambda: page_with(b"0 0 m 595 842 l S\n" * 30_000_000),
    "content-curves": partial(page_with, b"0 0 m " + b"9 999 -99 7 500 400 c " * 500_000 + b"f"),
    "content-dashes": partial(page_with, b"[1e-6 1e-6] 0 d 0 0 m 595 842 l S\n" * 100),
    "content-wide-lines": partial(page_with, b"1e9 w 0 0 m 1e9 1e9 l -1e9 5 l S\n" * 1_000),
    "content-numbers": partial(page_with, b"9" * 5_000_000 + b" 1e999 -1e999 m f"),
    "content-garbage": partial(page_with, bytes(range(256)) * 10_000),
    "content-names": partial(page_with, b"/" + b"A" * 5_000_000 + b" Do"),
    "content-inline-image": partial(page_with, b"BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID x EI\n" * 10),
    "neighbours-of-bombs": _bad_neighbours,
}  # fmt: skip

# They take until a limit ends them, or need seconds to be made.
_SLOW = {
    "recursion-forms-doubling", "recursion-forms-tenfold", "recursion-forms-deep", "pattern-tiny-steps",
    "pattern-many-cells", "shading-function", "shading-mesh-4", "shading-mesh-5", "shading-mesh-6", "shading-mesh-7",
    "transparency-groups", "transparency-masks", "text-38-thousand-characters", "text-one-row-of-50-thousand-words",
    "nesting-content-arrays", "nesting-states", "nesting-clips", "nesting-kids-30000", "pages-declared-1999",
    "content-paths", "content-curves", "content-dashes", "annotations-100000", "neighbours-of-bombs",
    "shading-radial", "content-wide-lines",
}  # fmt: skip

_BOXES = {
    "huge": b"/MediaBox [0 0 1e9 1e9]",
    "largest": b"/MediaBox [0 0 14400 14400]",
    "beyond-float": b"/MediaBox [0 0 1e39 1e39]",
    "long": b"/MediaBox [0 0 14000 1]",
    "roll": b"/MediaBox [0 0 164 14000]",
    "tiny": b"/MediaBox [0 0 .001 .001]",
    "one-point": b"/MediaBox [0 0 1 1]",
    "empty": b"/MediaBox [0 0 0 0]",
    "inverted": b"/MediaBox [595 842 0 0]",
    "far-away": b"/MediaBox [1e8 1e8 1.00000595e8 1.00000842e8]",
    "short": b"/MediaBox [0 0 595]",
    "strings": b"/MediaBox [(a) (b) /c null]",
    "missing": b"",
    "crop-outside": b"/MediaBox [0 0 595 842] /CropBox [9000 9000 9999 9999]",
    "turned-45": b"/MediaBox [0 0 595 842] /Rotate 45",
    "turned-often": b"/MediaBox [0 0 595 842] /Rotate 2147483640",
    "unit": b"/MediaBox [0 0 595 842] /UserUnit 1000000",
    "unit-negative": b"/MediaBox [0 0 595 842] /UserUnit -1",
}


def _boxed(box: bytes) -> bytes:
    return page_with(b"BT /T 12 Tf 50 700 Td (Total 12.30) Tj ET", _HELVETICA, page=box)


def _images() -> dict[str, tuple[bytes, tuple[bytes, int]]]:
    """Returns entries of image objects, and their data: bytes and how often they are repeated."""
    grey = b"/ColorSpace /DeviceGray /BitsPerComponent 8"
    huge = b"/Width 60000 /Height 60000 "
    small = b"/Width 100 /Height 100 /BitsPerComponent 8 "
    coded = b"/Width 500 /Height 500 /X-Filter /%s "
    return {
        "declared-huge": (huge + grey, (b"\0", 1000)),
        "declared-beyond": (b"/Width 2147483647 /Height 2147483647 " + grey, (b"\0", 1000)),
        "declared-negative": (b"/Width -5 /Height -5 " + grey, (b"\0", 1000)),
        "zeros-100-megapixels": (b"/Width 10000 /Height 10000 " + grey, (b"\0", 100_000_000)),
        "zeros-rgb-16-bit": (
            b"/Width 5000 /Height 5000 /ColorSpace /DeviceRGB /BitsPerComponent 16", (b"\0", 150_000_000)
        ),
        "mask-huge": (b"/ImageMask true /BitsPerComponent 1 /Width 60000 /Height 60000", (b"\0", 450_000_000)),
        "softmask-itself": (b"/Width 100 /Height 100 /SMask 10 0 R " + grey, (b"\0", 10_000)),
        "indexed-short": (small + b"/ColorSpace [/Indexed /DeviceRGB 255 (abc)]", (b"\0", 10_000)),
        "devicen": (small + b"/ColorSpace [/DeviceN [/A /B /C] /DeviceCMYK 10 0 R]", (b"\0", 30_000)),
        "icc-garbage": (small + b"/ColorSpace [/ICCBased 10 0 R]", (b"\0", 30_000)),
        "decode-odd": (b"/Width 100 /Height 100 /Decode [1e30 -1e30] " + grey, (b"\0", 10_000)),
        **{
            f"{kind.lower()}-garbage": (coded % kind.encode() + grey, (bytes(range(256)), 200))
            for kind in ("DCTDecode", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "LZWDecode", "RunLengthDecode")
        },
        "many-filters": (coded.replace(b"/%s", b"[%s]") % (b"/ASCIIHexDecode " * 500) + grey, (b"41", 9_999)),
    }  # fmt: skip


def _embedded(entries: bytes, data: tuple[bytes, int]) -> bytes:
    plain = b"/X-Filter" in entries
    entries = entries.replace(b"/X-Filter", b"/Filter")
    image = stream(data[0] * data[1], b"/Type /XObject /Subtype /Image " + entries, compress=not plain)
    return page_with(b"595 0 0 842 0 0 cm /I Do", b"/XObject << /I 10 0 R >>", objects={10: image})
