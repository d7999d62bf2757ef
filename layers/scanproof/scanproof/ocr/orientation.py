"""Determines by how much a page has to be turned, in steps of 90 degrees, for its text to be upright.

The direction of most lines separates 0 and 180 degrees from 90 and 270. Between the two that remain a small classifier
votes over some lines; where it does not clearly find them upright, a few lines are recognised in both directions. Text
that is read upside down gets a confidence of about 0.55, upright text 0.97, so a page is turned on this evidence only.
On a worn page both are low and their difference varies, so more lines are read. Measured by
``python -m benchmarks.orientation``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scanproof.document import Rotation
from scanproof.ocr.confidence import weighted_confidence

Quads = NDArray[np.float64]  # [n, 4, 2] corners in pixels: top left, top right, bottom right, bottom left as it lies
Pixels = NDArray[np.uint8]  # [height, width, 3]

# Longer to shorter side from which a segment has a direction, and is read from top to bottom if it is higher than wide.
# Amounts of four digits have 1.8; below are single letters and signs.
VERTICAL_ASPECT = 1.5
_MOSTLY = 0.65  # share of the length of all lines; turned scans have 0.92 and more, upright ones below 0.02
_VOTES = 16  # lines that the classifier votes on: 1.3 ms each
# Longer to shorter side of the lines for it: of 429 shorter numbers upside down it took a third for upright.
_VOTE_ASPECT = 3.0
_MIN_VOTES = 3
# Mean vote of -1 (surely upright) to 1 (surely upside down): upright scans have -0.09 to -1.0, turned ones 0.18 to 1.0.
# A page that is not clear costs the recognition of a few lines, so the limit may be strict.
_CLEARLY_UPRIGHT = -0.4
_READ = 5  # lines that are recognised in both directions at once
_MAX_READ = 15  # lines, where fewer do not decide
_READ_ASPECT = 7.0  # of the lines for it: long enough for evidence, short enough to be cheap
_LEGIBLE = 0.92  # confidence of lines that need not be read upside down; amounts upside down have up to 0.7
_MIN_CHARACTERS = 8  # that must be recognised before a page is turned; fewer are no evidence
_MIN_CONFIDENCE = 0.8  # of the direction that a page is turned to
_MIN_ADVANTAGE = 0.15  # in confidence, over the opposite direction
# Of worn pages, whose text is read with less confidence, many lines must agree.
_MIN_LINES = 10
_MIN_WORN_CONFIDENCE = 0.6
_MIN_WORN_ADVANTAGE = 0.08
_MIN_STANDARD_ERRORS = 4.0  # that the mean advantage of the lines is above 0


@dataclass(frozen=True)
class Reading:
    """The text of one line and its mean confidence."""

    text: str
    confidence: float


class TextLocator(Protocol):
    """Locates lines of text on an image and reads single ones."""

    def locate(self, image: Image.Image) -> Quads:
        """Returns the segments of text on ``image`` (RGB), whatever their direction, corners `as_they_lie`."""
        ...

    def crop(self, image: Image.Image, quads: Quads) -> list[Pixels]:
        """Cuts out segments; those higher than wide are turned to the left, as text that runs downwards needs it."""
        ...

    def upside_down(self, crops: Sequence[Pixels]) -> list[float]:
        """Returns for each crop -1 (surely upright) to 1 (surely upside down)."""
        ...

    def read(self, crops: Sequence[Pixels]) -> list[Reading]:
        """Recognises crops, each on its own."""
        ...


def find_rotation(image: Image.Image, quads: Quads, locator: TextLocator) -> Rotation:
    """Returns the degrees by which to turn ``image`` clockwise: 0, 90, 180 or 270; 0 without evidence.

    Args:
        image: RGB.
        quads: what ``locator`` located on it.
        locator: reads some of the lines.
    """
    lines = quads[line_lengths(quads) >= VERTICAL_ASPECT * line_heights(quads)]
    if not len(lines):
        return 0
    share = vertical_share(lines)
    if share >= _MOSTLY:
        return _rotation_of_vertical_lines(image, lines[_is_vertical(lines)], locator)
    if share <= 1 - _MOSTLY:
        return _rotation_of_horizontal_lines(image, lines[~_is_vertical(lines)], locator)
    return 0


def as_they_lie(quads: Quads) -> Quads:
    """Orders the corners of each quad (clockwise) from its top left, the upper edge within 45 degrees of horizontal.

    Detectors order the corners of a steep line from its end farther left, whichever way the line runs.
    """
    across = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]) / 2
    quarters = np.round(np.degrees(np.arctan2(across[:, 1], across[:, 0])) / 90).astype(int)
    corners = (np.arange(4) - quarters[:, None]) % 4
    return np.take_along_axis(quads, corners[:, :, None], axis=1)


def vertical_share(quads: Quads) -> float:
    """Returns the share of the length of all ``quads`` (at least one) that is in segments higher than wide."""
    lengths = line_lengths(quads)
    return float(lengths[_is_vertical(quads)].sum() / lengths.sum())


def is_clearly_upright(votes: Sequence[float]) -> bool:
    """Whether the classifier's votes suffice to leave a page with horizontal lines as it is."""
    return len(votes) >= _MIN_VOTES and float(np.mean(votes)) <= _CLEARLY_UPRIGHT


def is_legible(readings: Sequence[Reading]) -> bool:
    """Whether lines are read so well that they need not be read upside down, which takes several times as long."""
    confidence = weighted_confidence((reading.text, reading.confidence) for reading in readings)
    return confidence is not None and confidence >= _LEGIBLE


