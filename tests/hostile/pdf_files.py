"""PDF that is odd in its structure rather than large."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.hostile.files import HostileFile
from tests.hostile.pdf_writer import MEDIA_BOX, page_with, pdf, stream

_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_PAGE = b"<< /Type /Page /Parent 2 0 R %s >>" % MEDIA_BOX
_CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
_TEXT = b"BT /T 12 Tf 50 700 Td (Total 12.30) Tj ET"
_FONT = b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"


def files() -> Iterator[HostileFile]:
    """Yields the files."""
    for name, make in _FILES.items():
        yield HostileFile("structure", f"structure-{name}.pdf", make)


def _without_table() -> bytes:
    whole = page_with(_TEXT, _FONT)
    return whole[: whole.rindex(b"xref\n0")]


def _appended(more: bytes) -> bytes:
    return page_with(_TEXT, _FONT) + more


def _object_stream_in_itself() -> bytes:
    objects = {1: _CATALOGUE, 2: _PAGES, 3: _PAGE, 4: stream(b"4 0 5 0", b"/Type /ObjStm /N 2 /First 8 /Extends 4 0 R")}
    return pdf(objects)


_FILES = {
    "header-only": lambda: b"%PDF-1.7\n",
    "header-late": lambda: b"\n" * 1_000 + page_with(_TEXT, _FONT),
    "no-table": _without_table,
    "appended-twice": partial(_appended, page_with(_TEXT, _FONT)),
    "appended-zeros": partial(_appended, bytes(100_000)),
    "pages-is-page": partial(pdf, {1: b"<< /Type /Catalog /Pages 3 0 R >>", 3: _PAGE}),
    "pages-is-catalogue": partial(pdf, {1: b"<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] /Count 1 >>"}),
    "pages-missing": partial(pdf, {1: b"<< /Type /Catalog >>"}),
    "page-missing": partial(pdf, {1: _CATALOGUE, 2: _PAGES}),
    "page-is-number": partial(pdf, {1: _CATALOGUE, 2: _PAGES, 3: b"42"}),
    "catalogue-is-array": partial(pdf, {1: b"[1 0 R]"}),
    "parent-is-itself": partial(pdf, {1: _CATALOGUE, 2: _PAGES, 3: b"<< /Type /Page /Parent 3 0 R >>"}),
    "contents-is-page": partial(pdf, {1: _CATALOGUE, 2: _PAGES, 3: _PAGE.replace(b">>", b"/Contents 3 0 R >>")}),
    "contents-circle": partial(
        pdf, {1: _CATALOGUE, 2: _PAGES, 3: _PAGE.replace(b">>", b"/Contents 4 0 R >>"), 4: b"[4 0 R 4 0 R]"}
    ),
    "length-wrong": partial(
        pdf,
        {1: _CATALOGUE, 2: _PAGES, 3: _PAGE.replace(b">>", b"/Contents 4 0 R >>"),
         4: b"<< /Length 999999999 >>\nstream\nq\nendstream"},
    ),
    "length-in-itself": partial(
        pdf,
        {1: _CATALOGUE, 2: _PAGES, 3: _PAGE.replace(b">>", b"/Contents 4 0 R >>"),
         4: b"<< /Length 4 0 R >>\nstream\nq\nendstream"},
    ),
    "object-stream-in-itself": _object_stream_in_itself,
    "javascript": partial(page_with, _TEXT, _FONT, catalogue=b"/OpenAction << /S /JavaScript /JS (while(1);) >>"),
    "launch": partial(page_with, _TEXT, _FONT, catalogue=b"/OpenAction << /S /Launch /F (/bin/sh) >>"),
    "remote": partial(page_with, _TEXT, _FONT, catalogue=b"/OpenAction << /S /GoToR /F (//10.0.0.1/x) /D [0] >>"),
    "xfa": partial(page_with, _TEXT, _FONT, catalogue=b"/AcroForm << /XFA (<xdp/>) /Fields [] >>"),
    "outlines-circle": partial(
        page_with, _TEXT, _FONT, catalogue=b"/Outlines 10 0 R",
        objects={10: b"<< /First 10 0 R /Last 10 0 R /Next 10 0 R /Title (a) >>"},
    ),
    "optional-content": partial(
        page_with, b"/OC /X BDC " + _TEXT, _FONT + b" /Properties << /X 10 0 R >>",
        objects={10: b"<< /OCGs 10 0 R >>"},
    ),
}  # fmt: skip
