"""What a file is, told by its first bytes; and what its name promises."""

from __future__ import annotations

from pathlib import PurePosixPath

PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
PDF = "application/pdf"

HEADER_BYTES = 1024

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"II*\x00": TIFF,
    b"MM\x00*": TIFF,
    b"II+\x00": TIFF,  # BigTIFF
    b"MM\x00+": TIFF,
}

_SUFFIXES = {
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".jpe": JPEG,
    ".jfif": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".pdf": PDF,
}

# Formats that people upload in good faith: naming them tells better what to do than "unknown".
_KNOWN_BUT_UNREADABLE = {
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"RIFF": "a WebP picture or another RIFF file",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
    b"%!PS": "a PostScript file",
    b"<": "an HTML, SVG or XML file",
}


def detect_media_type(header: bytes) -> str | None:
    """The media type that ``header`` (a file's first ``HEADER_BYTES``) begins; None for what cannot be opened."""
    for magic, media_type in _MAGIC.items():
        if header.startswith(magic):
            return media_type
    # Readers accept a PDF header anywhere in the first kilobyte (ISO 32000-1, annex H, note 13).
    return PDF if b"%PDF-" in header[:HEADER_BYTES] else None


def describe_unreadable(header: bytes) -> str:
    """In words, what a file that cannot be opened seems to be."""
    if header[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "a HEIC or AVIF picture"
    for magic, description in _KNOWN_BUT_UNREADABLE.items():
        if header.startswith(magic):
            return description
    return "plain text" if _is_text(header) else "none of the formats that can be read"


def _is_text(header: bytes) -> bool:
    # The header may end within a character.
    text = header.decode("utf-8", errors="ignore")
    return len(text.encode()) >= len(header) - 3 and all(letter.isprintable() or letter.isspace() for letter in text)


def promises_another_kind(name: str, media_type: str) -> bool:
    """Whether the name says PDF and the content is a picture, or the other way round: likely the wrong file."""
    promised = _SUFFIXES.get(PurePosixPath(name).suffix.lower())
    return promised is not None and (promised == PDF) != (media_type == PDF)


def suffix_warning(name: str, media_type: str) -> str | None:
    """A warning where the name promises another format than the content has. The content counts."""
    suffix = PurePosixPath(name).suffix.lower()
    promised = _SUFFIXES.get(suffix)
    if promised == media_type or not suffix:
        return None
    return f"The name ends in {suffix}, but the content is {media_type}; it was read as what it is."