def reads_better(these: Sequence[Reading], those: Sequence[Reading]) -> bool:
    """Whether lines read in one direction (``these``) are text, and in the opposite direction are not."""
    characters = [max(len(a.text), len(b.text)) for a, b in zip(these, those, strict=True)]
    if sum(characters) < _MIN_CHARACTERS:
        return False
    one, other = (np.array([reading.confidence for reading in readings]) for readings in (these, those))
    confidence, advantage = np.average([one, one - other], axis=1, weights=characters)
    if confidence >= _MIN_CONFIDENCE and advantage >= _MIN_ADVANTAGE:
        return True
    if len(one) < _MIN_LINES or confidence < _MIN_WORN_CONFIDENCE or advantage < _MIN_WORN_ADVANTAGE:
        return False
    standard_error = (one - other).std(ddof=1) / math.sqrt(len(one))
    return bool((one - other).mean() >= _MIN_STANDARD_ERRORS * standard_error)


def line_lengths(quads: Quads) -> NDArray[np.float64]:
    """Returns the longer side of each quad in pixels."""
    return np.maximum(*_sides(quads))


def line_heights(quads: Quads) -> NDArray[np.float64]:
    """Returns the shorter side of each quad in pixels."""
    return np.minimum(*_sides(quads))


def _sides(quads: Quads) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the widths and heights, at least a pixel."""
    across = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]) / 2
    down = (quads[:, 3] + quads[:, 2] - quads[:, 0] - quads[:, 1]) / 2
    return np.hypot(*across.T).clip(1), np.hypot(*down.T).clip(1)


def _is_vertical(quads: Quads) -> NDArray[np.bool_]:
    widths, heights = _sides(quads)
    return heights >= VERTICAL_ASPECT * widths


def _rotation_of_horizontal_lines(image: Image.Image, lines: Quads, locator: TextLocator) -> Rotation:
    voting = lines[line_lengths(lines) >= _VOTE_ASPECT * line_heights(lines)]
    longest = voting[np.argsort(-line_lengths(voting), kind="stable")[:_VOTES]]
    if len(longest) and is_clearly_upright(locator.upside_down(locator.crop(image, longest))):
        return 0
    crops = locator.crop(image, _lines_to_read(lines))
    if is_legible(locator.read(crops[:_READ])):
        return 0
    upright, turned = _read_both_ways(crops, locator)
    return 180 if reads_better(turned, upright) else 0


def _rotation_of_vertical_lines(image: Image.Image, lines: Quads, locator: TextLocator) -> Rotation:
    crops = locator.crop(image, _lines_to_read(lines))
    downwards, upwards = _read_both_ways(crops, locator)
    read = crops[: len(downwards)]
    if reads_better(downwards, upwards):
        return 0 if _is_stacked(read, downwards, locator) else 270
    if reads_better(upwards, downwards):
        return 180 if _is_stacked([_turned(crop) for crop in read], upwards, locator) else 90
    return 0


def _read_both_ways(crops: Sequence[Pixels], locator: TextLocator) -> tuple[list[Reading], list[Reading]]:
    """Recognises crops as they are and turned, a few at a time, until one direction is clearly better."""
    these: list[Reading] = []
    those: list[Reading] = []
    for start in range(0, len(crops), _READ):
        some = crops[start : start + _READ]
        these += locator.read(some)
        those += locator.read([_turned(crop) for crop in some])
        if reads_better(these, those) or reads_better(those, these):
            break
    return these, those


def _lines_to_read(lines: Quads) -> Quads:
    """Chooses lines of middle length, and of the usual height or more."""
    heights = line_heights(lines)
    unlike = np.abs(np.log(line_lengths(lines) / heights / _READ_ASPECT)) + (heights < 0.7 * np.median(heights))
    return lines[np.argsort(unlike, kind="stable")[:_MAX_READ]]


def _turned(crop: Pixels) -> Pixels:
    return np.ascontiguousarray(crop[::-1, ::-1])


def _is_stacked(crops: Sequence[Pixels], readings: Sequence[Reading], locator: TextLocator) -> bool:
    """Whether vertical lines are Chinese or Japanese text whose characters stand upright, one below the other.

    The recogniser reads such lines turned to the left, just as lines of a page that lies on its side. Cut apart, and
    each character turned back and set beside the one above it, only stacked text stays legible.
    """
    text = "".join(reading.text for reading in readings)
    if sum(map(_is_ideograph, text)) < len(text) / 2:
        return False
    rows = [_unstacked(crop, len(reading.text)) for crop, reading in zip(crops, readings, strict=True) if reading.text]
    lying = [reading for reading in readings if reading.text]
    found = locator.read(rows)
    stacked = float(np.average([r.confidence for r in found], weights=[len(r.text) for r in lying]))
    return stacked >= _MIN_CONFIDENCE


def _unstacked(crop: Pixels, characters: int) -> Pixels:
    """Sets the characters of a vertical line, which was turned to the left, side by side."""
    column = np.rot90(crop, -1)
    height = max(1, math.floor(column.shape[0] / characters))
    tops = [round(number * column.shape[0] / characters) for number in range(characters)]
    cells = [column[top : top + height] for top in tops if top + height <= column.shape[0]]
    return np.ascontiguousarray(np.hstack(cells))


def _is_ideograph(character: str) -> bool:
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"
