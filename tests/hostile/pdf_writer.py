"""Writes PDF from objects in PDF's own syntax, which may be anything: nothing is checked."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

MEDIA_BOX = b"/MediaBox [0 0 595 842]"


def stream(content: bytes, entries: bytes = b"", compress: bool = True) -> bytes:
    """Returns a stream object."""
    if compress:
        content, entries = zlib.compress(content, 9), entries + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def pdf(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """Returns a file of ``objects`` by number; number 1 is the catalogue."""
    data = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = max(objects) + 1
    table = b"".join(
        b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n"
        for number in range(size)
    )
    ending = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(data))
    return data + b"xref\n0 %d\n%s" % (size, table) + ending


def page_with(
    content: bytes,
    resources: bytes = b"",
    page: bytes = MEDIA_BOX,
    objects: Mapping[int, bytes] | None = None,
    pages: int = 1,
    catalogue: bytes = b"",
) -> bytes:
    """Returns a file with ``pages`` equal pages; ``objects`` have numbers from 10."""
    first = 5_000
    kids = b" ".join(b"%d 0 R" % (first + number) for number in range(pages))
    body = b"<< /Type /Page /Parent 2 0 R %s /Contents 3 0 R /Resources << %s >> >>" % (page, resources)
    return pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue,
            2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
            3: stream(content),
            **(objects or {}),
            **{first + number: body for number in range(pages)},
        }
    )
