"""Images that declare, or hold, more than memory has room for."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from functools import partial

import numpy as np
from PIL import Image

from tests.hostile.files import HostileFile

_SIDES = ((65_535, 65_535), (100_000, 100_000), (30_000, 30_000), (12_200, 12_200), (30_000, 1), (1, 30_000), (1, 1))


def files() -> Iterator[HostileFile]:
    """Yields the bombs."""
    for width, height in _SIDES:
        size = f"{width}x{height}"
        yield HostileFile("pixels", f"declared-{size}.png", partial(png, width, height))
        yield HostileFile("pixels", f"declared-{size}.gif", partial(gif, width, height, 1))
        yield HostileFile("pixels", f"declared-{size}.webp", partial(webp, min(width, 16_384), min(height, 16_384)))
        yield HostileFile("pixels", f"declared-{size}.j2k", partial(jpeg_2000, width, height))
        yield HostileFile("pixels", f"declared-{size}.tif", partial(tiff, width, height))
    for mode in ("1", "L", "P", "RGB", "RGBA", "I;16"):
        yield HostileFile("pixels", f"white-149-megapixels-{mode}.png", partial(_white, "PNG", mode), quick=False)
    for mode in ("1", "L", "RGB", "CMYK"):
        make = partial(_white, "TIFF", mode, compression="tiff_adobe_deflate")
        yield HostileFile("pixels", f"white-149-megapixels-{mode}.tif", make, quick=False)
    for name, options in {
        "baseline": {},
        "progressive": {"progressive": True},
        "444-progressive": {"progressive": True, "subsampling": 0},
    }.items():
        make = partial(_white, "JPEG", "RGB", **options)
        yield HostileFile("pixels", f"white-149-megapixels-{name}.jpg", make, quick=False)
    yield HostileFile("pixels", "progressive-100-megapixels.jpg", _progressive, quick=False)
    for kind in ("WEBP", "JPEG2000"):
        suffix = {"WEBP": "webp", "JPEG2000": "jp2"}[kind]
        make = partial(_white, kind, "RGB", size=(7_000, 4_950))
        yield HostileFile("pixels", f"white-35-megapixels.{suffix}", make, quick=False)
    yield HostileFile("pixels", "noise-20-megapixels.png", _noise, quick=False)
    yield HostileFile("pixels", "chessboard-20-megapixels.png", _chessboard, quick=False)
    yield HostileFile("pages", "frames-100000.gif", partial(gif, 10, 10, 100_000))
    yield HostileFile("pages", "frames-150-large.gif", partial(gif, 2_000, 2_000, 150))
    yield HostileFile("pages", "frames-200.gif", partial(gif, 1_400, 1_000, 200), quick=False)
    yield HostileFile("pages", "pages-100000.tif", partial(_many_directories, 100_000))
    yield HostileFile("pages", "pages-circle.tif", partial(_many_directories, 3, circle=True))
    yield HostileFile("metadata", "text-bomb.png", _text_bomb)
    yield HostileFile("metadata", "profile-bomb.png", _profile_bomb)
    yield HostileFile("metadata", "comments.jpg", _many_comments)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes, pixels: bytes = b"") -> bytes:
    """Makes a PNG of a declared size, with ``pixels`` as they are, compressed, and ``extra`` chunks before."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + _chunk(b"IDAT", zlib.compress(pixels)) + _chunk(b"IEND", b"")
    )


def gif(width: int, height: int, frames: int) -> bytes:
    """Makes a GIF whose frames hold one pixel each and are declared to be as large as the canvas."""
    size = struct.pack("<HH", min(width, 65_535), min(height, 65_535))
    return (
        b"GIF89a" + size + b"\x80\0\0" + bytes(6) + (b"," + bytes(4) + size + b"\0\x02\x02\x4c\x01\0") * frames + b";"
    )


def webp(width: int, height: int) -> bytes:
    """Makes a lossless WebP that declares a size and holds no pixels."""
    data = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(8)
    return b"RIFF" + struct.pack("<I", len(data) + 13) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data + b"\0"


def jpeg_2000(width: int, height: int) -> bytes:
    """Makes a codestream that declares a size and holds the pixels of another."""
    data = io.BytesIO()
    Image.new("L", (64, 64)).save(data, "JPEG2000", no_jp2=True)
    whole = bytearray(data.getvalue())
    whole[8:16] = whole[24:32] = struct.pack(">II", width, height)
    return bytes(whole)


def tiff(width: int, height: int, **tags: tuple[int, int, bytes]) -> bytes:
    """Makes a grey TIFF of one page that declares a size and holds ten rows; ``tags`` are type, count and value."""
    entries = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    entries |= {273: (4, 1, 8), 277: (3, 1, 1), 278: (4, 1, height), 279: (4, 1, 100)}
    packed = {tag: struct.pack("<HHII", tag, *entry) for tag, entry in entries.items()}
    blobs = b""
    start = 8 + 100 + 2 + 12 * (len(packed) + len(tags)) + 4
    for name, (kind, count, value) in tags.items():
        tag = int(name.removeprefix("tag"))
        if len(value) > 4:
            packed[tag] = struct.pack("<HHII", tag, kind, count, start + len(blobs))
            blobs += value
        else:
            packed[tag] = struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    directory = struct.pack("<H", len(packed)) + b"".join(packed[tag] for tag in sorted(packed)) + bytes(4)
    return struct.pack("<2sHI", b"II", 42, 108) + b"\xff" * 100 + directory + blobs


def _white(kind: str, mode: str, size: tuple[int, int] = (12_000, 12_400), **options: object) -> bytes:
    # In an array: Pillow's own limits are for reading only, but a colour does not fit all modes.
    data = io.BytesIO()
    if mode == "I;16":
        image = Image.fromarray(np.full(size[::-1], 65_535, dtype=np.uint16))
    else:
        image = Image.new(mode, size, 0 if mode == "CMYK" else 1 if mode in ("1", "P") else "white")
    if kind == "PNG":
        options["compress_level"] = 1
    image.save(data, kind, **options)
    return data.getvalue()


def _progressive() -> bytes:
    return _white("JPEG", "RGB", size=(10_000, 10_000), progressive=True, subsampling=0)


def _noise() -> bytes:
    data = io.BytesIO()
    noise = np.random.default_rng(5).integers(0, 2, (4_000, 5_000), dtype=np.uint8) * 255
    Image.fromarray(noise).convert("1").save(data, "PNG", compress_level=1)
    return data.getvalue()


def _chessboard() -> bytes:
    data = io.BytesIO()
    Image.fromarray((np.indices((4_000, 5_000)).sum(axis=0) // 6 % 2 * 255).astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


def _many_directories(count: int, circle: bool = False) -> bytes:
    tags = ((256, 10), (257, 10), (258, 8), (259, 1), (262, 1), (273, 8), (278, 10), (279, 100))
    size = 2 + 12 * len(tags) + 4
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    last = 8 if circle else 0
    links = [8 + size * number if number < count else last for number in range(1, count + 1)]
    return struct.pack("<2sHI", b"II", 42, 8) + b"".join(directory + struct.pack("<I", link) for link in links)


def _text_bomb() -> bytes:
    bomb = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 300_000_000, 1))
    return png(10, 10, bomb, pixels=bytes(110))


def _profile_bomb() -> bytes:
    bomb = _chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(300_000_000), 1))
    return png(10, 10, bomb, pixels=bytes(110))


def _many_comments() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "JPEG")
    whole = data.getvalue()
    return whole[:2] + (b"\xff\xfe\xff\xff" + b"=1+1;<b>[/i]" * 5461 + b"\0") * 300 + whole[2:]
