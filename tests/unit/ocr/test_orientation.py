"""How a page lies, determined from synthetic segments and a fake locator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from scanproof.ocr.orientation import (
    Pixels,
    Quads,
    Reading,
    as_they_lie,
    find_rotation,
    is_clearly_upright,
    reads_better,
    vertical_share,
)

IMAGE = Image.new("RGB", (10, 10))
GOOD, BAD = Reading("Invoice number", 0.97), Reading("jaqwnu", 0.55)
CHINESE = Reading("读书会在旧图书", 0.99)  # cells of another size than the crop


def quads(*sizes: tuple[float, float]) -> Quads:
    """Places segments of these widths and heights below each other."""
    return np.array([[[0, y], [w, y], [w, y + h], [0, y + h]] for y, (w, h) in enumerate(sizes)], dtype=np.float64)


@dataclass
class FakeLocator:
    """Reads crops as ``forward`` and turned crops as ``backward``; votes ``vote`` for each."""

    forward: Reading
    backward: Reading
    vote: float = 1.0
    unstacked: Reading = BAD
    read_crops: int = field(default=0, init=False)

    def locate(self, image: Image.Image) -> Quads:
        raise NotImplementedError

    def crop(self, image: Image.Image, quads: Quads) -> list[Pixels]:
        crop = np.zeros((20, 160, 3), dtype=np.uint8)
        crop[0, 0] = 255  # marks the direction
        return [crop for _ in quads]

    def upside_down(self, crops: Sequence[Pixels]) -> list[float]:
        return [self.vote for _ in crops]

    def read(self, crops: Sequence[Pixels]) -> list[Reading]:
        self.read_crops += len(crops)
        return [self._read(crop) for crop in crops]

    def _read(self, crop: Pixels) -> Reading:
        if crop.shape != (20, 160, 3):
            return self.unstacked
        return self.forward if crop[0, 0, 0] else self.backward


HORIZONTAL, VERTICAL = quads(*[(150, 20)] * 6), quads(*[(20, 150)] * 6)


@pytest.mark.parametrize(
    ("lines", "forward", "backward", "rotation"),
    [
        (HORIZONTAL, GOOD, BAD, 0),
        (HORIZONTAL, BAD, GOOD, 180),
        (VERTICAL, GOOD, BAD, 270),
        (VERTICAL, BAD, GOOD, 90),
        (VERTICAL, BAD, BAD, 0),
        (VERTICAL, GOOD, GOOD, 0),
    ],
)
def test_page_is_turned_to_legible_text(lines: Quads, forward: Reading, backward: Reading, rotation: int) -> None:
    assert find_rotation(IMAGE, lines, FakeLocator(forward, backward)) == rotation


def test_upright_votes_need_no_recognition() -> None:
    locator = FakeLocator(BAD, GOOD, vote=-0.9)
    assert find_rotation(IMAGE, HORIZONTAL, locator) == 0
    assert locator.read_crops == 0


def test_short_numbers_have_a_direction() -> None:
    amounts = quads(*[(36, 20)] * 6)
    locator = FakeLocator(Reading("1,169", 0.5), Reading("6,911", 0.98), vote=-1.0)  # of so short ones not asked for
    assert find_rotation(IMAGE, amounts, locator) == 180
    assert locator.read_crops == 15  # five lines as they lie, then in both directions
    upright = FakeLocator(Reading("6,911", 0.98), Reading("1,169", 0.5))
    assert find_rotation(IMAGE, amounts, upright) == 0
    assert upright.read_crops == 5


@pytest.mark.parametrize(("lines", "rotation"), [(6, 0), (12, 180)])
def test_worn_page_needs_many_lines(lines: int, rotation: int) -> None:
    worn = FakeLocator(Reading("jaqwnu", 0.55), Reading("Invcice nunber", 0.7))
    assert find_rotation(IMAGE, quads(*[(150, 20)] * lines), worn) == rotation


def test_lines_that_disagree_are_no_evidence() -> None:
    good, bad = [Reading("Invoice number", confidence) for confidence in (0.75, 0.55)]
    assert reads_better([good] * 12, [bad] * 12)
    assert not reads_better([good, good, bad] * 4, [bad, bad, good] * 4)


def test_stacked_characters_are_upright() -> None:
    assert find_rotation(IMAGE, VERTICAL, FakeLocator(CHINESE, BAD, unstacked=CHINESE)) == 0
    assert find_rotation(IMAGE, VERTICAL, FakeLocator(BAD, CHINESE, unstacked=CHINESE)) == 180
    assert find_rotation(IMAGE, VERTICAL, FakeLocator(CHINESE, BAD, unstacked=BAD)) == 270


@pytest.mark.parametrize(
    "lines",
    [
        quads(),
        quads((20, 20), (25, 18)),
        np.concatenate([HORIZONTAL[:3], VERTICAL[:3]]),
    ],
    ids=["no text", "single letters", "several directions"],
)
def test_page_without_evidence_stays(lines: Quads) -> None:
    assert find_rotation(IMAGE, lines.reshape(-1, 4, 2), FakeLocator(BAD, GOOD)) == 0


def test_single_short_word_is_no_evidence() -> None:
    word = FakeLocator(Reading("ON", 0.5), Reading("NO", 0.99))
    assert find_rotation(IMAGE, HORIZONTAL[:1], word) == 0


def test_few_votes_are_not_clear() -> None:
    assert not is_clearly_upright([-1.0, -1.0])
    assert is_clearly_upright([-1.0, -1.0, 0.2])
    assert not is_clearly_upright([-1.0, 0.2, 0.2])


def test_reading_needs_confidence_and_advantage() -> None:
    assert reads_better([GOOD], [BAD])
    assert not reads_better([Reading("Invoice number", 0.75)], [BAD])
    assert not reads_better([GOOD], [Reading("Invoice number", 0.9)])


@pytest.mark.parametrize("degrees", [-80, -50, 50, 80, 90, 179])
def test_corners_start_at_upper_left(degrees: int) -> None:
    level = np.array([[[-50, -8], [50, -8], [50, 8], [-50, 8]]], dtype=np.float64)
    angle = math.radians(degrees)
    turned = level @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    for first in range(4):
        (quad,) = as_they_lie(np.roll(turned, first, axis=1))
        across = quad[1] - quad[0]
        assert abs(math.degrees(math.atan2(across[1], across[0]))) <= 45
        assert sorted(map(tuple, quad)) == sorted(map(tuple, turned[0]))
    assert vertical_share(as_they_lie(turned)) == (45 < abs(degrees) < 135)


def test_vertical_share_counts_length() -> None:
    assert vertical_share(np.concatenate([quads((300, 20)), quads((20, 100))])) == pytest.approx(0.25)
