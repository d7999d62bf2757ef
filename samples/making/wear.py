"""Degrades a sheet as printing, ageing and scanning do.

Every function returns a new image; randomness comes from a seeded generator.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    """Rotates the page slightly."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)


def scanned_at(image: Image.Image, share: float) -> Image.Image:
    """Reduces the resolution to ``share`` of it, then scales back to the original size."""
    small = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def uneven_ink(image: Image.Image, generator: Generator, strength: float) -> Image.Image:
    """Lightens ink in patches of the size of letters, like a worn ribbon. ``strength`` 0 to 1."""
    pixels = np.asarray(image, dtype=np.float32)
    coarse = generator.random((image.height // 9 + 2, image.width // 9 + 2)).astype(np.float32)
    patches = cv2.resize(coarse, image.size, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return _image(255 - (255 - pixels) * (1 - strength * patches))


def eroded_edges(image: Image.Image, generator: Generator, strength: float) -> Image.Image:
    """Adds noise to letters, like paper fibres, not to white paper. ``strength`` in grey levels."""
    pixels = np.asarray(image, dtype=np.float32)
    noise = cv2.GaussianBlur(generator.normal(0, 1, pixels.shape).astype(np.float32), (0, 0), 0.8) * strength
    return _image(np.where(pixels < 245, pixels + noise, pixels))


def speckled(image: Image.Image, generator: Generator, per_mille: float) -> Image.Image:
    """Adds toner dust: dark specks of one to three pixels, on ``per_mille`` of the page's pixels."""
    pixels = np.array(image)
    count = int(pixels.size * per_mille / 1000)
    rows, columns = generator.integers(0, pixels.shape[0] - 3, count), generator.integers(0, pixels.shape[1] - 3, count)
    for row, column, size in zip(rows, columns, generator.integers(1, 3, count), strict=True):
        pixels[row : row + size, column : column + size] = generator.integers(30, 140)
    return Image.fromarray(pixels)


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    """Blurs by ``sigma`` pixels."""
    return _image(cv2.GaussianBlur(np.asarray(image, dtype=np.float32), (0, 0), sigma))


def posterised(image: Image.Image, levels: int = 16) -> Image.Image:
    """Reduces to ``levels`` greys, as an economical scanner does, for a smaller file."""
    step = 255 / (levels - 1)
    grey = np.round(np.round(np.asarray(image, dtype=np.float32) / step) * step).astype(np.uint8)
    return Image.fromarray(grey).quantize(levels)


def photographed(paper: Image.Image, size: tuple[int, int], generator: Generator) -> Image.Image:
    """Puts the paper on a wooden table and photographs it by hand: perspective, a shadow, sensor noise."""
    table = _table(size, generator)
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
    transform = cv2.getPerspectiveTransform(corners, placed)
    on_table = cv2.warpPerspective(np.asarray(paper.convert("RGB")), transform, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((paper.height, paper.width), 255, np.uint8), transform, size)[:, :, None] / 255.0
    scene = table * (1 - mask) + on_table.astype(np.float32) * np.float32([0.97, 0.94, 0.88]) * mask
    noisy = scene * _shadow(size)[:, :, None] + generator.normal(0, 4, scene.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _table(size: tuple[int, int], generator: Generator) -> NDArray[np.float32]:
    width, height = size
    grain = cv2.resize(generator.normal(0, 1, (height // 40, width)).astype(np.float32), size)
    grain = cv2.GaussianBlur(grain, (0, 0), 2.0)
    return (np.float32([112, 78, 52]) + 14 * grain[:, :, None]).clip(0, 255)


def _shadow(size: tuple[int, int]) -> NDArray[np.float32]:
    """Returns the brightness over the scene: hand and phone cast a shadow at the lower left."""
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    depth = 1 / (1 + np.exp(-14 * (down - 0.35 - 0.75 * across)))
    return (1.0 - 0.42 * depth).astype(np.float32)


def _image(values: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))
