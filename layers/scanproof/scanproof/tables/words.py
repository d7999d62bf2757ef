"""The words of a page in upright coordinates, grouped to rows, and rows to chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from statistics import median

from scanproof.document import Box, Line, Page, Ruling
from scanproof.placement import place_words
from scanproof.tables import config

_NARROW = frozenset("fijltI|!.,:;'()[]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, ``page.lines[line].text[start:end]``; its box is in pixels of the page without skew."""

    line: int
    start: int
    end: int
    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def key(self) -> tuple[int, int]:
        """Names the word on its page."""
        return self.line, self.start

    def cut(self, x: float) -> tuple[Piece, Piece]:
        """Cuts between the two characters that are nearest to ``x``, by the usual widths of characters."""
        widths = [0.5 if char in _NARROW else 1.0 for char in self.text]
        scale = (self.right - self.left) / sum(widths)
        ends = [self.left + scale * sum(widths[: index + 1]) for index in range(len(widths) - 1)]
        count = 1 + min(range(len(ends)), key=lambda index: abs(ends[index] - x))
        middle = self.start + count
        return (
            replace(self, end=middle, text=self.text[:count], right=x),
            replace(self, start=middle, text=self.text[count:], left=x),
        )

    @property
    def x(self) -> float:
        """The middle from left to right."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """The middle from top to bottom."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Chunk:
    """Words of one row that follow each other closely."""

    words: tuple[Piece, ...]

    @cached_property
    def left(self) -> float:
        """The left edge."""
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        """The right edge."""
        return max(word.right for word in self.words)

    @cached_property
    def text(self) -> str:
        """The words with spaces between."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def is_value(self) -> bool:
        """Whether the text is a value."""
        return is_value(self.text)


@dataclass(frozen=True, eq=False)
class Row:
    """Words on one height, from left to right."""

    words: tuple[Piece, ...]
    chunks: tuple[Chunk, ...]

    @cached_property
    def y(self) -> float:
        """The middle, of the median word."""
        return median(word.y for word in self.words)

    @property
    def top(self) -> float:
        """The upper edge."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return max(word.bottom for word in self.words)


