"""Splits text that is too long for the model at natural pauses; aligns an answer with its text by sentence and cell."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from scanproof.values.find import find_values

# Where a text may be cut, best first: after a line, a sentence, another pause, a word.
_PAUSES = tuple(re.compile(p) for p in (r"\n", r"""[.!?…。！？]["'”’»)\]]*\s+|[。！？]""", r"[;:,、，]\s+", r"\s+"))
_SENTENCE_END = _PAUSES[1]
_CELL_BOUNDARY = re.compile(r"\t|\||\S {2,}\S")
_CELL_GAP = re.compile(r" {2,}")


@dataclass(frozen=True)
class Segment:
    """``text[start:end]`` is to be corrected; ``text[context:start]`` precedes it and is shown to the model.

    ``fits`` is False for a word or a table row that exceeds the limit and must not be cut.
    """

    start: int
    end: int
    context: int
    fits: bool = True


def split(text: str, size: Callable[[str], int], limit: int, context: int) -> list[Segment]:
    """Splits ``text`` into as few consecutive segments as possible.

    Words, values such as amounts (``1 200,00 €``) and table rows are never cut.

    Args:
        size: returns the size of a text in the model's tokens.
        limit: maximum size of a segment.
        context: maximum size of the context before a segment.
    """
    cuts = _cuts(text)
    segments: list[Segment] = []
    start = 0
    while start < len(text):
        end, fits = _segment_end(text, start, cuts, size, limit)
        segments.append(Segment(start, end, _context_start(text, start, cuts[-1], size, context), fits))
        start = end
    return segments


def _cuts(text: str) -> list[list[int]]:
    """Returns the positions where the text may be cut, a list per kind of pause; each includes all better ones."""
    uncuttable = [(value.start, value.end) for value in find_values(text)] + list(_table_rows(text))
    cuts: list[list[int]] = []
    allowed: set[int] = {len(text)}
    for pause in _PAUSES:
        allowed |= {match.end() for match in pause.finditer(text)}
        cuts.append(sorted(allowed - _inside(uncuttable, allowed)))
    return cuts


def _table_rows(text: str) -> list[tuple[int, int]]:
    rows, start = [], 0
    for line in text.splitlines(keepends=True):
        if _CELL_BOUNDARY.search(line):
            rows.append((start, start + len(line)))
        start += len(line)
    return rows


def _inside(ranges: list[tuple[int, int]], positions: set[int]) -> set[int]:
    """Returns the positions that lie strictly inside one of the ranges."""
    ordered = sorted(positions)
    return {
        position
        for start, end in ranges
        for position in ordered[bisect_right(ordered, start) : bisect_right(ordered, end - 1)]
    }


def _segment_end(
    text: str, start: int, cuts: list[list[int]], size: Callable[[str], int], limit: int
) -> tuple[int, bool]:
    """Returns the end of the segment from ``start`` on, and whether it fits: the last cut at the best kind of pause."""
    if size(text[start:]) <= limit:
        return len(text), True
    for positions in cuts:
        if (end := _last_that_fits(text, start, positions, size, limit)) is not None:
            return end, True
    return cuts[-1][bisect_right(cuts[-1], start)], False


def _last_that_fits(text: str, start: int, positions: list[int], size: Callable[[str], int], limit: int) -> int | None:
    """Returns the last position after ``start`` up to which the text is within the limit, by bisection."""
    first = bisect_right(positions, start)
    last = bisect_left(positions, True, first, key=lambda position: size(text[start:position]) > limit)
    return positions[last - 1] if last > first else None


def _context_start(text: str, start: int, positions: list[int], size: Callable[[str], int], limit: int) -> int:
    """Returns the earliest word from which the text up to ``start`` is within the limit."""
    starts = [0, *positions[: bisect_right(positions, start - 1)], start]
    return starts[bisect_left(starts, True, key=lambda candidate: size(text[candidate:start]) <= limit)]


def sentence_pairs(raw: str, corrected: str) -> list[tuple[int, int, int, int]]:
    """Pairs the sentences of ``raw`` with their corrections.

    Sentences are separated only where both texts have the same sentence end, so the pairs join to the two texts.

    Returns:
        (start, end) in ``raw``, then (start, end) in ``corrected``, for each pair.
    """
    if raw == corrected:
        return [(0, len(raw), 0, len(corrected))]
    cuts = [(0, 0)]
    ends = [match.end() for match in _SENTENCE_END.finditer(raw)]
    for block in Levenshtein.opcodes(raw, corrected):
        if block.tag == "equal":
            inside = ends[bisect_right(ends, block.src_start + 1) : bisect_right(ends, block.src_end - 1)]
            cuts += [(end, end - block.src_start + block.dest_start) for end in inside]
    cuts.append((len(raw), len(corrected)))
    return [(a, b, c, d) for (a, c), (b, d) in pairwise(cuts) if (a, c) != (b, d)]


def align_columns(raw: str, corrected: str) -> str | None:
    """Returns ``corrected`` with its cells moved to the columns of the cells of ``raw``.

    Cells are separated by two or more spaces. A longer cell pushes the next one to the right, two spaces at least.

    Returns:
        None if the two rows do not have the same number of cells.
    """
    starts = [0, *(gap.end() for gap in _CELL_GAP.finditer(raw))]
    cells = _CELL_GAP.split(corrected)
    if len(cells) != len(starts):
        return None
    row = ""
    for start, cell in zip(starts, cells, strict=True):
        row = (row.ljust(max(start, len(row) + 2)) if start else row) + cell
    return row
