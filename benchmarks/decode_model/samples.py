"""Training pairs without end: text of every length up to a longest one, and what an OCR engine might make of it.

Three in ten samples are the words of pages in any order. Among whole sentences only, a small model soon writes
what such letters usually say, not what it reads; without a grammar it has to read, and learns to copy in minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from benchmarks.decode_model.pages import damaged, page

RATES = (0.0, 0.02, 0.02, 0.05, 0.05, 0.08, 0.12)
SHORTEST, LONGEST = 16, 110  # characters of a sample
SHUFFLED = 0.3  # share of the samples
HELD_OUT = 1_000_000  # seeds below are for measuring


def pairs(shortest: int, longest: int, rng: Random) -> Iterator[tuple[str, str]]:
    """Endless (reading, truth), log-uniformly long; most begin and end anywhere, as lines of a scan do."""
    while True:
        length = round(shortest * (longest / shortest) ** rng.random())
        seed = rng.randrange(HELD_OUT, 2**40)
        truth = shuffled(length, rng) if rng.random() < SHUFFLED else page(length, seed)
        start = truth.find(" ", rng.randrange(len(truth) - length + 1)) + 1 if rng.random() < 0.5 else 0
        end = truth.rfind(" ", start, start + length)
        truth = truth[start : end if end > start else None]
        yield damaged(truth, rng.choice(RATES), seed), truth


def shuffled(characters: int, rng: Random) -> str:
    """Words of several pages, rare ones as often as common ones, in any order."""
    words = list(dict.fromkeys(page(3 * characters, rng.randrange(HELD_OUT, 2**40)).split()))
    rng.shuffle(words)
    text = " ".join(words)
    while len(text) < characters + 1:
        rng.shuffle(words)
        text = f"{text} {' '.join(words)}"
    return text[: text.find(" ", characters) if " " in text[characters:] else None]
