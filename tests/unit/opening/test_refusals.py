"""Files that cannot be opened are refused with a code and a message for the person who uploaded them."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from scanproof.errors import PermanentError
from scanproof.opening.limits import Limits
from scanproof.opening.scan import open_scan
from tests.hostile.image_bombs import gif, jpeg_2000, webp
from tests.unit.opening.paper import page_image, pdf_with, saved


def refusal(path: Path, limits: Limits | None = None) -> PermanentError:
    with pytest.raises(PermanentError) as caught, open_scan(path, path.name, limits or Limits()) as scan:
        for number in range(1, scan.page_count + 1):
            scan.page(number)
    assert path.name in caught.value.message
    assert caught.value.next_step
    return caught.value


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def png_header(width: int, height: int) -> bytes:
    """Makes a PNG that declares a size and contains no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def noise_image(size: tuple[int, int] = (300, 300)) -> Image.Image:
    return Image.effect_noise(size, 80).convert("RGB")


def test_empty_file_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "scan.png", b"")).code == "empty_file"


def test_text_file_named_png_is_refused(tmp_path: Path) -> None:
    error = refusal(written(tmp_path / "scan.png", "Chère Adèle, voilà".encode()))
    assert error.code == "unknown_format"
    assert "plain text" in error.message
    assert "HEIC or PDF" in error.next_step


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"BM", "BMP"),
        (b"PK\x03\x04", "Office"),
        (b"RIFF\0\0\0\0WAVE", "RIFF"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp42avc1", "video"),
    ],
)
def test_unsupported_format_is_named(tmp_path: Path, data: bytes, description: str) -> None:
    assert description in refusal(written(tmp_path / "upload.bin", data + b" " * 40)).message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "JPEG2000"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_truncated_file_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    data = io.BytesIO()
    noise_image().save(data, kind)
    whole = data.getvalue()
    assert refusal(written(tmp_path / "scan", whole[: int(len(whole) * share)])).code == "corrupt_image"


def test_broken_tiff_page_is_named(tmp_path: Path) -> None:
    data = io.BytesIO()
    noise_image().save(data, "TIFF", save_all=True, append_images=[noise_image()])
    path = written(tmp_path / "scan.tiff", data.getvalue()[:-1000])
    assert "page" in refusal(path).message


@pytest.mark.parametrize("size", [(100_000, 100_000), (100_000, 1), (1, 100_000), (29_000, 29_000)])
def test_huge_image_is_refused_by_header(tmp_path: Path, size: tuple[int, int]) -> None:
    assert refusal(written(tmp_path / "scan.png", png_header(*size))).code == "image_too_large"


def tiff(frames: int) -> bytes:
    """Makes a TIFF of many pages that share one strip."""
    tags = ((256, 10), (257, 10), (258, 8), (259, 1), (262, 1), (273, 8), (278, 10), (279, 100))
    size = 2 + 12 * len(tags) + 4
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    pages = [
        directory + struct.pack("<I", 8 + size * number if number < frames else 0) for number in range(1, frames + 1)
    ]
    return struct.pack("<2sHI", b"II", 42, 8) + b"".join(pages)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gif(10, 10, 100_000), "too_many_pages"),
        (tiff(100_000), "too_many_pages"),
        (gif(65_535, 65_535, 1), "image_too_large"),
        (gif(9_000, 9_000, 1), "image_too_large"),
        (gif(2_000, 2_000, 150), "image_too_large"),
        (webp(16_384, 16_384), "image_too_large"),
        (webp(9_000, 9_000), "image_too_large"),
        (jpeg_2000(100_000, 100_000), "image_too_large"),
        (jpeg_2000(12_000, 12_000), "image_too_large"),
        (gif(10, 10, 0), "corrupt_image"),
        (b"GIF89a", "corrupt_image"),
        (b"RIFF\x08\0\0\0WEBPVP8L", "corrupt_image"),
        (b"\xff\x4f\xff\x51\0", "corrupt_image"),
    ],
)
def test_hostile_files_are_refused_quickly(tmp_path: Path, data: bytes, code: str) -> None:
    started = time.monotonic()
    assert refusal(written(tmp_path / "scan", data)).code == code
    assert time.monotonic() - started < 5  # decoding any of these would take much longer


def test_animations_pixels_are_limited(tmp_path: Path) -> None:
    data = gif(100, 100, 50)
    assert refusal(written(tmp_path / "scan.gif", data), Limits(animation_pixels=400_000)).code == "image_too_large"
    assert refusal(written(tmp_path / "scan.gif", data), Limits(frames=49)).code == "too_many_pages"


def test_too_large_file_is_refused(tmp_path: Path) -> None:
    path = saved(page_image(), tmp_path / "scan.png")
    assert refusal(path, Limits(file_bytes=100)).code == "file_too_large"


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    path = saved(page_image(), tmp_path / "scan.tiff", save_all=True, append_images=[page_image()] * 3)
    assert refusal(path, Limits(pages=3)).code == "too_many_pages"


def test_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "plain.pdf", [(60, 80, "secret")])
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(path) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(user="open", owner="sesame"))
    assert refusal(locked).code == "pdf_encrypted"


def test_change_protected_pdf_opens(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "plain.pdf", [(60, 80, "readable")])
    guarded = tmp_path / "guarded.pdf"
    with pikepdf.open(path) as pdf:
        pdf.save(guarded, encryption=pikepdf.Encryption(user="", owner="sesame"))
    with open_scan(guarded, guarded.name) as scan:
        assert scan.page_count == 1


def test_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.pdf"
    with pikepdf.new() as pdf:
        pdf.save(path)
    assert refusal(path).code == "pdf_no_pages"


def test_header_only_pdf_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "scan.pdf", b"%PDF-1.7\n" + bytes(range(256)))).code == "pdf_corrupt"
