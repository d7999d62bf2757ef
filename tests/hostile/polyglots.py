"""Files of two formats at once, and files whose name belongs to another one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import partial

from PIL import Image

from tests.hostile.files import HostileFile
from tests.hostile.pdf_writer import page_with

_PDF = partial(
    page_with, b"BT /T 12 Tf 50 700 Td (Total) Tj ET", b"/Font << /T << /Subtype /Type1 /BaseFont /Times >> >>"
)
_HTML = b"<!DOCTYPE html><script>alert(1)</script>"
_SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="99999999" height="99999999"/>'


def files() -> Iterator[HostileFile]:
    """Yields the files."""
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "WEBP"):
        suffix = kind.lower()
        yield HostileFile("polyglots", f"pdf-behind.{suffix}", partial(_behind, kind))
        yield HostileFile("polyglots", f"{suffix}-before.pdf", partial(_behind, kind))
        yield HostileFile("polyglots", f"named-{suffix}.pdf", partial(_image, kind))
    for name, head in {"html": _HTML, "zip": b"PK\3\4", "gif": b"GIF89a", "shell": b"#!/bin/sh\nrm -rf /\n"}.items():
        yield HostileFile("polyglots", f"pdf-after-{name}.pdf", partial(_after, head))
        yield HostileFile("polyglots", f"pdf-after-{name}.png", partial(_after, head))
    yield HostileFile("polyglots", "pdf-in-comment.jpg", _in_comment)
    yield HostileFile("polyglots", "office.pdf", _zip)
    for name, data in {
        "page.png": _HTML,
        "page.pdf": _HTML,
        "drawing.png": _SVG,
        "zeros.png": bytes(1_000),
        "one.pdf": b"%",
    }.items():
        yield HostileFile("polyglots", name, partial(bytes, data))
    yield HostileFile("polyglots", "empty.pdf", bytes)
    for brand in (b"heic", b"mif1", b"avif", b"isom"):
        box = b"\0\0\0\x18ftyp" + brand + bytes(4) + b"heic" + brand
        yield HostileFile("polyglots", f"container-{brand.decode()}.heic", partial(bytes, box + b"\xff" * 500))


def _image(kind: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(data, kind)
    return data.getvalue()


def _behind(kind: str) -> bytes:
    return _image(kind) + _PDF()


def _after(head: bytes) -> bytes:
    return head + b"\n" + _PDF()


def _in_comment() -> bytes:
    whole, comment = _image("JPEG"), _PDF()[:900]
    return whole[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + whole[2:]


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", "<a/>" * 100)
    return data.getvalue()
