"""The lattice of a page: per segment of a line, the probabilities of the likeliest characters at each time step.

A recogniser trained with connectionist temporal classification (CTC; Graves et al. 2006) gives each time step, a column
of the segment's image, a distribution over its characters and the blank, which means "no new character here". The best
path takes the likeliest of each step, merges repeats and drops blanks.

Probabilities are kept as levels: ``round(-LEVELS_PER_NEPER * ln p)``.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

BLANK = ""
BLANK_INDEX = 0  # in every alphabet
RESTORED = -1  # position of a character that was not decoded: a space that was put back
# One level is 0.1 % of a probability, so that three decimals of a confidence survive. Levels of 4 % (one byte each)
# would save a quarter of the file, but not tell 0.98 from 0.99 (docs/measurements.md).
LEVELS_PER_NEPER = 1000


@dataclass(frozen=True)
class SegmentLattice:
    """The lattice of one segment, a range of the raw line that was recognised as one image.

    Attributes:
        start: index of its first character in the raw line.
        positions: per character of the range the time step where it was decoded; `RESTORED` for none. Ascending.
        counts: per time step the number of characters kept, at least 1.
        characters: for all steps, one after the other: indices in the page's alphabet, the likeliest first.
        levels: the probabilities of ``characters`` as levels.
    """

    start: int
    positions: tuple[int, ...]
    counts: bytes
    characters: array[int]
    levels: array[int]

    @property
    def end(self) -> int:
        """Index after its last character in the raw line."""
        return self.start + len(self.positions)

    @property
    def step_count(self) -> int:
        """The number of time steps."""
        return len(self.counts)

    def step(self, step: int) -> Iterator[tuple[int, float]]:
        """Yields index and probability of the characters kept at a time step, the likeliest first."""
        for entry in range(self._offsets[step], self._offsets[step + 1]):
            yield self.characters[entry], math.exp(-self.levels[entry] / LEVELS_PER_NEPER)

    def best(self, step: int) -> int:
        """Returns the index of the likeliest character at a time step."""
        return self.characters[self._offsets[step]]

    def run_end(self, step: int) -> int:
        """Returns the step after the run of time steps, from ``step`` on, that have the same likeliest character."""
        best, end = self.best(step), step + 1
        while end < self.step_count and self.best(end) == best:
            end += 1
        return end

    def best_path(self) -> list[tuple[int, int]]:
        """Returns time step and index of the characters of the best path."""
        found, previous = [], BLANK_INDEX
        for step in range(self.step_count):
            best = self.best(step)
            if best not in (previous, BLANK_INDEX):
                found.append((step, best))
            previous = best
        return found

    def probabilities(self) -> list[float | None]:
        """Returns per character of the range its probability at its time step; None for restored spaces."""
        return [None if step == RESTORED else next(self.step(step))[1] for step in self.positions]

    @cached_property
    def _offsets(self) -> list[int]:
        return [0, *accumulate(self.counts)]


@dataclass(frozen=True)
class PageLattice:
    """The lattice of a page.

    Attributes:
        alphabet: the characters that occur in it; the first is `BLANK`.
        lines: per line of the page its segments in order. The space between two segments belongs to none of them.
    """

    alphabet: tuple[str, ...]
    lines: tuple[tuple[SegmentLattice, ...], ...]

    def best_path(self, segment: SegmentLattice) -> str:
        """Returns the text of a segment's best path.

        It has the spaces at the segment's ends, which the line's text has not, and lacks those that were restored.
        """
        return "".join(self.alphabet[index] for _, index in segment.best_path())
