"""Opens a scan of any supported format. This is the only entry point for files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from scanproof.opening import refusals
from scanproof.opening.images import ImageFile
from scanproof.opening.limits import DEFAULT_LIMITS, Limits
from scanproof.opening.media_type import (
    HEADER_BYTES,
    PDF,
    describe_unsupported,
    detect_media_type,
    suffix_contradicts,
    suffix_warning,
)
from scanproof.opening.pdf import PdfFile
from scanproof.page_image import OpenedPage


class Pages(Protocol):
    """An open file of some format that returns its pages one by one."""

    @property
    def page_count(self) -> int:
        """The number of pages, at least one."""
        ...

    def page(self, number: int) -> OpenedPage:
        """Returns page ``number``, from 1."""
        ...

    def close(self) -> None:
        """Closes the file."""
        ...


class OpenedScan:
    """An open scan. Pages are decoded on request, in any order, and not kept: memory holds one at a time.

    Attributes:
        media_type: detected from the content.
        page_count: at least one.
        warnings: for readers of the document, such as a suffix that does not match the content.
    """

    def __init__(self, pages: Pages, media_type: str, warnings: tuple[str, ...]) -> None:
        self._pages = pages
        self.media_type = media_type
        self.page_count = pages.page_count
        self.warnings = warnings

    def page(self, number: int) -> OpenedPage:
        """Returns page ``number`` (1 to ``page_count``).

        Raises:
            PermanentError: that page is damaged or too large.
            ValueError: there is no such page.
        """
        if not 1 <= number <= self.page_count:
            raise ValueError(f"page {number} of {self.page_count}")
        return self._pages.page(number)


@contextmanager
def open_scan(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> Iterator[OpenedScan]:
    """Opens the scan at ``path``; errors and warnings call it ``name``.

    An image with the suffix of another image format is read with a warning, because cameras and apps produce such
    files. A PDF with the suffix of an image, or the reverse, is refused: probably it is the wrong file.

    Raises:
        PermanentError: ``empty_file``, ``file_too_large``, ``unknown_format``, ``wrong_suffix``, ``corrupt_image``,
            ``image_too_large``, ``page_too_narrow``, ``too_many_pages``, ``pdf_encrypted``, ``pdf_corrupt``,
            ``pdf_too_complex`` or ``pdf_no_pages``.
    """
    header = _checked_header(path, name, limits)
    media_type = detect_media_type(header)
    if media_type is None:
        raise refusals.unknown_format(name, describe_unsupported(header))
    if suffix_contradicts(name, media_type):
        raise refusals.wrong_suffix(name, media_type)
    pages = _open_pages(path, name, media_type, limits)
    try:
        if pages.page_count > limits.pages:
            raise refusals.too_many_pages(name, limits.pages, "pages")
        warning = suffix_warning(name, media_type)
        yield OpenedScan(pages, media_type, (warning,) if warning else ())
    finally:
        pages.close()


def _open_pages(path: Path, name: str, media_type: str, limits: Limits) -> Pages:
    if media_type == PDF:
        return PdfFile(path, name, limits)
    return ImageFile(path, name, media_type, limits)


def _checked_header(path: Path, name: str, limits: Limits) -> bytes:
    size = path.stat().st_size
    if size == 0:
        raise refusals.empty_file(name)
    if size > limits.file_bytes:
        raise refusals.file_too_large(name, size, limits.file_bytes)
    with path.open("rb") as file:
        return file.read(HEADER_BYTES)
