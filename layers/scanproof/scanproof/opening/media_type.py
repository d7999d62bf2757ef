"""Detects the media type of a file by its first bytes, and compares it with the suffix of its name."""

from __future__ import annotations

from pathlib import PurePosixPath

PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
GIF = "image/gif"
JPEG_2000 = "image/jp2"
HEIC = "image/heic"
PDF = "application/pdf"

HEADER_BYTES = 1024

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"II*\x00": TIFF,
    b"MM\x00*": TIFF,
    b"II+\x00": TIFF,  # BigTIFF
    b"MM\x00+": TIFF,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": JPEG_2000,
    b"\xff\x4f\xff\x51": JPEG_2000,  # a codestream without its container
}

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}  # of ISO base media files with an image that is coded in HEVC

_SUFFIXES = {
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".jpe": JPEG,
    ".jfif": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".webp": WEBP,
    ".gif": GIF,
    ".jp2": JPEG_2000,
    ".j2k": JPEG_2000,
    ".j2c": JPEG_2000,
    ".jpx": JPEG_2000,
    ".jpf": JPEG_2000,
    ".heic": HEIC,
    ".heif": HEIC,
    ".pdf": PDF,
}

# Unsupported formats that people upload by mistake: an error that names them is more helpful.
_UNSUPPORTED = {
    b"BM": "a BMP image",
    b"RIFF": "a RIFF file without an image",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
    b"%!PS": "a PostScript file",
    b"<": "an HTML, SVG or XML file",
}


def detect_media_type(header: bytes) -> str | None:
    """Detects the media type from ``header``, a file's first ``HEADER_BYTES``; None for unsupported formats."""
    for magic, media_type in _MAGIC.items():
        if header.startswith(magic):
            return media_type
    if header.startswith(b"RIFF") and header[8:12] == b"WEBP":
        return WEBP
    if header[4:8] == b"ftyp" and _brands(header) & _HEIC_BRANDS:
        return HEIC
    # Readers accept a PDF header anywhere in the first kilobyte (ISO 32000-1, annex H, note 13).
    return PDF if b"%PDF-" in header[:HEADER_BYTES] else None


def describe_unsupported(header: bytes) -> str:
    """Describes in words what a file of an unsupported format seems to be."""
    if header[4:8] == b"ftyp":
        return "an AVIF image" if b"avif" in _brands(header) else "a video or an image in a video's container"
    for magic, description in _UNSUPPORTED.items():
        if header.startswith(magic):
            return description
    return "plain text" if _is_text(header) else "of an unknown format"


def _brands(header: bytes) -> set[bytes]:
    """Returns the major and the compatible brands of an ISO base media file."""
    listed = header[8 : min(int.from_bytes(header[:4], "big"), len(header))]
    return {listed[at : at + 4] for at in range(0, len(listed), 4) if at != 4}  # at 4 is the minor version


def _is_text(header: bytes) -> bool:
    # The header may end inside a character.
    text = header.decode("utf-8", errors="ignore")
    return len(text.encode()) >= len(header) - 3 and all(letter.isprintable() or letter.isspace() for letter in text)


def suffix_contradicts(name: str, media_type: str) -> bool:
    """Whether the suffix is that of a PDF and the content an image, or the reverse: likely the wrong file."""
    expected = _SUFFIXES.get(PurePosixPath(name).suffix.lower())
    return expected is not None and (expected == PDF) != (media_type == PDF)


def suffix_warning(name: str, media_type: str) -> str | None:
    """Returns a warning where the suffix does not match the content. The content decides how the file is read."""
    suffix = PurePosixPath(name).suffix.lower()
    expected = _SUFFIXES.get(suffix)
    if expected == media_type or not suffix:
        return None
    return f"The name ends in {suffix}, but the content is {media_type}; the file was read as {media_type}."
