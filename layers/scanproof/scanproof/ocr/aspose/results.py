"""From Aspose.OCR's result to segments with places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scanproof.ocr.segments import Segment

_BANNER = re.compile(r"^\s*\*{5,} Trial Licenses \*{5,}\s*$", re.MULTILINE)
_WARNING = "Trial Licenses"

_NARROW = frozenset("ijl.,:;'|!I1()[]")
_WIDE = frozenset("mwMW@%")


# Aspose.OCR tells no confidences. For each character it tells four others that it could have been, but nothing in them
# went with being right or wrong (benchmarks/aspose_alternatives.py): so each counts as sure as all were together.
RIGHT = 0.87


@dataclass(frozen=True)
class Reading:
    """What Aspose.OCR gave for one image.

    Attributes:
        segments: pieces of text with their place.
        trial: whether it says that it gave only a part, for want of a licence.
    """

    segments: tuple[Segment, ...]
    trial: bool


def reading_of(result: Any, size: tuple[int, int], licensed: bool) -> Reading:  # noqa: ANN401 - it has no types
    """Reads a ``RecognitionResult``.

    Args:
        size: width and height of the image, where a trial's short text gets no place of its own.
        licensed: a page may quote the banner; with a licence, it is a page's own text.
    """
    text: str = result.recognition_text
    trial = any(_WARNING in str(warning) for warning in result.warnings) or (
        not licensed and _BANNER.search(text) is not None
    )
    pieces = [(line.text_in_line, _corners(line.line)) for line in result.recognition_lines_result]
    if not pieces:
        rows = [row for row in _BANNER.sub("", text).splitlines() if row.strip()]
        pieces = [(row, _band(index, len(rows), size)) for index, row in enumerate(rows)]
    return Reading(_segments(pieces), trial)


def _segments(pieces: Sequence[tuple[str, tuple[float, float, float, float]]]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for text, (left, top, right, bottom) in pieces:
        stripped = text.strip()
        if stripped:
            quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)
            segments.append(Segment(stripped, quad, _centres(stripped), (RIGHT,) * len(stripped)))
    return tuple(segments)


def _centres(text: str) -> tuple[float, ...]:
    """Where each character's middle is along the line, 0 to 1: Aspose.OCR places lines only, so by usual widths."""
    widths = [0.5 if letter in _NARROW else 1.5 if letter in _WIDE else 1.0 for letter in text]
    ends = np.cumsum(widths)
    return tuple(((ends - np.array(widths) / 2) / ends[-1]).tolist())


def _corners(rectangle: Any) -> tuple[float, float, float, float]:  # noqa: ANN401 - it has no types
    return (
        float(rectangle.x),
        float(rectangle.y),
        float(rectangle.x + rectangle.width),
        float(rectangle.y + rectangle.height),
    )


def _band(index: int, count: int, size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    return 0.0, height * index / count, float(width), height * (index + 1) / count
