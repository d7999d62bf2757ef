"""Keeps what a CTC recogniser considered: from its output, the likeliest characters of each time step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanproof.lattice.model import LEVELS_PER_NEPER

# Less likely characters are not kept. Candidates below 1e-3 are not worth a look; a tenth of that keeps the sums of the
# forward algorithm exact. A minimum of 1e-5 would double the file, 1e-3 save a third (docs/measurements.md).
MIN_PROBABILITY = 1e-4
# Characters kept at each step. Of 76 substitutions on receipts the true character was among the first five in 65; the
# blank and the neighbour in a transition take two more. 16 would enlarge the file by a ninth.
MAX_CHARACTERS = 8


@dataclass(frozen=True, eq=False)
class SparsePosterior:
    """The likeliest characters of each time step of one segment.

    Attributes:
        alphabet: of the recogniser; the first is the blank.
        counts: [steps] characters kept, 1 to `MAX_CHARACTERS`.
        characters: [entries] indices in ``alphabet``, step by step, the likeliest first.
        levels: [entries] their probabilities as `lattice.model` describes.
    """

    alphabet: Sequence[str]
    counts: NDArray[np.uint8]
    characters: NDArray[np.intp]
    levels: NDArray[np.uint16]

    def best_path_steps(self) -> list[int]:
        """Returns the time steps of the characters of the best path."""
        best = self.characters[np.cumsum(self.counts, dtype=np.intp) - self.counts]
        is_new = best != 0
        is_new[1:] &= best[1:] != best[:-1]
        return [int(step) for step in np.flatnonzero(is_new)]

    def highest(self, character: str, first: int, last: int) -> float:
        """Returns the highest probability that was kept of a character at the time steps of a range, else 0."""
        start, end = (int(self.counts[:step].sum()) for step in (first, last))
        entries = zip(self.characters[start:end].tolist(), self.levels[start:end].tolist(), strict=True)
        levels = [level for index, level in entries if self.alphabet[index] == character]
        return math.exp(-min(levels) / LEVELS_PER_NEPER) if levels else 0.0


def sparse_posterior(probabilities: NDArray[np.floating], alphabet: Sequence[str]) -> SparsePosterior:
    """Keeps the characters of each step above `MIN_PROBABILITY`, at most `MAX_CHARACTERS`; the likeliest always.

    Args:
        probabilities: [steps, characters], each step sums to 1.
        alphabet: [characters], the blank first.
    """
    steps, size = probabilities.shape
    # One pass over all characters: searching for the best of each step, too, would double the time.
    flat = np.flatnonzero(probabilities.ravel() > MIN_PROBABILITY)
    at, characters = np.divmod(flat, size)
    without = np.flatnonzero(np.bincount(at, minlength=steps) == 0)  # all of its characters are improbable
    at = np.concatenate([at, without])
    characters = np.concatenate([characters, probabilities[without].argmax(axis=1)])
    values = probabilities[at, characters]
    order = np.lexsort((characters, -values, at))  # of equal ones the first, as argmax
    at, characters, values = at[order], characters[order], values[order]
    counts = np.bincount(at, minlength=steps)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = rank < MAX_CHARACTERS
    levels = np.rint(np.log(values[kept]) * -LEVELS_PER_NEPER).clip(0, 65535)
    return SparsePosterior(
        alphabet, counts.clip(max=MAX_CHARACTERS).astype(np.uint8), characters[kept], levels.astype(np.uint16)
    )


class PosteriorDecoder:
    """Wraps RapidOCR's CTC decoder and attaches the sparse posterior to the result of each segment.

    RapidOCR recognises segments sorted by width and restores their order afterwards; the objects that describe a
    segment's words are sorted back with its text, so what is attached to them stays with its segment.
    """

    def __init__(self, decoder: Any) -> None:  # noqa: ANN401 - RapidOCR's CTCLabelDecode, or one with its interface
        self._decoder = decoder
        self.character: Sequence[str] = decoder.character

    def __call__(
        self, preds: NDArray[np.floating], return_word_box: bool = False, **kwargs: object
    ) -> tuple[list[Any], list[Any]]:
        """Decodes a batch: [segments, steps, characters] probabilities."""
        texts: list[Any]
        infos: list[Any]
        texts, infos = self._decoder(preds, return_word_box, **kwargs)
        for info, probabilities in zip(infos, preds, strict=False):  # no infos without word boxes
            info.posterior = sparse_posterior(probabilities, self.character)
        return texts, infos


def posterior_of(info: Any) -> SparsePosterior | None:  # noqa: ANN401 - RapidOCR's WordInfo has no such field
    """Returns what `PosteriorDecoder` attached to a segment's word information."""
    found = getattr(info, "posterior", None)
    return found if isinstance(found, SparsePosterior) else None
