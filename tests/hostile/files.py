"""The type of a hostile file, and all of them: `hostile_files` is what tests and `make hostile` use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class HostileFile:
    """A file that is made when its content is needed.

    Attributes:
        group: what it is about, such as ``truncated``.
        name: the name under which it is uploaded; may contain anything that a file system takes.
        make: returns the content; the same each time.
        quick: takes less than a second or so to make and to process.
    """

    group: str
    name: str
    make: Callable[[], bytes]
    quick: bool = True


def hostile_files(seed: int) -> Iterator[HostileFile]:
    """Yields all files. ``seed`` decides which bits of damaged files are flipped."""
    from tests.hostile import damaged, image_bombs, names, odd_images, pdf_bombs, pdf_files, polyglots, texts

    yield from damaged.files(seed)
    for module in (image_bombs, odd_images, pdf_bombs, pdf_files, polyglots, texts, names):
        yield from module.files()
