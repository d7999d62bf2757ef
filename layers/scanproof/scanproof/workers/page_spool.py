"""Keeps the pages of a long document on disk, compressed: a dense page takes 2 MB in memory and 12 kB here."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from tempfile import TemporaryFile

from scanproof.document import Page

_LEVEL = 1  # of zlib: a third of the time of the default, for a quarter more bytes


class PageSpool:
    """Pages in the order in which they were added; they may be read as often as needed, one at a time."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="scanproof-")  # noqa: SIM115 - `close` does
        self._sizes: list[int] = []

    def add(self, page: Page) -> None:
        """Appends a page."""
        content = zlib.compress(page.model_dump_json(by_alias=True).encode(), _LEVEL)
        self._file.write(content)
        self._sizes.append(len(content))

    def __iter__(self) -> Iterator[Page]:
        at = 0
        for size in self._sizes:
            self._file.seek(at)
            yield Page.model_validate_json(zlib.decompress(self._file.read(size)))
            at += size

    def close(self) -> None:
        """Deletes the pages."""
        self._file.close()
