"""Keeps the pages of a long document on disk, compressed: a dense page takes 2 MB in memory and 12 kB here."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from os import SEEK_END
from tempfile import TemporaryFile

from scanproof.document import Page

_LEVEL = 1  # of zlib: a third of the time of the default, for a quarter more bytes


class PageSpool:
    """Pages in the order in which they were added; they may be read as often as needed, one at a time."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="scanproof-")  # noqa: SIM115 - `close` does
        self._places: dict[int, tuple[int, int]] = {}  # by page number: offset and size

    def add(self, page: Page) -> None:
        """Appends a page."""
        content = zlib.compress(page.model_dump_json(by_alias=True).encode(), _LEVEL)
        self._file.seek(0, SEEK_END)
        self._places[page.number] = (self._file.tell(), len(content))
        self._file.write(content)

    def __iter__(self) -> Iterator[Page]:
        return map(self.page, self._places)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def numbers(self) -> list[int]:
        """The pages' numbers, in order."""
        return list(self._places)

    def page(self, number: int) -> Page:
        """Returns a page by its number."""
        offset, size = self._places[number]
        self._file.seek(offset)
        return Page.model_validate_json(zlib.decompress(self._file.read(size)))

    def close(self) -> None:
        """Deletes the pages."""
        self._file.close()
