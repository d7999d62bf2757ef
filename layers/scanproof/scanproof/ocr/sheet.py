"""Finds the sheet of paper on a photo, and warps images. Needs OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 400  # pixels of the longer side of the image in which the sheet is searched
_MIN_AREA = 0.2  # of the image
_MAX_AREA = 0.97
_TOLERANCE = 0.02  # of the outline's length, by which it may deviate from four straight edges
_MIN_FILLED = 0.95  # of the area of the four corners that the outline encloses
_BORDER = 3  # pixels; a corner so close to the image's border may lie outside


def find_sheet(image: Image.Image) -> NDArray[np.float64] | None:
    """Finds a bright sheet that lies fully inside ``image`` on a darker ground.

    Returns:
        [4, 2] its corners in pixels: top left, top right, bottom right, bottom left; None if no single one is clear.
    """
    scale = min(1.0, _SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = cv2.resize(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    for bright in _bright_regions(grey):
        outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not outlines:
            continue
        corners = _corners(max(outlines, key=cv2.contourArea), size)
        if corners is not None:
            return (corners + 0.5) / (size[0] / image.width, size[1] / image.height)
    return None


def warp(image: Image.Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> Image.Image:
    """Warps ``image`` by ``matrix``, filling what lies outside with the colour of its border."""
    to_centres = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])  # OpenCV counts from pixels' centres
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    fill = [float(value) for value in np.median(border, axis=0)]
    indices = np.linalg.inv(to_centres) @ matrix @ to_centres
    warped = cv2.warpPerspective(pixels, indices, size, flags=cv2.INTER_CUBIC, borderValue=fill)
    return Image.fromarray(warped)


def _bright_regions(grey: cv2.typing.MatLike) -> list[cv2.typing.MatLike]:
    """Returns masks of what is brighter than the ground: by one threshold, and by edges where a shadow crosses."""
    smooth = cv2.medianBlur(grey, 5)
    kernel = np.ones((9, 9), np.uint8)  # closes over text
    closed = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel)
    _, by_threshold = cv2.threshold(closed, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(closed, 30, 90), np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    by_edges = np.zeros_like(grey)
    cv2.drawContours(by_edges, outlines, -1, 255, cv2.FILLED)
    return [cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel) for mask in (by_threshold, by_edges)]


def _corners(outline: cv2.typing.MatLike, size: tuple[int, int]) -> NDArray[np.float64] | None:
    """Returns the four corners of ``outline``, if it is a quadrangle inside the image."""
    area = cv2.contourArea(outline)
    if not _MIN_AREA <= area / (size[0] * size[1]) <= _MAX_AREA:
        return None
    hull = cv2.convexHull(outline)
    corners = cv2.approxPolyDP(hull, _TOLERANCE * cv2.arcLength(hull, closed=True), closed=True)
    if len(corners) != 4 or area < _MIN_FILLED * cv2.contourArea(corners):
        return None
    points = corners.reshape(4, 2).astype(np.float64)
    if (points < _BORDER).any() or (points > np.array(size) - 1 - _BORDER).any():
        return None
    around = points[np.argsort(np.arctan2(*(points - points.mean(axis=0)).T[::-1]))]  # clockwise from the upper left
    return np.roll(around, -int(np.argmin(around.sum(axis=1))), axis=0)
