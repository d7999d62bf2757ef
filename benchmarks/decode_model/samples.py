"""Generates endless training pairs of clean text and a version with OCR-like errors.

Three in ten samples are shuffled words. With whole sentences only, a small model soon generates typical sentences
instead of the input; shuffled words force it to read, and it learns to copy in minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from benchmarks.decode_model.pages import corrupted, page

RATES = (0.0, 0.02, 0.02, 0.05, 0.05, 0.08, 0.12)
SHORTEST, LONGEST = 16, 110  # characters of a sample
SHUFFLED = 0.3  # share of the samples
HELD_OUT = 1_000_000  # smaller seeds are reserved for the benchmark


def pairs(shortest: int, longest: int, rng: Random) -> Iterator[tuple[str, str]]:
    """Yields (reading, truth) of log-uniform length, most of them cut from sentences like the lines of a scan."""
    while True:
        length = round(shortest * (longest / shortest) ** rng.random())
        seed = rng.randrange(HELD_OUT, 2**40)
        truth = shuffled(length, rng) if rng.random() < SHUFFLED else page(length, seed)
        start = truth.find(" ", rng.randrange(len(truth) - length + 1)) + 1 if rng.random() < 0.5 else 0
        end = truth.rfind(" ", start, start + length)
        truth = truth[start : end if end > start else None]
        yield corrupted(truth, rng.choice(RATES), seed), truth


def shuffled(characters: int, rng: Random) -> str:
    """Returns the distinct words of several pages in random order."""
    words = list(dict.fromkeys(page(3 * characters, rng.randrange(HELD_OUT, 2**40)).split()))
    rng.shuffle(words)
    text = " ".join(words)
    while len(text) < characters + 1:
        rng.shuffle(words)
        text = f"{text} {' '.join(words)}"
    return text[: text.find(" ", characters) if " " in text[characters:] else None]
