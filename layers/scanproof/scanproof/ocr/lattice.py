"""Builds the lattice of a page from the segments of its lines."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from scanproof.lattice.model import BLANK, PageLattice, SegmentLattice
from scanproof.ocr.posterior import SparsePosterior
from scanproof.ocr.segments import Segment


def build_lattice(rows: Sequence[Sequence[Segment]]) -> PageLattice | None:
    """Builds the lattice of the lines that ``segments.line_of`` makes of ``rows``; None where no segment has one."""
    if not any(segment.posterior for row in rows for segment in row):
        return None
    alphabet = {BLANK: 0}
    lines = []
    for row in rows:
        offset, segments = 0, []
        for segment in row:
            if segment.posterior:
                segments.append(_segment_lattice(offset, segment.positions, segment.posterior, alphabet))
            offset += len(segment.text) + 1
        lines.append(tuple(segments))
    return PageLattice(tuple(alphabet), tuple(lines))


def _segment_lattice(
    start: int, positions: tuple[int, ...], posterior: SparsePosterior, alphabet: dict[str, int]
) -> SegmentLattice:
    """Numbers the segment's characters by the page's alphabet, which grows."""
    used, places = np.unique(posterior.characters, return_inverse=True)
    letters = [posterior.alphabet[index] if index else BLANK for index in used]
    numbers = np.array([alphabet.setdefault(letter, len(alphabet)) for letter in letters], dtype=np.uint16)
    return SegmentLattice(
        start=start,
        positions=positions,
        counts=posterior.counts.tobytes(),
        characters=array("H", numbers[places].tolist()),
        levels=array("H", posterior.levels.tolist()),
    )
