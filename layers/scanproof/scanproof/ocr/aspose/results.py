"""Converts Aspose.OCR's results to segments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scanproof.ocr.segments import Segment

_TRIAL_BANNER = re.compile(r"^\s*\*{5,} Trial Licenses \*{5,}\s*$", re.MULTILINE)
_TRIAL_WARNING = "Trial Licenses"

_NARROW = frozenset("ijl.,:;'|!I1()[]")
_WIDE = frozenset("mwMW@%")

# Aspose.OCR returns no confidences. It returns four alternatives per character, but they do not correlate with errors
# (benchmarks/aspose_alternatives.py), so every character gets the measured share of correct characters.
CONFIDENCE = 0.87


@dataclass(frozen=True)
class AsposeResult:
    """The parsed result for one image.

    Attributes:
        segments: text with positions.
        is_trial: whether Aspose.OCR read only a part of the image, without a licence.
    """

    segments: tuple[Segment, ...]
    is_trial: bool


def parse_result(result: Any, size: tuple[int, int], licensed: bool) -> AsposeResult:  # noqa: ANN401 - the package has no types
    """Parses a ``RecognitionResult``.

    Args:
        result: of one image.
        size: width and height of the image, to position the lines of a trial, which have no rectangles.
        licensed: whether there is a licence; if so, a banner in the text is the page's own text.
    """
    text: str = result.recognition_text
    is_trial = any(_TRIAL_WARNING in str(warning) for warning in result.warnings) or (
        not licensed and _TRIAL_BANNER.search(text) is not None
    )
    pieces = [(line.text_in_line, _corners(line.line)) for line in result.recognition_lines_result]
    if not pieces:
        rows = [row for row in _TRIAL_BANNER.sub("", text).splitlines() if row.strip()]
        pieces = [(row, _band(index, len(rows), size)) for index, row in enumerate(rows)]
    return AsposeResult(_segments(pieces), is_trial)


def _segments(pieces: Sequence[tuple[str, tuple[float, float, float, float]]]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for text, (left, top, right, bottom) in pieces:
        stripped = text.strip()
        if stripped:
            quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)
            segments.append(Segment(stripped, quad, _centres(stripped), (CONFIDENCE,) * len(stripped)))
    return tuple(segments)


def _centres(text: str) -> tuple[float, ...]:
    """Estimates the characters' centres along the line, 0 to 1, by typical widths: Aspose.OCR positions only lines."""
    widths = [0.5 if letter in _NARROW else 1.5 if letter in _WIDE else 1.0 for letter in text]
    ends = np.cumsum(widths)
    return tuple(((ends - np.array(widths) / 2) / ends[-1]).tolist())


def _corners(rectangle: Any) -> tuple[float, float, float, float]:  # noqa: ANN401 - the package has no types
    return (
        float(rectangle.x),
        float(rectangle.y),
        float(rectangle.x + rectangle.width),
        float(rectangle.y + rectangle.height),
    )


def _band(index: int, count: int, size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    return 0.0, height * index / count, float(width), height * (index + 1) / count
