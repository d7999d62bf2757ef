"""Finds what stands at a height of a page without comparing it with everything on the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Generic, TypeVar

from scanproof.document import Box

T = TypeVar("T")

_MAX_BANDS = 1_000  # that an item is listed in; a page has a hundred lines, so only a box with a false height has more


class VerticalIndex(Generic[T]):
    """Items of one page by the bands of the page that they overlap. A band is as high as the usual box."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        """Takes the boxes of the page, which determine the height of a band."""
        self._height = max(median([box.bottom - box.top for box in boxes] or [1.0]), 1.0)
        self._bands: defaultdict[int, list[tuple[int, T]]] = defaultdict(list)
        self._everywhere: list[tuple[int, T]] = []
        self._count = 0

    def add(self, top: float, bottom: float, item: T) -> None:
        """Adds an item that extends from ``top`` to ``bottom``."""
        entry = (self._count, item)
        self._count += 1
        first, last = self._band(top), self._band(bottom)
        if last - first >= _MAX_BANDS:
            self._everywhere.append(entry)
            return
        for band in range(first, last + 1):
            self._bands[band].append(entry)

    def overlapping(self, top: float, bottom: float) -> Iterator[T]:
        """Yields, in the order in which they were added, at least the items that overlap a stretch of the page."""
        first, last = self._band(top), self._band(bottom)
        is_high = last - first >= len(self._bands)
        bands = [band for band in self._bands if first <= band <= last] if is_high else range(first, last + 1)
        found = dict(self._everywhere)
        for band in bands:
            found.update(self._bands.get(band, ()))
        return (found[number] for number in sorted(found))

    def _band(self, position: float) -> int:
        return int(position // self._height)
