"""What printing, time and a scanner do to a sheet.

Every function gives a new image; chance comes from a seeded generator.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    """Laid a little askew on the glass."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)


def scanned_at(image: Image.Image, share: float) -> Image.Image:
    """Scanned at a ``share`` of the resolution, then blown up to the size that was asked for."""
    small = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def uneven_ink(image: Image.Image, chance: Generator, strength: float) -> Image.Image:
    """A worn ribbon: ink thins out in patches of the size of letters. ``strength`` 0 to 1."""
    pixels = np.asarray(image, dtype=np.float32)
    coarse = chance.random((image.height // 9 + 2, image.width // 9 + 2)).astype(np.float32)
    patches = cv2.resize(coarse, image.size, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return _image(255 - (255 - pixels) * (1 - strength * patches))


def eroded_edges(image: Image.Image, chance: Generator, strength: float) -> Image.Image:
    """Fibres of the paper eat into the edges of letters; white paper stays as it is. ``strength`` in grey levels."""
    pixels = np.asarray(image, dtype=np.float32)
    noise = cv2.GaussianBlur(chance.normal(0, 1, pixels.shape).astype(np.float32), (0, 0), 0.8) * strength
    return _image(np.where(pixels < 245, pixels + noise, pixels))


def speckled(image: Image.Image, chance: Generator, per_mille: float) -> Image.Image:
    """Toner dust: dark specks of one to three pixels, on ``per_mille`` of the page's pixels."""
    pixels = np.array(image)
    count = int(pixels.size * per_mille / 1000)
    rows, columns = chance.integers(0, pixels.shape[0] - 3, count), chance.integers(0, pixels.shape[1] - 3, count)
    for row, column, size in zip(rows, columns, chance.integers(1, 3, count), strict=True):
        pixels[row : row + size, column : column + size] = chance.integers(30, 140)
    return Image.fromarray(pixels)


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    """Out of focus by ``sigma`` pixels."""
    return _image(cv2.GaussianBlur(np.asarray(image, dtype=np.float32), (0, 0), sigma))


def posterised(image: Image.Image, levels: int = 16) -> Image.Image:
    """In ``levels`` greys, as an economical scanner stores it; a fraction of the bytes."""
    step = 255 / (levels - 1)
    grey = np.round(np.round(np.asarray(image, dtype=np.float32) / step) * step).astype(np.uint8)
    return Image.fromarray(grey).quantize(levels)


def photographed(paper: Image.Image, size: tuple[int, int], chance: Generator) -> Image.Image:
    """A slip of paper on a wooden table, photographed by hand: perspective, a shadow across, noise of the sensor."""
    table = _table(size, chance)
    corners = np.float32([[0, 0], [paper.width, 0], [paper.width, paper.height], [0, paper.height]])
    width, height = size
    placed = np.float32(
        [
            [0.14 * width, 0.05 * height],
            [0.80 * width, 0.03 * height],
            [0.90 * width, 0.95 * height],
            [0.07 * width, 0.97 * height],
        ]
    )
    turn = cv2.getPerspectiveTransform(corners, placed)
    lying = cv2.warpPerspective(np.asarray(paper.convert("RGB")), turn, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((paper.height, paper.width), 255, np.uint8), turn, size)[:, :, None] / 255.0
    scene = table * (1 - mask) + lying.astype(np.float32) * np.float32([0.97, 0.94, 0.88]) * mask
    noisy = scene * _shadow(size)[:, :, None] + chance.normal(0, 4, scene.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _table(size: tuple[int, int], chance: Generator) -> NDArray[np.float32]:
    width, height = size
    grain = cv2.resize(chance.normal(0, 1, (height // 40, width)).astype(np.float32), size)
    grain = cv2.GaussianBlur(grain, (0, 0), 2.0)
    return (np.float32([112, 78, 52]) + 14 * grain[:, :, None]).clip(0, 255)


def _shadow(size: tuple[int, int]) -> NDArray[np.float32]:
    """Brightness over the scene: the hand and the phone stand in the light at the lower left."""
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    depth = 1 / (1 + np.exp(-14 * (down - 0.35 - 0.75 * across)))
    return (1.0 - 0.42 * depth).astype(np.float32)


def _image(values: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))
