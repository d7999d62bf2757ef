"""Computes the confidence of a page: the mean of its text, weighted by characters.

Every character counts the same, so that a few stains or a logo that were taken for text hardly change the figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanproof.document import Line


def weighted_confidence(texts: Iterable[tuple[str, float]]) -> float | None:
    """Returns the mean confidence of ``texts``, weighted by their characters without spaces; None without any."""
    weighted = [(len("".join(text.split())), confidence) for text, confidence in texts]
    characters = sum(weight for weight, _ in weighted)
    return sum(weight * confidence for weight, confidence in weighted) / characters if characters else None


def confidence_of_lines(lines: Sequence[Line]) -> float | None:
    """Returns the confidence of ``lines``; None where no line has one."""
    return weighted_confidence((line.raw, line.confidence) for line in lines if line.confidence is not None)
