"""From Aspose.OCR's result to segments with places and confidences per character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scanproof.recognising.segments import Segment

_BANNER = re.compile(r"^\s*\*{5,} Trial Licenses \*{5,}\s*$", re.MULTILINE)
_WARNING = "Trial Licenses"

_NARROW = frozenset("ijl.,:;'|!I1()[]")
_WIDE = frozenset("mwMW@%")


# A ranking, not measured yet: benchmarks/aspose_alternatives.py gives the shares of characters that are right.
_RIGHT = {"none": 0.97, "case": 0.97, "mark": 0.97, "alike": 0.93, "other_kind": 0.85}


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
    alternatives = [list(entry) for entry in result.recognition_characters_list]
    pieces = [(line.text_in_line, _corners(line.line)) for line in result.recognition_lines_result]
    if not pieces:
        rows = [row for row in _BANNER.sub("", text).splitlines() if row.strip()]
        pieces = [(row, _band(index, len(rows), size)) for index, row in enumerate(rows)]
    return Reading(_segments(pieces, alternatives), trial)


RivalKind = Literal["none", "case", "mark", "alike", "other_kind"]


def confidence(character: str, alternatives: Sequence[str]) -> float:
    """How sure Aspose.OCR may be of a character, by what it says it could have been instead; it gives no figures.

    Args:
        alternatives: the other readings, likeliest first.
    """
    return _RIGHT[rival_kind(character, alternatives)]


def rival_kind(character: str, alternatives: Sequence[str]) -> RivalKind:
    """What the likeliest other reading is: the other case, a mark, another letter or digit, or a letter for a digit."""
    if character.isspace() or not alternatives:
        return "none"
    rival = alternatives[0]
    if rival.lower() == character.lower():
        return "case"
    if not rival.isalnum():
        return "mark"
    return "other_kind" if rival.isdigit() != character.isdigit() else "alike"


def _segments(
    pieces: Sequence[tuple[str, tuple[float, float, float, float]]], alternatives: Sequence[Sequence[str]]
) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    position = 0
    for text, (left, top, right, bottom) in pieces:
        sureness, position = _confidences(text, alternatives, position)
        stripped = text.strip()
        if not stripped:
            continue
        lead = len(text) - len(text.lstrip())
        quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)
        segments.append(Segment(stripped, quad, _centres(stripped), tuple(sureness[lead : lead + len(stripped)])))
    return tuple(segments)


def _confidences(text: str, alternatives: Sequence[Sequence[str]], position: int) -> tuple[list[float], int]:
    """Of each character; those that the list does not hold (a trial cuts it) count as sure as the rest."""
    values: list[float] = []
    for character in text:
        entry = alternatives[position] if position < len(alternatives) else ()
        if entry and entry[0] == character:
            values.append(confidence(character, entry[1:]))
            position += 1
        else:
            values.append(_RIGHT["alike"])
    return values, position


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
