"""The reasons for which a file is refused, in words for the person who uploaded it."""

from __future__ import annotations

from pathlib import PurePosixPath

from scanproof.errors import PermanentError

READABLE = "PNG, JPEG, TIFF or PDF"


def empty_file(name: str) -> PermanentError:
    """The file has no bytes."""
    return PermanentError(
        "empty_file",
        f"{name} is empty: it has 0 bytes.",
        "The upload or the scanner may have failed; upload the file again.",
    )


def file_too_large(name: str, size: int, limit: int) -> PermanentError:
    """The file has more bytes than are worked on."""
    return PermanentError(
        "file_too_large",
        f"{name} is too large: {size / 2**20:,.0f} MB, where at most {limit / 2**20:,.0f} MB are read.",
        "Split it into several files, or scan it at 300 dpi.",
    )


def unknown_format(name: str, seems: str) -> PermanentError:
    """The content is no scan."""
    return PermanentError(
        "unknown_format",
        f"{name} cannot be opened as a scan: by its content it is {seems}.",
        f"Upload the page as {READABLE}.",
    )


def wrong_suffix(name: str, media_type: str) -> PermanentError:
    """The name and the content are of two kinds."""
    suffix = PurePosixPath(name).suffix
    return PermanentError(
        "wrong_suffix",
        f"{name} ends in {suffix}, but its content is {media_type}.",
        "Check that it is the right file, then upload it under a name that fits its content.",
    )


def corrupt_image(name: str, cause: str) -> PermanentError:
    """The image breaks off or its bytes make no sense."""
    return PermanentError(
        "corrupt_image",
        f"{name} is damaged: {cause}.",
        "Open it on your computer to check it, then upload it or scan it again.",
    )


def image_too_large(name: str, what: str, limit: str) -> PermanentError:
    """The image has too many pixels to be decoded."""
    return PermanentError(
        "image_too_large",
        f"{name} is too large an image: {what}, where at most {limit} are read.",
        "Scan it at 300 dpi, or cut it into pages.",
    )


def too_many_pages(name: str, pages: int, limit: int) -> PermanentError:
    """The document has more pages than are worked on."""
    return PermanentError(
        "too_many_pages",
        f"{name} has {pages:,} pages, where at most {limit:,} are read.",
        "Split it into several documents.",
    )


def pdf_encrypted(name: str) -> PermanentError:
    """The PDF opens with a password only."""
    return PermanentError(
        "pdf_encrypted",
        f"{name} is encrypted: it opens with a password only.",
        "Save it without the password and upload it again.",
    )


def pdf_corrupt(name: str, cause: str) -> PermanentError:
    """The PDF, or a page of it, cannot be read."""
    return PermanentError(
        "pdf_corrupt",
        f"{name} is a damaged PDF: {cause}.",
        "Open it in a PDF viewer and save or print it as a new PDF, then upload that.",
    )


def pdf_no_pages(name: str) -> PermanentError:
    """The PDF is sound but has nothing in it."""
    return PermanentError(
        "pdf_no_pages", f"{name} is a PDF without pages.", "Check how it was made and upload it again."
    )
