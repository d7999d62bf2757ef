"""Training pairs: stretches of clean text and what an OCR engine might make of them."""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from model_training.confusions import ConfusionTable

RATES = (0.0, 0.01, 0.02, 0.05, 0.05, 0.08, 0.12)
SHORTEST, LONGEST = 16, 420  # characters of a sample
_NOTHING_PROTECTED: frozenset[int] = frozenset()


def read_paragraphs(paths: Sequence[Path], characters: int) -> list[str]:
    """The first ``characters`` or so of each xz file, one paragraph an item."""
    paragraphs: list[str] = []
    for path in paths:
        left = characters
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                paragraphs.append(" ".join(line.split()))
                left -= len(line)
                if left < 0:
                    break
    return [paragraph for paragraph in paragraphs if len(paragraph) >= SHORTEST]


def pairs(
    paragraphs: Sequence[str], tables: Sequence[ConfusionTable], longest: int, rng: Random
) -> Iterator[tuple[str, str]]:
    """Endless (reading, truth), whole words, log-uniformly long between ``SHORTEST`` and ``longest`` characters."""
    while True:
        truth = _stretch(rng.choice(paragraphs), round(SHORTEST * (longest / SHORTEST) ** rng.random()), rng)
        yield rng.choice(tables).corrupt(truth, rng.choice(RATES), rng, _NOTHING_PROTECTED), truth


def _stretch(paragraph: str, length: int, rng: Random) -> str:
    start = rng.randrange(max(1, len(paragraph) - length))
    start = paragraph.rfind(" ", 0, start) + 1
    end = paragraph.find(" ", start + length)
    return paragraph[start : end if end > 0 else len(paragraph)]
