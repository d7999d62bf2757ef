"""Real readings, varied: few of their lines are there, and read again and again they would be learnt by heart."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from rapidfuzz.distance import Levenshtein

from model_training.noise import Noise
from model_training.real_pairs import Pair

_AS_READ = 0.5
_MADE_WORSE = 0.65  # of the others
_KEPT = (0.0, 0.4, 0.7, 0.9)  # shares of the errors that stay


def varied(pair: Pair, noise: Noise, rng: Random) -> Pair:
    """``pair`` as it was read, or with some of its errors put right and perhaps others made."""
    if rng.random() < _AS_READ:
        return pair
    ocr = _partly_right(pair, rng.choice(_KEPT), rng)
    return replace(pair, ocr=noise(ocr, pair.language, rng) if rng.random() < _MADE_WORSE else ocr)


def _partly_right(pair: Pair, kept: float, rng: Random) -> str:
    return "".join(
        pair.truth[block.dest_start : block.dest_end]
        if block.tag == "equal" or rng.random() >= kept
        else pair.ocr[block.src_start : block.src_end]
        for block in Levenshtein.opcodes(pair.ocr, pair.truth)
    )
