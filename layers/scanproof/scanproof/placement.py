"""Places the words of corrected lines on the page image: where a correction changed words, their boxes follow."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from re import finditer

from scanproof.document import Box, Line, Page, Transform, Word
from scanproof.edits import Replacement


@dataclass(frozen=True)
class PlacedWord:
    """A word between blanks of a corrected line, ``line.text[start:end]``, and its box in pixels of the page image.

    ``confidence`` is the lowest of the recognised words that it was made of; None where the engine stated none.
    """

    start: int
    end: int
    text: str
    box: Box
    confidence: float | None = None


def place_words(line: Line) -> list[PlacedWord]:
    """Returns the words of ``line.text`` in order of their characters.

    A word that no edit touches keeps the box of the engine. The characters of a recognised word are taken to be equally
    wide, those of a replacement to divide the width of what they replace; so a split or merged word gets its part
    of the recognised boxes. A line whose words have no boxes is one wide word.
    """
    words = line.words or (Word(start=0, end=max(len(line.raw), 1), box=line.box, confidence=line.confidence),)
    columns = _Columns(words, line.box)
    spans = list(_raw_spans(line.text, line.edits))
    return [_placed(line, words, columns, match.start(), match.end(), spans) for match in finditer(r"\S+", line.text)]


@dataclass(frozen=True)
class _Span:
    """A part of the corrected text and the part of the raw text that it came from; characters map in proportion."""

    start: int
    end: int
    raw_start: int
    raw_end: int

    def raw_offset(self, offset: int) -> float:
        if self.start == self.end:
            return self.raw_start
        return self.raw_start + (offset - self.start) / (self.end - self.start) * (self.raw_end - self.raw_start)


def _raw_spans(text: str, edits: Sequence[Replacement]) -> Iterator[_Span]:
    """Divides ``text`` into what edits wrote and what they left, in order and without gaps."""
    position = shift = 0
    for edit in edits:
        start = edit.start + shift
        yield _Span(position, start, position - shift, edit.start)
        position = start + len(edit.corrected)
        yield _Span(start, position, edit.start, edit.end)
        shift += len(edit.corrected) - (edit.end - edit.start)
    yield _Span(position, len(text), position - shift, len(text) - shift)


def _placed(
    line: Line, words: Sequence[Word], columns: _Columns, start: int, end: int, spans: Sequence[_Span]
) -> PlacedWord:
    inside = [span for span in spans if span.start < end and start < span.end]
    first, last = inside[0], inside[-1]
    raw_start, raw_end = first.raw_offset(max(start, first.start)), last.raw_offset(min(end, last.end))
    touched = [word for word in words if word.start < raw_end and raw_start < word.end] or [columns.nearest(raw_start)]
    left, right = columns.left(raw_start), columns.right(raw_end)
    if right <= left:  # inserted, or on the blank between two words
        left = right = (left + right) / 2
    confidences = [word.confidence for word in touched if word.confidence is not None]
    return PlacedWord(
        start=start,
        end=end,
        text=line.text[start:end],
        box=Box(
            left=left,
            top=min(word.box.top for word in touched),
            right=right,
            bottom=max(word.box.bottom for word in touched),
        ),
        confidence=min(confidences, default=None),
    )


class _Columns:
    """Horizontal positions of the offsets of a raw line, fractions of characters included."""

    def __init__(self, words: Sequence[Word], box: Box) -> None:
        self._words = sorted(words, key=lambda word: word.start)
        self._starts = [word.start for word in self._words]
        self._box = box
        self._is_ordered = all(a.box.left <= b.box.left for a, b in pairwise(self._words))

    def nearest(self, offset: float) -> Word:
        """Returns the word at ``offset``, else the one before it, else the first."""
        return self._words[max(bisect_right(self._starts, offset) - 1, 0)]

    def left(self, offset: float) -> float:
        """Returns the left edge of the character at ``offset``; behind a word, that of the next one."""
        word = self.nearest(offset)
        if offset < word.end:
            return _within(word, offset)
        index = self._words.index(word) + 1
        return self._words[index].box.left if self._is_ordered and index < len(self._words) else word.box.right

    def right(self, offset: float) -> float:
        """Returns the right edge of the character before ``offset``."""
        before = self._words[max(bisect_right(self._starts, offset - 1e-9) - 1, 0)]
        return _within(before, min(offset, before.end))


def _within(word: Word, offset: float) -> float:
    share = (max(offset, word.start) - word.start) / max(word.end - word.start, 1)
    return word.box.left + share * (word.box.right - word.box.left)


Point = tuple[float, float]


def corners_on_opened(page: Page, box: Box) -> tuple[Point, Point, Point, Point]:
    """Maps a box of the page image to the opened image, as shares of its width and height.

    Returns the corners at the top left, top right, bottom right and bottom left of the upright text.
    """
    width, height = page.opened_size or (page.width, page.height)
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    first, second, third, fourth = (
        (x / width, y / height) for x, y in (_transformed(page.transform, *corner) for corner in corners)
    )
    return first, second, third, fourth


def _transformed(transform: Transform | None, x: float, y: float) -> Point:
    if transform is None:
        return x, y
    a, b, c, d, e, f, g, h, i = transform
    scale = g * x + h * y + i
    return (a * x + b * y + c) / scale, (d * x + e * y + f) / scale
