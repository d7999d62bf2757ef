"""Training pairs without end: pages of every length up to a longest one, and what an OCR engine might make of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from benchmarks.decode_model.pages import damaged, page

RATES = (0.0, 0.02, 0.05, 0.05, 0.08, 0.12)
SHORTEST, LONGEST = 30, 2100  # characters of a sample
HELD_OUT = 1_000_000  # seeds below are for measuring


def pairs(longest: int, rng: Random) -> Iterator[tuple[str, str]]:
    """Endless (reading, truth), log-uniformly long; some begin in the middle of a sentence, as lines of a scan do."""
    while True:
        length = round(SHORTEST * (longest / SHORTEST) ** rng.random())
        seed = rng.randrange(HELD_OUT, 2**40)
        truth = page(length, seed)
        if rng.random() < 0.5:
            start = truth.find(" ", rng.randrange(max(1, len(truth) - length + 1))) + 1
            end = truth.rfind(" ", start, start + length)
            truth = truth[start : end if end > start else None]
        yield damaged(truth, rng.choice(RATES), seed), truth
