"""Images in all modes, with odd resolutions and metadata. Most are to be published."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import partial

import numpy as np
from PIL import ExifTags, Image

from tests.hostile.files import HostileFile
from tests.hostile.image_bombs import tiff
from tests.unit.opening.paper import page_image

_MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"),
    "JPEG": ("L", "RGB", "CMYK", "YCbCr"),
    "WEBP": ("L", "P", "RGB", "RGBA"),
    "GIF": ("1", "L", "P", "RGB"),
    "JPEG2000": ("L", "LA", "RGB", "RGBA", "CMYK", "I;16"),
}
_SUFFIXES = {"PNG": "png", "TIFF": "tif", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif", "JPEG2000": "jp2"}
_RESOLUTIONS = {
    "zero": (0, 1), "huge": (2**32 - 1, 1), "tiny": (1, 2**32 - 1), "divided-by-zero": (300, 0), "one": (1, 1),
    "fax": (204, 1), "coarse-fax": (98, 1), "scan": (300, 1), "nonsense": (123_456, 1),
}  # fmt: skip


def files() -> Iterator[HostileFile]:
    """Yields the images."""
    for kind, modes in _MODES.items():
        for mode in modes:
            yield HostileFile("modes", f"{mode.replace(';', '-')}.{_SUFFIXES[kind]}", partial(_in_mode, kind, mode))
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        yield HostileFile("modes", f"animated.{_SUFFIXES[kind]}", partial(_animated, kind))
    for name, value in _RESOLUTIONS.items():
        down = {"tag283": (5, 1, struct.pack("<II", *value))}
        yield HostileFile("resolution", f"only-down-{name}.tif", partial(tiff, 10, 10, **down))
        across = {"tag282": (5, 1, struct.pack("<II", *value))}
        yield HostileFile("resolution", f"only-across-{name}.tif", partial(tiff, 10, 10, **across))
        both = {**down, "tag282": (5, 1, struct.pack("<II", 204, 1))}
        yield HostileFile("resolution", f"both-{name}.tif", partial(tiff, 10, 10, **both))
    for down in (1, 98, 204, 30_000, 2**31):
        yield HostileFile("resolution", f"fax-{down}.tif", partial(_fax, down))
        yield HostileFile("resolution", f"pixels-per-metre-{down}.png", partial(_png_resolution, down))
    for orientation in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65_535):
        yield HostileFile("exif", f"orientation-{orientation}.jpg", partial(_oriented, "JPEG", orientation))
        yield HostileFile("exif", f"orientation-{orientation}.tif", partial(_oriented, "TIFF", orientation))
    for name, exif in _EXIFS.items():
        yield HostileFile("exif", f"{name}.jpg", partial(_with_exif, "JPEG", exif))
        yield HostileFile("exif", f"{name}.webp", partial(_with_exif, "WEBP", exif))
        yield HostileFile("exif", f"{name}.png", partial(_with_exif, "PNG", exif))


_EXIFS = {
    "exif-empty": b"Exif\0\0",
    "exif-garbage": b"Exif\0\0MM\0*\0\0\xff\xff" + bytes(9),
    "exif-circle": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
    "exif-counts": b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\xff\xff\xff\xff\x06\0\0\0",
    "exif-64k": b"Exif\0\0II*\0\x08\0\0\0" + b"\x55" * 65_000,
}


def _sheet() -> Image.Image:
    return page_image((300, 200), "Invoice 4711\nTotal 12.30", 20)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def _in_mode(kind: str, mode: str) -> bytes:
    if mode == "I;16":
        return _encoded(Image.fromarray(np.asarray(_sheet().convert("L"), dtype=np.uint16) * 257), kind)
    if mode == "F":  # with what no pixel is
        values = np.array(_sheet().convert("L"), dtype=np.float32)
        values[:5, :5], values[5:10, :5], values[10:15, :5] = np.nan, np.inf, -1e30
        return _encoded(Image.fromarray(values), kind)
    if mode == "LAB":
        return _encoded(Image.new("LAB", (300, 200), (255, 0, 0)), kind)
    return _encoded(_sheet().convert(mode), kind)


def _animated(kind: str) -> bytes:
    frames = [_sheet().rotate(90 * number).convert("P") for number in range(4)]
    return _encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def _fax(down: int) -> bytes:
    return _encoded(Image.new("1", (1728, 1100), 1), "TIFF", compression="group4", dpi=(204, down))


def _png_resolution(down: int) -> bytes:
    return _encoded(_sheet(), "PNG", dpi=(300, min(down, 100_000)))


def _oriented(kind: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return _encoded(_sheet(), kind, exif=exif)


def _with_exif(kind: str, exif: bytes) -> bytes:
    return _encoded(_sheet(), kind, exif=exif)
