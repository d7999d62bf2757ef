"""Long lines through a short encoder: overlapping windows, each answering for its middle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_MARGIN = 20  # characters at a cut edge that a window sees and does not answer for


@dataclass(frozen=True)
class Window:
    """The encoder sees ``text[start:end]`` and answers for ``text[answer_start:answer_end]``."""

    start: int
    end: int
    answer_start: int
    answer_end: int


def windows(length: int, size: int) -> Iterator[Window]:
    """Windows of at most ``size`` characters (over twice the margin) whose answers cover ``length`` characters once.

    An empty line has one empty window: it has a virtual first position too.
    """
    start = 0
    while True:
        end = min(length, start + size)
        yield Window(start, end, start + _MARGIN if start else 0, end if end == length else end - _MARGIN)
        if end == length:
            return
        start = end - 2 * _MARGIN
