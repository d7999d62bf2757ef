"""Locates stretches of text on their page and measures how far a value is from its label."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from scanproof.document import Box, CheckPlace, Edit, Line, Page, Word

_MAX_DROP = 4.0  # line heights from a label down to its value
_MAX_RISE = 0.5  # line heights by which a value below its label may overlap it: boxes are loose
_COLUMN_GAP = 1.5  # line heights
_PROSE_WORDS = 6  # of a line, with three letters or more
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_ROW_OVERLAP = 0.5  # of the lower line's height: less, and the two are not on one row


@dataclass(frozen=True)
class TextSpan:
    """``pages[page - 1].lines[line].text[start:end]`` and its box in pixels."""

    page: int
    line: int
    start: int
    end: int
    text: str
    box: Box

    def check_place(self) -> CheckPlace:
        """Converts the span to the place that a check flag points at."""
        return CheckPlace(page=self.page, line=self.line, box=self.box, written=self.text)


def text_span(page: Page, line: int, start: int, end: int) -> TextSpan:
    """Builds the span of ``text[start:end]`` of a line's corrected text."""
    text = page.lines[line].text
    return TextSpan(page.number, line, start, end, text[start:end], _box(page.lines[line], start, end))


def doubt(page: Page, span: TextSpan) -> float:
    """Returns the engine's doubt of the text of a span, 0 to 1: of its worst word, or of the whole line."""
    line = page.lines[span.line]
    inside = words_between(line, span.start, span.end)
    confidences = [word.confidence for word in inside if word.confidence is not None]
    confidence = min(confidences, default=line.confidence)
    return 0.0 if confidence is None else 1.0 - confidence


def is_prose(text: str) -> bool:
    """Whether a line is part of running text rather than a label with its value or a row of a table."""
    return len(_LONG_WORD.findall(text)) >= _PROSE_WORDS


def label_distance(label: TextSpan, value: TextSpan) -> float | None:
    """Measures how far ``value`` is from ``label``; None where the label cannot belong to it.

    Values stand right of their label on the same line (0 to 1), right of it on the same row of the page (from 0.3), or
    below it in the same column (from 0.6).
    """
    if label.page != value.page:
        return None
    if label.line == value.line:
        return min(value.start - label.end, 100) / 100 if value.start >= label.end else None
    height = _height(label.box)
    if share_row(label.box, value.box):
        gap = value.box.left - label.box.right
        return 0.3 + min(gap / (40 * height), 0.7) if gap > -height else None
    return _distance_below(label.box, value.box, height)


def label_reach(label: Box) -> tuple[float, float]:
    """Returns the top and bottom of the stretch that the value of a label overlaps if it is on another line."""
    height = _height(label)
    return min(label.top, label.bottom - _MAX_RISE * height), label.bottom + _MAX_DROP * height


def _height(label: Box) -> float:
    return max(label.bottom - label.top, 1.0)


def _distance_below(label: Box, value: Box, height: float) -> float | None:
    drop = (value.top - label.bottom) / height
    overlap = min(label.right, value.right) - max(label.left, value.left)
    if not -_MAX_RISE <= drop <= _MAX_DROP or overlap <= 0:
        return None
    misalignment = min(abs(label.left - value.left), abs(label.right - value.right)) / (40 * height)
    return 0.6 + max(drop, 0.0) * 0.2 + min(misalignment, 0.5)


def share_row(one: Box, other: Box) -> bool:
    """Whether two boxes stand on one row of the page."""
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > _ROW_OVERLAP * min(one.bottom - one.top, other.bottom - other.top)


def _box(line: Line, start: int, end: int) -> Box:
    """Surrounds the words that overlap the span; without words, cuts the line's box in proportion to its characters."""
    if words := words_between(line, start, end):
        return Box.around([word.box for word in words])
    width, count = line.box.right - line.box.left, max(len(line.text), 1)
    left = line.box.left + width * start / count
    right = line.box.left + width * end / count
    return Box(left=left, top=line.box.top, right=right, bottom=line.box.bottom)


def words_between(line: Line, start: int, end: int) -> Sequence[Word]:
    """Returns the words that overlap a stretch of the line's corrected text."""
    raw_start, raw_end = _raw_offset(line, start), _raw_offset(line, end)
    first = bisect_right(line.words, raw_start, key=lambda word: word.end)
    last = bisect_left(line.words, raw_end, key=lambda word: word.start)
    return line.words[first:last]


def _raw_offset(line: Line, offset: int) -> int:
    """Maps an offset in the corrected line to the raw line."""
    shift = 0
    for edit in line.edits:
        if edit.start + shift >= offset:
            break
        shift += len(edit.corrected) - (edit.end - edit.start)
    return min(max(offset - shift, 0), len(line.raw))


class PageColumns:
    """Splits the lines of a page at the gaps between its columns."""

    def __init__(self, page: Page) -> None:
        self._page = page
        heights = [line.box.bottom - line.box.top for line in page.lines]
        self._height = max(median(heights), 1.0) if heights else 1.0

    def of(self, line: int) -> list[TextSpan]:
        """Returns the columns of a line: between three blanks, or gaps between words of more than 1.5 line heights.

        A line's own height counts only where it is less than the page's usual one: a logo makes its line higher.
        """
        text, words = self._page.lines[line].text, self._page.lines[line].words
        box = self._page.lines[line].box
        gap = _COLUMN_GAP * min(max(box.bottom - box.top, 1.0), self._height)
        cuts = {match.span() for match in re.finditer(r"\s{3,}", text)}
        edits = self._page.lines[line].edits
        for one, other in pairwise(words):
            if other.box.left - one.box.right > gap:
                start, end = (_text_offset(edits, offset) for offset in (one.end, other.start))
                if start is not None and end is not None and start < end:
                    cuts.add((start, end))
        return list(self._between(line, sorted(cuts)))

    def _between(self, line: int, cuts: Sequence[tuple[int, int]]) -> Iterator[TextSpan]:
        position = 0
        for start, end in (*cuts, (len(self._page.lines[line].text), 0)):
            if position < start:
                yield text_span(self._page, line, position, start)
            position = max(position, end)


def _text_offset(edits: Sequence[Edit], raw_offset: int) -> int | None:
    """Maps an offset in the raw line to the corrected one; None inside an edit."""
    shift = 0
    for edit in edits:
        if edit.end <= raw_offset:
            shift += len(edit.corrected) - (edit.end - edit.start)
        elif edit.start < raw_offset:
            return None
    return raw_offset + shift
