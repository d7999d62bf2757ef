"""Errors for files that cannot be read, worded for the person who uploaded them."""

from __future__ import annotations

from pathlib import PurePosixPath

from scanproof.errors import PermanentError

_SUPPORTED = "PNG, JPEG, TIFF, WebP, GIF, JPEG 2000, HEIC or PDF"


def empty_file(name: str) -> PermanentError:
    """The file has no bytes."""
    return PermanentError(
        "empty_file",
        f"{name} is empty: it has 0 bytes.",
        "The upload or the scanner may have failed; upload the file again.",
    )


def file_too_large(name: str, size: int, limit: int) -> PermanentError:
    """The file has more bytes than the limit."""
    return PermanentError(
        "file_too_large",
        f"{name} is too large: {size / 2**20:,.0f} MB; the limit is {limit / 2**20:,.0f} MB (file_bytes).",
        "Split it into several files, or scan it at 300 dpi.",
    )


def unknown_format(name: str, description: str) -> PermanentError:
    """The content is not in a supported format."""
    return PermanentError(
        "unknown_format",
        f"{name} cannot be opened as a scan: its content is {description}.",
        f"Upload the page as {_SUPPORTED}.",
    )


def heic_unsupported(name: str) -> PermanentError:
    """The decoder of HEIC images is not installed."""
    return PermanentError(
        "unknown_format",
        f"{name} is a HEIC image, which this installation cannot decode.",
        "Convert it to JPEG and upload that, or have the package pi-heif installed beside Scanproof.",
    )


def wrong_suffix(name: str, media_type: str) -> PermanentError:
    """The suffix belongs to another kind of file than the content."""
    suffix = PurePosixPath(name).suffix
    return PermanentError(
        "wrong_suffix",
        f"{name} ends in {suffix}, but its content is {media_type}.",
        "Check that it is the right file, then upload it under a name that matches its content.",
    )


def corrupt_image(name: str, cause: str) -> PermanentError:
    """The image is truncated or its bytes are invalid."""
    return PermanentError(
        "corrupt_image",
        f"{name} is damaged: {cause}.",
        "Open it on your computer to check it, then upload it or scan it again.",
    )


def image_too_large(name: str, size: str, limit: str, limit_name: str) -> PermanentError:
    """The image has more pixels than the limit."""
    return PermanentError(
        "image_too_large",
        f"{name} is too large: the image has {size}; the limit is {limit} ({limit_name}).",
        "Scan it at 300 dpi, or split it into pages.",
    )


def page_too_narrow(name: str, size: str, limit: int) -> PermanentError:
    """One side of the page is many times the other."""
    return PermanentError(
        "page_too_narrow",
        f"{name} is too narrow: a page has {size}; one side may be {limit} times the other (aspect_ratio).",
        "Check that it is the right file; cut a longer roll into pieces.",
    )


def too_many_pages(name: str, limit: int, limit_name: str) -> PermanentError:
    """The document has more pages than the limit."""
    return PermanentError(
        "too_many_pages",
        f"{name} has too many pages; the limit is {limit:,} ({limit_name}).",
        "Split it into several documents.",
    )


def pdf_encrypted(name: str) -> PermanentError:
    """The PDF needs a password."""
    return PermanentError(
        "pdf_encrypted",
        f"{name} is encrypted: it needs a password.",
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
    """The PDF is valid but empty."""
    return PermanentError(
        "pdf_no_pages", f"{name} is a PDF without pages.", "Check how it was made and upload it again."
    )


def pdf_too_complex(name: str, cause: str, limit: str) -> PermanentError:
    """The PDF, or a page of it, takes more than a limit allows."""
    return PermanentError(
        "pdf_too_complex",
        f"{name} cannot be read: {cause}; the limit is {limit}.",
        "Print it as a new PDF, or scan it at 300 dpi, then upload that.",
    )


def pdf_needs_memory(name: str, about: str, limit: int) -> PermanentError:
    """The PDF, or a page of it, takes more memory than the limit."""
    return pdf_too_complex(name, f"{about} needs too much memory", f"{limit / 1e6:,.0f} MB (pdf_bytes)")


def page_too_large(name: str, size: str, limit: str) -> PermanentError:
    """A page of the PDF is larger than any paper."""
    return PermanentError(
        "page_too_large",
        f"{name} is too large: {size}; the limit is {limit}.",
        "Print it at the size of its paper as a new PDF, then upload that.",
    )
