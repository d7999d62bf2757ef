"""Varies real readings: there are so few of them that a model would otherwise memorise them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from rapidfuzz.distance import Levenshtein

from model_training.noise import Noise
from model_training.real_pairs import Pair

_UNCHANGED = 0.5  # share of the pairs
_WITH_NOISE = 0.65  # share of the others
_KEPT_ERRORS = (0.0, 0.4, 0.7, 0.9)  # shares of the errors that stay


def varied(pair: Pair, noise: Noise, rng: Random) -> Pair:
    """Returns ``pair`` unchanged, or with some of its errors corrected and perhaps noise added."""
    if rng.random() < _UNCHANGED:
        return pair
    ocr = _partly_corrected(pair, rng.choice(_KEPT_ERRORS), rng)
    return replace(pair, ocr=noise(ocr, pair.language, rng) if rng.random() < _WITH_NOISE else ocr)


def _partly_corrected(pair: Pair, kept: float, rng: Random) -> str:
    return "".join(
        pair.truth[block.dest_start : block.dest_end]
        if block.tag == "equal" or rng.random() >= kept
        else pair.ocr[block.src_start : block.src_end]
        for block in Levenshtein.opcodes(pair.ocr, pair.truth)
    )
