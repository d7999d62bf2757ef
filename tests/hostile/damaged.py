"""Truncated files, and files with flipped bits, of every format."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Iterator
from functools import cache, partial

from fpdf import FPDF

from tests.hostile.files import HostileFile
from tests.unit.opening.paper import page_image
from tests.unit.opening.test_images import HEIC_IMAGE

_TEXT = "Invoice 4711\nTotal due 12.30 EUR\n" * 3
_SHARES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0)  # of a file that a truncation leaves; 1.0: all but one byte
_FLIPS_PER_PLACE = 6
_PLACES = ("header", "body", "trailer")
_EDGE_BYTES = 200  # of header and trailer, where most of a format's structure is


def files(seed: int) -> Iterator[HostileFile]:
    """Yields the damaged files."""
    for suffix in _WHOLE:
        for share in _SHARES:
            yield HostileFile("truncated", f"truncated-{share:.2f}.{suffix}", partial(_truncated, suffix, share))
        for place in _PLACES:
            for number in range(_FLIPS_PER_PLACE):
                name = f"flipped-{place}-{number}.{suffix}"
                yield HostileFile("flipped", name, partial(_flipped, suffix, place, f"{seed} {name}"))


def _truncated(suffix: str, share: float) -> bytes:
    whole = _whole(suffix)
    return whole[: min(int(len(whole) * share), len(whole) - 1)]


def _flipped(suffix: str, place: str, seed: str) -> bytes:
    rng = random.Random(seed)
    data = bytearray(_whole(suffix))
    edge = min(_EDGE_BYTES, len(data) // 3)
    start, end = {"header": (0, edge), "body": (edge, len(data) - edge), "trailer": (len(data) - edge, len(data))}[
        place
    ]
    for _ in range(rng.choice((1, 2, 8, 30))):
        data[rng.randrange(start, end)] ^= 1 << rng.randrange(8)
    return bytes(data)


def _image(kind: str, mode: str = "RGB", pages: int = 1, **options: object) -> bytes:
    image = page_image((400, 300), _TEXT, 20).convert(mode)
    data = io.BytesIO()
    if pages > 1:
        options |= {"save_all": True, "append_images": [image.rotate(180)] * (pages - 1)}
    image.save(data, kind, **options)
    return data.getvalue()


def _text_pdf() -> bytes:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_font("Helvetica", size=11)
    for page in range(3):
        pdf.add_page()
        for row in range(20):
            pdf.text(50, 60 + 20 * row, f"Page {page + 1}, row {row}: net 12.30, tax 2.46, total 14.76 EUR")
    return bytes(pdf.output())


def _scan_pdf() -> bytes:
    pdf = FPDF(unit="pt", format="A4")
    for page in range(3):
        pdf.add_page()
        pdf.image(page_image((400, 560), f"Page {page + 1}\n{_TEXT}", 20), 0, 0, pdf.w, pdf.h)
    return bytes(pdf.output())


_WHOLE = {
    "png": partial(_image, "PNG"),
    "jpg": partial(_image, "JPEG"),
    "progressive.jpg": partial(_image, "JPEG", progressive=True),
    "lzw.tif": partial(_image, "TIFF", pages=3, compression="tiff_lzw"),
    "fax.tif": partial(_image, "TIFF", mode="1", pages=3, compression="group4"),
    "webp": partial(_image, "WEBP", pages=2),
    "gif": partial(_image, "GIF", mode="P", pages=3),
    "jp2": partial(_image, "JPEG2000"),
    "heic": lambda: base64.b85decode(HEIC_IMAGE),
    "text.pdf": _text_pdf,
    "scan.pdf": _scan_pdf,
}


@cache
def _whole(suffix: str) -> bytes:
    return _WHOLE[suffix]()


def whole_png() -> bytes:
    """Returns an image that nothing is wrong with."""
    return _whole("png")
