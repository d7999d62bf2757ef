"""Turns a page image upright and straightens it before it is recognised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scanproof.document import Rotation, Transform
from scanproof.ocr.deskew import Straightening, straightening, turned_quads, turning_matrix
from scanproof.ocr.orientation import TextLocator, find_rotation

_TRANSPOSE = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns to the left
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class StraightImage:
    """An upright image and how it was made from the opened one.

    Attributes:
        image: RGB.
        rotation: degrees by which the opened image was turned clockwise: 0, 90, 180 or 270.
        skew: degrees that were removed after that; positive where lines ran downwards.
        transform: row by row, the matrix that maps pixels of ``image`` to pixels of the opened image; None: they are
            the same.
        warnings: what was done, for readers of the document.
    """

    image: Image.Image
    rotation: Rotation = 0
    skew: float = 0.0
    transform: Transform | None = None
    warnings: tuple[str, ...] = ()


def straighten(image: Image.Image, locator: TextLocator | None) -> StraightImage:
    """Turns ``image`` (RGB) upright and removes skew and perspective, as far as its text gives evidence of them.

    Args:
        image: the opened page.
        locator: locates text; None where no model for it is installed: the image is returned as it is.
    """
    if locator is None:
        return StraightImage(image)
    quads = locator.locate(image)
    if not len(quads):
        return StraightImage(image)
    rotation = find_rotation(image, quads, locator)
    turned = image.transpose(_TRANSPOSE[rotation]) if rotation else image
    to_turned = turning_matrix(rotation, image.size)
    found = _straightening(turned, turned_quads(quads, rotation, image.size))
    if found is None and not rotation:
        return StraightImage(image)
    straight, matrix = (turned, to_turned) if found is None else (_warped(turned, found), found.matrix @ to_turned)
    return StraightImage(straight, rotation, found.skew if found else 0.0, _inverse(matrix), _warnings(rotation, found))


def _straightening(image: Image.Image, quads: NDArray[np.float64]) -> Straightening | None:
    from scanproof.ocr.sheet import find_sheet  # needs OpenCV, which comes with the models of a locator

    return straightening(quads, image.size, find_sheet(image))


def _warped(image: Image.Image, found: Straightening) -> Image.Image:
    from scanproof.ocr.sheet import warp

    return warp(image, found.matrix, found.size)


def _inverse(matrix: NDArray[np.float64]) -> Transform:
    inverse = np.linalg.inv(matrix)
    a, b, c, d, e, f, g, h, i = (float(f"{value:.9g}") for value in (inverse / inverse[2, 2]).reshape(-1))
    return (a, b, c, d, e, f, g, h, i)


def _warnings(rotation: int, found: Straightening | None) -> tuple[str, ...]:
    done = [f"turned {rotation} degrees clockwise"] if rotation else []
    if found is not None and found.perspective:
        done.append("straightened against perspective")
    elif found is not None:
        done.append(f"straightened by {abs(found.skew):.1f} degrees")
    return (f"The page image was {' and '.join(done)} before it was read.",) if done else ()
