"""The CTC forward algorithm on a segment's lattice: how probable the recogniser considers a string.

Source: Graves, Fernández, Gomez and Schmidhuber, "Connectionist Temporal Classification", ICML 2006, section 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scanproof.lattice.model import BLANK, LEVELS_PER_NEPER, RESTORED, PageLattice, SegmentLattice

# Probability of a character at a step where it was not kept, that is, where it was below ocr.posterior.MIN_PROBABILITY:
# a tenth of that. A string that needs one such character is ln 1e-5 = -11.5 less probable: not in the lattice.
UNSEEN = 1e-5
_STEPS_PER_SCALE = 8  # after which the probabilities are scaled, lest they underflow (Rabiner 1989, section V.A)
_LN_2 = math.log(2.0)


class SegmentPosterior:
    """The posterior of a segment as a matrix, and the probabilities of strings on ranges of its time steps.

    Attributes:
        alphabet: the segment's characters, of which the first is the blank.
        log_probabilities: [steps, characters + 1], natural logarithms; the last column is that of all other characters.
    """

    def __init__(self, lattice: PageLattice, segment: SegmentLattice, unseen: float = UNSEEN) -> None:
        """Expands a segment's lattice.

        Args:
            lattice: the page's lattice, for its alphabet.
            segment: one of its segments.
            unseen: probability of a character at a step where it was not kept; may be 0.
        """
        self._segment = segment
        indices = np.array(segment.characters, dtype=np.intp)
        used, columns = np.unique(np.append(indices, 0), return_inverse=True)  # the blank is always there
        self.alphabet = tuple(lattice.alphabet[index] for index in used)
        floor = math.log(unseen) if unseen > 0 else -math.inf
        self.log_probabilities = np.full((segment.step_count, len(used) + 1), floor)
        steps = np.repeat(np.arange(segment.step_count), np.frombuffer(segment.counts, dtype=np.uint8))
        self.log_probabilities[steps, columns[:-1]] = np.array(segment.levels, dtype=float) / -LEVELS_PER_NEPER
        self._columns = {character: column for column, character in enumerate(self.alphabet)}

    def window(self, start: int, end: int) -> tuple[int, int]:
        """Returns the time steps that belong to characters ``start`` to ``end`` (exclusive) of the segment.

        They begin after the whole run of the character before, so that no repeat of it leaks in, and end before the
        step of the character after. Restored spaces have no steps; a range should neither contain nor touch one,
        because the recogniser gives its space no probability.
        """
        positions = self._segment.positions
        before = [position for position in positions[:start] if position != RESTORED]
        after = [position for position in positions[end:] if position != RESTORED]
        return (
            self._segment.run_end(before[-1]) if before else 0,
            after[0] if after else self._segment.step_count,
        )

    def log_probability_of(
        self, strings: Sequence[str], first: int = 0, last: int | None = None
    ) -> NDArray[np.float64]:
        """Computes the natural logarithm of each string's probability on time steps ``first`` to ``last`` (exclusive).

        The probability of a string is the sum over all paths that spell it. The recognised text is not always the most
        probable string, because its path is only the best single one.

        Returns:
            [strings]; minus infinity for a string that does not fit in the steps.
        """
        steps = first, len(self.log_probabilities) if last is None else last
        return self.log_probabilities_of([(string, *steps) for string in strings])

    def log_probabilities_of(self, readings: Sequence[tuple[str, int, int]]) -> NDArray[np.float64]:
        """As `log_probability_of`, for strings with time steps of their own: string, first and last (exclusive)."""
        order = sorted(range(len(readings)), key=lambda index: readings[index][1] - readings[index][2])  # longest first
        strings = [readings[index][0] for index in order]
        firsts, lasts = (np.array([readings[index][edge] for index in order], dtype=np.intp) for edge in (1, 2))
        lengths = np.array([len(string) for string in strings], dtype=np.intp)
        states = 2 * int(lengths.max(initial=0)) + 1
        labels, may_skip = self._labels(strings, lengths, states)
        # Two states that are never reached stand in front, so that all states have two before them.
        alpha = np.zeros((len(strings), states + 2))
        alpha[:, 2] = 1.0  # before the first step only the state "nothing written" is possible
        exponents = np.zeros(len(strings))
        # All strings end together, so those with fewer steps join later: in their first block, before their first step,
        # they have the padding step, which leaves that state as it is.
        durations, padding = lasts - firsts, len(self.log_probabilities)
        for left in range(-int(durations.max(initial=0)), 0, _STEPS_PER_SCALE):
            running = int(np.searchsorted(-durations, left + _STEPS_PER_SCALE))
            steps = lasts[:running, None] + np.arange(left, min(0, left + _STEPS_PER_SCALE))
            steps[steps < firsts[:running, None]] = padding
            emitted = self._probabilities[steps[:, :, None], labels[:running, None, :]]
            now, skips = alpha[:running], may_skip[:running]
            for step in range(steps.shape[1]):
                arrived = now[:, 2:] + now[:, 1:-1]
                arrived += skips * now[:, :-2]
                np.multiply(arrived, emitted[:, step], out=now[:, 2:])
            exponent = np.frexp(now.max(1))[1]
            np.ldexp(now, -exponent[:, None], out=now)
            exponents[:running] += exponent
        rows = np.arange(len(strings))
        probabilities = np.empty(len(strings))
        with np.errstate(divide="ignore"):  # a string that does not fit
            written = alpha[rows, 2 * lengths + 2] + alpha[rows, 2 * lengths + 1]  # the state before "nothing" is empty
            probabilities[order] = np.log(written) + exponents * _LN_2
        return probabilities

    @cached_property
    def _probabilities(self) -> NDArray[np.float64]:
        """[steps + 1, characters + 1]; at the last step, the padding, there is certainly no character."""
        padding = np.zeros((1, self.log_probabilities.shape[1]))
        padding[0, self._columns[BLANK]] = 1.0
        return np.vstack([np.exp(self.log_probabilities), padding])

    def _labels(
        self, strings: Sequence[str], lengths: NDArray[np.intp], states: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Returns per string and state its column, blanks around all characters, and 1 where its blank may be skipped.

        A blank between two characters may be skipped unless they are the same one.
        """
        joined, unseen = "".join(strings), len(self.alphabet)
        labels = np.full((len(strings), states), self._columns[BLANK], dtype=np.intp)
        may_skip = np.zeros((len(strings), states))
        rows = np.repeat(np.arange(len(strings)), lengths)
        places = np.arange(len(joined)) - np.repeat(lengths.cumsum() - lengths, lengths)
        labels[rows, 2 * places + 1] = [self._columns.get(character, unseen) for character in joined]
        differs = [character != before for before, character in zip(" " + joined, joined, strict=False)]
        may_skip[rows, 2 * places + 1] = (places > 0) * np.array(differs, dtype=np.float64)
        return labels, may_skip
