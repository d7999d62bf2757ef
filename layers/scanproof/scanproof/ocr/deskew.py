"""Computes the transform that straightens a page: against skew, and against the perspective of a photo.

All functions are geometry on the corners of text segments and of the sheet. Coordinates are continuous: (0, 0) is the
top left corner of the top left pixel, so a page of ``width`` pixels ends at ``width``. A matrix is 3 x 3 and maps
homogeneous coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanproof.ocr.orientation import Quads, line_heights, line_lengths

Matrix = NDArray[np.float64]
Size = tuple[int, int]  # width, height

_LONG_ASPECT = 5.0  # length to height from which the direction of a segment is exact enough
_MIN_LINES = 4  # long segments; fewer are no evidence of skew
_MAX_SKEW = 15.0  # degrees; more is a photo from an odd angle, or text that is set so
_MAX_SPREAD = 1.0  # degrees, median deviation from the skew; more is text in several directions
# Below, skew is left alone: segments are cropped along their own direction, and a line's box rises by less than its
# height. Straightening costs a second detection.
_MIN_SKEW = 1.5  # degrees
_MIN_KEYSTONE = 2.0  # degrees between the sheet's opposite edges, or between the first and the last line
_MAX_KEYSTONE = 40.0
_MIN_FAN_LINES = 8
_MAX_RESIDUAL = 0.5  # degrees, median deviation of lines from the vanishing point that they define
_MIN_INSIDE = 0.9  # share of the text that a sheet must contain
_MARGIN = 0.03  # of the page's longer side; what is kept around the text and the sheet
_MAX_GROWTH = 1.6  # of the area


@dataclass(frozen=True)
class Straightening:
    """How to straighten an image.

    Attributes:
        matrix: maps the image to the straight image.
        size: of the straight image.
        skew: the removed skew in degrees; positive where lines run downwards.
        perspective: whether perspective is removed too.
    """

    matrix: Matrix
    size: Size
    skew: float
    perspective: bool = False


def straightening(quads: Quads, size: Size, sheet: NDArray[np.float64] | None = None) -> Straightening | None:
    """Computes how to straighten a page whose text is upright or nearly so; None if it is straight, or in doubt.

    Args:
        quads: the segments of text.
        size: of the image.
        sheet: [4, 2] corners of the sheet of paper on a photo: top left, top right, bottom right, bottom left.
    """
    lines = long_lines(quads)
    skew = measure_skew(lines)
    matrix = None if sheet is None else _from_sheet(sheet, quads, lines)
    if matrix is None:
        matrix = _from_fan(lines)
    if matrix is not None:
        canvas = _canvas(matrix, size, quads, sheet)
        if canvas is not None:
            return Straightening(*canvas, round(skew or 0.0, 2), perspective=True)
    if skew is None or abs(skew) < _MIN_SKEW:
        return None
    canvas = _canvas(rotation_matrix(-skew, (size[0] / 2, size[1] / 2)), size, quads, None)
    return None if canvas is None else Straightening(*canvas, round(skew, 2))


def long_lines(quads: Quads) -> Quads:
    """Returns the segments whose direction is exact enough to measure skew."""
    across = _directions(quads)
    horizontal = np.abs(across[:, 0]) > np.abs(across[:, 1])
    return quads[horizontal & (line_lengths(quads) >= _LONG_ASPECT * line_heights(quads))]


def measure_skew(lines: Quads) -> float | None:
    """Returns the median direction of ``lines`` in degrees, weighted by length; None where they give no evidence."""
    if len(lines) < _MIN_LINES:
        return None
    angles = _angles(lines)
    skew = _weighted_median(angles, line_lengths(lines))
    spread = float(np.median(np.abs(angles - skew)))
    return skew if abs(skew) <= _MAX_SKEW and spread <= max(_MAX_SPREAD, abs(skew) / 4) else None


def turning_matrix(rotation: int, size: Size) -> Matrix:
    """Returns the matrix that maps an image of ``size`` to the image turned clockwise by 0, 90, 180 or 270 degrees."""
    width, height = size
    rows = {
        0: ((1, 0, 0), (0, 1, 0)),
        90: ((0, -1, height), (1, 0, 0)),
        180: ((-1, 0, width), (0, -1, height)),
        270: ((0, 1, 0), (-1, 0, width)),
    }
    return np.array([*rows[rotation], (0, 0, 1)], dtype=np.float64)


def turned_quads(quads: Quads, rotation: int, size: Size) -> Quads:
    """Maps the segments of an image of ``size`` to the turned image; corners start at the top left again."""
    return np.roll(apply(turning_matrix(rotation, size), quads), rotation // 90, axis=1)


def rotation_matrix(degrees: float, centre: tuple[float, float]) -> Matrix:
    """Returns the matrix that rotates clockwise around ``centre``."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = centre
    return np.array(
        [[cosine, -sine, x - cosine * x + sine * y], [sine, cosine, y - sine * x - cosine * y], [0.0, 0.0, 1.0]]
    )


