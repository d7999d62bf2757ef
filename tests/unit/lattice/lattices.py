"""Small lattices for tests."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scanproof.document import Page
from scanproof.lattice.model import BLANK, LEVELS_PER_NEPER, PageLattice, SegmentLattice
from scanproof.ocr.lattice import build_lattice
from scanproof.ocr.posterior import SparsePosterior, sparse_posterior
from scanproof.ocr.segments import Segment, group_into_rows, line_of
from tests.builders import page

ALPHABET = ("blank", "a", "b", "c", " ")


def posterior(rows: Sequence[Sequence[float]] | NDArray[np.float64]) -> SparsePosterior:
    """Builds a posterior over `ALPHABET` from weights, [steps, characters]."""
    weights = np.asarray(rows, dtype=np.float64)
    return sparse_posterior(weights / weights.sum(axis=1, keepdims=True), ALPHABET)


def decoded(text: str, certainty: float = 0.9, steps: int = 2) -> NDArray[np.float64]:
    """Returns probabilities whose best path is ``text``: each character for ``steps`` steps, and a blank after it."""
    indices = [index for letter in text for index in [ALPHABET.index(letter)] * steps + [0]]
    rest = (1 - certainty) / (len(ALPHABET) - 1)
    return np.array([[certainty if k == index else rest for k in range(len(ALPHABET))] for index in indices])


def segment(text: str, left: float = 0.0, top: float = 0.0, certainty: float = 0.9) -> Segment:
    """Builds a segment from the output of a recogniser."""
    found = posterior(decoded(text, certainty))
    steps = found.best_path_steps()
    columns = [step for step, letter in zip(steps, text, strict=True) if letter != " "]
    quad = np.array([[left, top], [left + 90, top], [left + 90, top + 20], [left, top + 20]])
    return Segment.from_ctc(quad, text, [columns], len(found.counts), [certainty] * len(text), found)


def page_of(*segments: Segment, number: int = 1) -> tuple[Page, PageLattice]:
    """Builds a page and its lattice from segments."""
    rows = group_into_rows(segments)
    lattice = build_lattice(rows)
    assert lattice is not None
    return page(number, *map(line_of, rows), has_lattice=True), lattice


Considered = Mapping[int, Mapping[str, float]]  # by index of a character: what was considered beside it


def page_lattice(page: Page, considered: Mapping[int, Considered]) -> PageLattice:
    """Builds the lattice of a page with one segment a line and, for each character, a step and a blank after it.

    Args:
        page: the raw lines are what was recognised.
        considered: per line the characters that were considered beside the recognised ones, with their probabilities.
    """
    alphabet = {BLANK: 0}
    lines = tuple((_line_segment(line.raw, considered.get(n, {}), alphabet),) for n, line in enumerate(page.lines))
    return PageLattice(tuple(alphabet), lines)


def _line_segment(raw: str, considered: Considered, alphabet: dict[str, int]) -> SegmentLattice:
    characters, levels, counts = array("H"), array("H"), bytearray()
    for index, character in enumerate(raw):
        beside = considered.get(index, {})
        kept = {character: 1.0 - sum(beside.values()), **beside}
        for step in (kept, {BLANK: 1.0}):
            counts.append(len(step))
            for name, probability in sorted(step.items(), key=lambda item: -item[1]):
                characters.append(alphabet.setdefault(name, len(alphabet)))
                levels.append(round(-LEVELS_PER_NEPER * math.log(probability)))
    return SegmentLattice(0, tuple(range(0, 2 * len(raw), 2)), bytes(counts), characters, levels)
