"""Cuts text that is too long for the model, where a reader would pause, and pairs the sentences of two readings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from scanproof.values.find import find_values

# Where a text may be cut, the best first: behind a line's end, behind a sentence, behind another pause, between words.
_PAUSES = tuple(re.compile(p) for p in (r"\n", r"""[.!?…。！？]["'”’»)\]]*\s+|[。！？]""", r"[;:,、，]\s+", r"\s+"))
_SENTENCE_END = _PAUSES[1]
_CELLS = re.compile(r"\t|\||\S {2,}\S")


@dataclass(frozen=True)
class Segment:
    """``text[start:end]`` is to be corrected; ``text[context:start]`` is what comes before it, for the model to know.

    ``fits`` is False where nothing shorter may be cut off: a word or a table row longer than the model can take.
    """

    start: int
    end: int
    context: int
    fits: bool = True


def split(text: str, size: Callable[[str], int], limit: int, context: int) -> list[Segment]:
    """``text`` in segments that follow on one another without a gap, in as few cuts as it takes.

    Never cut are words, amounts and other values (``1 200,00 €``), and lines that are rows of a table.

    Args:
        size: of a stretch of text, in the model's tokens.
        limit: the largest size of a segment.
        context: the largest size of what is repeated before one.
    """
    cuts = _cuts(text)
    segments: list[Segment] = []
    start = 0
    while start < len(text):
        end, fits = _end(text, start, cuts, size, limit)
        segments.append(Segment(start, end, _context(text, start, cuts[-1], size, context), fits))
        start = end
    return segments


def _cuts(text: str) -> list[list[int]]:
    """Places where the text may be cut, by how good they are: each list holds those of the better ones too."""
    whole = [(value.start, value.end) for value in find_values(text)] + list(_table_rows(text))
    found: list[list[int]] = []
    allowed: set[int] = {len(text)}
    for pause in _PAUSES:
        allowed |= {match.end() for match in pause.finditer(text)}
        found.append(sorted(allowed - _inside(whole, allowed)))
    return found


def _table_rows(text: str) -> list[tuple[int, int]]:
    rows, start = [], 0
    for line in text.splitlines(keepends=True):
        if _CELLS.search(line):
            rows.append((start, start + len(line)))
        start += len(line)
    return rows


def _inside(whole: list[tuple[int, int]], places: set[int]) -> set[int]:
    """Those of ``places`` that lie within a stretch that must stay whole."""
    ordered = sorted(places)
    return {
        place
        for start, end in whole
        for place in ordered[bisect_right(ordered, start) : bisect_right(ordered, end - 1)]
    }


def _end(text: str, start: int, cuts: list[list[int]], size: Callable[[str], int], limit: int) -> tuple[int, bool]:
    """Where the segment from ``start`` on ends: as far as the limit lets it, at the best kind of pause."""
    if size(text[start:]) <= limit:
        return len(text), True
    for places in cuts:
        if (reach := _furthest(text, start, places, size, limit)) is not None:
            return reach, True
    return cuts[-1][bisect_right(cuts[-1], start)], False


def _furthest(text: str, start: int, places: list[int], size: Callable[[str], int], limit: int) -> int | None:
    """The last of ``places`` behind ``start`` up to which the text is within the limit, by bisection."""
    first = bisect_right(places, start)
    last = bisect_left(places, True, first, key=lambda place: size(text[start:place]) > limit)
    return places[last - 1] if last > first else None


def _context(text: str, start: int, places: list[int], size: Callable[[str], int], limit: int) -> int:
    """Where the context before ``start`` begins: at a word, as early as the limit lets it."""
    begins = [0, *places[: bisect_right(places, start - 1)], start]
    return begins[bisect_left(begins, True, key=lambda begin: size(text[begin:start]) <= limit)]


def sentence_pairs(raw: str, corrected: str) -> list[tuple[int, int, int, int]]:
    """Sentences of ``raw`` with what became of them: (start, end, start in ``corrected``, end there).

    A cut is made only where both readings agree on the end of the sentence, so the pairs join to the two texts.
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