def apply(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps points [..., 2]."""
    homogeneous = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1) @ matrix.T
    mapped: NDArray[np.float64] = homogeneous[..., :2] / homogeneous[..., 2:]
    return mapped


def matrix_between(source: NDArray[np.float64], target: NDArray[np.float64]) -> Matrix:
    """Returns the matrix that maps four points [4, 2] to four others."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.append(np.linalg.solve(np.array(rows), target.reshape(-1)), 1.0).reshape(3, 3)


def _from_sheet(sheet: NDArray[np.float64], quads: Quads, lines: Quads) -> Matrix | None:
    """Returns the matrix that makes the sheet a rectangle, if it has perspective and the text agrees."""
    edges = np.roll(sheet, -1, axis=0) - sheet
    directions = np.degrees(np.arctan2(edges[:, 1], edges[:, 0]))
    keystone = max(abs(_difference(directions[side], directions[side + 2] + 180)) for side in (0, 1))
    if not _MIN_KEYSTONE <= keystone <= _MAX_KEYSTONE or len(lines) < _MIN_LINES:
        return None
    top, right, bottom, left = np.hypot(*edges.T)
    width, height = max(top, bottom), max(left, right)
    corner = sheet.mean(axis=0) - (width / 2, height / 2)
    rectangle = np.array([[0, 0], [width, 0], [width, height], [0, height]]) + corner
    matrix = matrix_between(sheet, rectangle)
    centres = apply(matrix, quads.mean(axis=1)) - corner
    inside = ((centres >= 0) & (centres <= (width, height))).all(axis=1)
    if float(inside.mean()) < _MIN_INSIDE:
        return None
    after = _angles(apply(matrix, lines))
    straight = abs(float(np.median(after))) <= 2 * _MAX_RESIDUAL and _spread(after) <= _MAX_SPREAD
    return matrix if straight else None


def _from_fan(lines: Quads) -> Matrix | None:
    """Returns the matrix that makes lines parallel which fan out from one point, if they clearly do."""
    if len(lines) < _MIN_FAN_LINES:
        return None
    centre = lines.mean(axis=(0, 1))
    scale = float(np.abs(lines - centre).max())
    middles, along = (lines.mean(axis=1) - centre) / scale, _directions(lines)
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.hypot(*along.T)[:, None]
    equations = np.column_stack([normals, -(normals * middles).sum(axis=1)])
    kept = np.ones(len(lines), dtype=bool)
    for _ in range(3):  # without the lines that do not fit the others
        point = np.linalg.svd(equations[kept] * np.sqrt(line_lengths(lines)[kept])[:, None])[2][-1]
        expected = np.degrees(np.arctan2(*(point[:2] - middles * point[2]).T[::-1]))
        deviations = np.abs(_difference(np.degrees(np.arctan2(along[:, 1], along[:, 0])) * 2, expected * 2)) / 2
        kept = deviations <= max(3 * float(np.median(deviations)), 0.2)
        if int(kept.sum()) < _MIN_FAN_LINES:
            return None
    directions = _half_turn(expected)
    fan = float(np.ptp(directions[kept]))
    constant = _spread(_angles(lines)[kept])
    residual = float(np.median(deviations[kept]))
    if not _MIN_KEYSTONE <= fan <= _MAX_KEYSTONE or residual > min(_MAX_RESIDUAL, constant / 2) or kept.mean() < 0.7:
        return None
    if abs(float(np.median(directions))) > _MAX_SKEW:
        return None
    return _towards_infinity(point, float(np.median(directions)), centre, scale)


def _towards_infinity(point: NDArray[np.float64], skew: float, centre: NDArray[np.float64], scale: float) -> Matrix:
    """Returns the matrix that moves the vanishing point of the lines to infinity, and levels them.

    Verticals are taken as parallel: lines of text do not tell where those would meet.
    """
    down = np.array([-math.sin(math.radians(skew)), math.cos(math.radians(skew)), 0.0])
    horizon = np.cross(point, down)
    normalise = np.array([[1 / scale, 0, -centre[0] / scale], [0, 1 / scale, -centre[1] / scale], [0, 0, 1]])
    projective = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], horizon / horizon[2]])
    level = rotation_matrix(-skew, (0.0, 0.0))
    return np.asarray(np.linalg.inv(normalise) @ level @ projective @ normalise)


def _canvas(matrix: Matrix, size: Size, quads: Quads, sheet: NDArray[np.float64] | None) -> tuple[Matrix, Size] | None:
    """Places the straight image: all text and the sheet, and around it no more than the image was large."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    if ((corners @ matrix[2, :2]) + matrix[2, 2] <= 0.1).any():
        return None  # a corner lies beyond the horizon, or nearly
    everything = apply(matrix, corners)
    content = apply(matrix, quads.reshape(-1, 2) if sheet is None else np.concatenate([quads.reshape(-1, 2), sheet]))
    margin = _MARGIN * max(size)
    wanted = np.array([content.min(axis=0) - margin, content.max(axis=0) + margin])
    if sheet is None:
        middle = everything.mean(axis=0)
        half = np.array([width, height]) / 2
        wanted = np.array([np.minimum(wanted[0], middle - half), np.maximum(wanted[1], middle + half)])
    start = np.floor(np.maximum(wanted[0], everything.min(axis=0)))
    end = np.ceil(np.minimum(wanted[1], everything.max(axis=0)))
    new_width, new_height = (int(side) for side in end - start)
    if min(new_width, new_height) < 1 or new_width * new_height > _MAX_GROWTH * width * height:
        return None
    shift = np.array([[1.0, 0.0, -start[0]], [0.0, 1.0, -start[1]], [0.0, 0.0, 1.0]])
    return shift @ matrix, (new_width, new_height)


def _directions(quads: Quads) -> NDArray[np.float64]:
    """Returns for each quad the vector from its left to its right end."""
    along: NDArray[np.float64] = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]) / 2
    return along


def _angles(lines: Quads) -> NDArray[np.float64]:
    along = _directions(lines)
    return np.degrees(np.arctan2(along[:, 1], along[:, 0]))


def _spread(angles: NDArray[np.float64]) -> float:
    return float(np.median(np.abs(angles - np.median(angles))))


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _difference(a: NDArray[np.float64] | float, b: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Returns ``a - b`` in degrees, between -180 and 180."""
    return np.asarray((np.asarray(a) - b + 180) % 360 - 180)


def _half_turn(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns directions of lines without their sense, between -90 and 90 degrees."""
    return np.asarray((angles + 90) % 180 - 90)