@dataclass(frozen=True)
class Upright:
    """A page's words and ruled lines, turned by the skew that straightening left.

    Attributes:
        height: median height of the words, in pixels: the unit of `config`.
        word_gap: median blank between the words of a line, in pixels; large in typewriter fonts.
        across: horizontal lines as y, x0, x1.
        down: vertical lines as x, y0, y1.
        slope: of lines of text on the page image, downwards to the right.
    """

    words: tuple[Piece, ...]
    across: tuple[tuple[float, float, float], ...]
    down: tuple[tuple[float, float, float], ...]
    height: float
    word_gap: float
    slope: float
    page_width: float
    page_height: float

    @classmethod
    def of(cls, page: Page) -> Upright | None:
        """Places the words of ``page``; None where it has none, or too many."""
        placed = [
            (index, word)
            for index, line in enumerate(page.lines)
            if not _is_sideways(line)
            for word in place_words(line)
        ]
        if not placed or len(placed) > config.MAX_WORDS:
            return None
        height = max(1.0, median(word.box.bottom - word.box.top for _, word in placed))
        slope = _slope(page, height)

        def turned(x: float, y: float) -> tuple[float, float]:
            return x + slope * y, y - slope * x

        words = []
        for index, word in placed:
            x, y = turned((word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2)
            half_width = (word.box.right - word.box.left) / 2
            half_height = (word.box.bottom - word.box.top) / 2
            bounds = (x - half_width, y - half_height, x + half_width, y + half_height)
            words.append(Piece(index, word.start, word.end, word.text, *bounds))
        across, down = [], []
        for ruling in page.rulings:
            (x0, y0), (x1, y1) = turned(ruling[0], ruling[1]), turned(ruling[2], ruling[3])
            if abs(x1 - x0) >= abs(y1 - y0):
                across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
            else:
                down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
        gap = _word_gap(words, height)
        return cls(tuple(words), tuple(across), tuple(down), height, gap, slope, page.width, page.height)

    @property
    def chunk_gap(self) -> float:
        """Blank that ends a chunk, in pixels."""
        return max(config.CHUNK_GAP * self.height, config.WIDE_GAP * self.word_gap)

    @property
    def column_gap(self) -> float:
        """Blank between words that may be the blank between two columns, in pixels."""
        return max(config.WORD_GAP * self.height, config.WIDE_GAP * self.word_gap)

    def rows(self, words: Sequence[Piece]) -> list[Row]:
        """Groups words of this page, in any order, to rows from top to bottom."""
        return rows_of(words, self.height, self.chunk_gap)

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Returns the box on the page image around a rectangle of these coordinates."""
        scale = 1 + self.slope**2
        corners = [
            ((x - self.slope * y) / scale, (y + self.slope * x) / scale)
            for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
        ]
        # The middles of the edges, not the corners: boxes of neighbouring cells then do not overlap.
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
        across = sorted((_clipped((x0 + x3) / 2, self.page_width), _clipped((x1 + x2) / 2, self.page_width)))
        down = sorted((_clipped((y0 + y1) / 2, self.page_height), _clipped((y2 + y3) / 2, self.page_height)))
        return Box(left=across[0], top=down[0], right=across[1], bottom=down[1])


def _is_sideways(line: Line) -> bool:
    """Whether a line runs up or down the page, such as a note at the margin."""
    return len(line.text) >= config.MIN_SIDEWAYS and line.box.bottom - line.box.top > 2 * (
        line.box.right - line.box.left
    )


def _clipped(value: float, limit: float) -> float:
    return round(min(max(value, 0.0), limit), 1)


def _slope(page: Page, height: float) -> float:
    """Returns the median slope of long lines and of horizontal ruled lines."""
    slopes = [
        (last.box.top + last.box.bottom - first.box.top - first.box.bottom)
        / (last.box.left + last.box.right - first.box.left - first.box.right)
        for first, last in ((line.words[0], line.words[-1]) for line in page.lines if len(line.words) > 1)
        if last.box.left - first.box.right >= config.LONG_LINE * height
    ]
    slopes += [_slope_of(ruling) for ruling in page.rulings if ruling[2] - ruling[0] >= config.LONG_LINE * height]
    found = median(slopes) if slopes else 0.0
    return found if abs(found) < 0.1 else 0.0  # more is text in another direction


def _slope_of(ruling: Ruling) -> float:
    return (ruling[3] - ruling[1]) / (ruling[2] - ruling[0])


def _word_gap(words: Sequence[Piece], height: float) -> float:
    """Returns the median blank between neighbouring words of a line, wide ones left out."""
    gaps = [
        after.left - before.right
        for before, after in pairwise(words)
        if before.line == after.line and 0 < after.left - before.right < config.CHUNK_GAP * height
    ]
    return median(gaps) if gaps else 0.0


def rows_of(words: Sequence[Piece], height: float, gap: float) -> list[Row]:
    """Groups words to rows, from top to bottom.

    Args:
        words: in any order.
        height: of the page's words, in pixels.
        gap: blank that ends a chunk, in pixels.
    """
    grouped: list[list[Piece]] = []
    middle = 0.0
    for word in sorted(words, key=lambda each: (each.y, each.left)):
        if grouped and word.y - middle <= config.SAME_ROW * height:
            grouped[-1].append(word)
            middle += (word.y - middle) / len(grouped[-1])
        else:
            grouped.append([word])
            middle = word.y
    return [_row(level, height, gap) for group in grouped for level in _levels(group, height)]


def _levels(words: list[Piece], height: float) -> list[list[Piece]]:
    """Separates lines of neighbouring columns that are set half a line apart: there words stand above each other."""
    by_left = sorted(words, key=lambda each: each.left)
    if all(
        min(a.right, b.right) - b.left <= config.STACKED * min(a.right - a.left, b.right - b.left)
        for a, b in pairwise(by_left)
    ):
        return [words]
    levels: list[list[Piece]] = []
    for word in words:  # from top to bottom
        if levels and word.y - levels[-1][0].y <= config.SAME_LEVEL * height:
            levels[-1].append(word)
        else:
            levels.append([word])
    return levels


def _row(words: list[Piece], height: float, gap: float) -> Row:
    words.sort(key=lambda each: each.left)
    chunks: list[list[Piece]] = [[words[0]]]
    right = words[0].right
    for before, word in pairwise(words):
        # Headings have a larger font, and wider blanks between words.
        scale = max(1.0, min(before.bottom - before.top, word.bottom - word.top) / height)
        if word.left - right > gap * scale or not _are_level(before, word):
            chunks.append([word])
        else:
            chunks[-1].append(word)
        right = max(right, word.right)
    return Row(tuple(words), tuple(Chunk(tuple(chunk)) for chunk in chunks))


def _are_level(before: Piece, word: Piece) -> bool:
    """Whether two words stand on one line of text, not on neighbouring lines of columns that are set apart."""
    shared = min(before.bottom, word.bottom) - max(before.top, word.top)
    return shared >= config.LEVEL * min(before.bottom - before.top, word.bottom - word.top)


def is_value(text: str) -> bool:
    """Whether a text is a number, an amount, a date or a code, with at most one short word: a unit, a month."""
    tokens = text.split()
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    words = [token for token in tokens if not any(map(str.isdigit, token)) and any(map(str.isalpha, token))]
    return digits > 0 and letters <= max(3, digits) and len(words) <= 1 and len(tokens) <= 4
