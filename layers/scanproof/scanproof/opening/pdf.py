"""Opens PDF: a reader process converts its pages, so that a page that asks for too much costs itself only."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from scanproof.document import PageFlag
from scanproof.opening.limits import Limits
from scanproof.opening.pdf_process import READERS, PdfReaderProcess
from scanproof.opening.pdf_reader_messages import LINES, OPENING, reading
from scanproof.page_image import ImagePage, OpenedPage, TextPage

_BAND_BYTES = 4_000_000  # of an image, received at once


class PdfFile:
    """An open PDF that loads one page at a time. Not thread-safe."""

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self._path = path
        self._name = name
        self._limits = limits
        self._reader: PdfReaderProcess | None = None
        self.page_count = self._open()

    def page(self, number: int) -> OpenedPage:
        """Returns the text of page ``number`` where that is visible and complete, else its image.

        Raises:
            PermanentError: ``pdf_corrupt``, ``pdf_too_complex``, ``page_too_large`` or ``page_too_narrow``.
        """
        if self._reader is None:
            self._open()
        reader, about = self._running(), reading(number)
        try:
            header = reader.request(self._name, about, {"page": number})
            if "text" in header:
                content = b"".join(reader.chunks(self._name, about, header["bytes"], header["bytes"] or 1))
                text = header["text"]
                rulings = tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in text.pop("rulings"))
                return TextPage(**text, lines=LINES.validate_json(content), rulings=rulings)
            return self._image(reader, about, **header["image"])
        finally:
            if not reader.is_running:
                self._reader = None

    def close(self) -> None:
        """Closes the file."""
        if self._reader is not None:
            READERS.give_back(self._reader)
            self._reader = None

    def _open(self) -> int:
        """Starts a reader with this file; returns the number of pages."""
        reader = READERS.take(self._limits)
        try:
            request = {"path": str(self._path.absolute()), "name": self._name}
            pages: int = reader.request(self._name, OPENING, request)["pages"]
        except BaseException:
            READERS.give_back(reader)
            raise
        self._reader = reader
        return pages

    def _running(self) -> PdfReaderProcess:
        assert self._reader is not None  # noqa: S101 - opened before
        return self._reader

    def _image(
        self, reader: PdfReaderProcess, about: str, width: int, height: int, stride: int, dpi: float, flags: list[str]
    ) -> ImagePage:
        image = Image.new("RGB", (width, height))
        rows = max(1, _BAND_BYTES // stride)
        top = 0
        for band in reader.chunks(self._name, about, stride * height, stride * rows):
            lines = len(band) // stride
            image.paste(Image.frombytes("RGB", (width, lines), band, "raw", "RGB", stride), (0, top))
            top += lines
        return ImagePage(image, dpi, tuple(PageFlag(flag) for flag in flags))
