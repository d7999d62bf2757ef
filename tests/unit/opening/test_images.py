"""PNG, JPEG and TIFF are decoded as a person sees them, at a size suitable for OCR."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scanproof.document import PageFlag
from scanproof.opening.limits import Limits
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage
from tests.unit.opening.paper import page_image, saved

ROWS = "the quick brown fox jumps over it\n" * 6


def only_page(path: Path, limits: Limits | None = None) -> ImagePage:
    with open_scan(path, path.name, limits or Limits()) as scan:
        assert scan.page_count == 1
        page = scan.page(1)
    assert isinstance(page, ImagePage)
    return page


def test_wrong_suffix_gives_warning(tmp_path: Path) -> None:
    path = saved(page_image(), tmp_path / "scan.png")
    with open_scan(path, "letter.jpg") as scan:
        assert scan.media_type == "image/png"
        assert "image/png" in scan.warnings[0]
    with open_scan(path, "letter.PNG") as scan:
        assert scan.warnings == ()


def test_photo_is_rotated_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 300), "white")
    image.paste("black", (0, 0, 200, 300))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was rotated: the right of the stored image is its top
    page = only_page(saved(image, tmp_path / "photo.jpg", exif=exif))
    assert (page.width, page.height) == (300, 400)
    assert np.asarray(page.image)[20].max() < 50
    assert np.asarray(page.image)[-20].min() > 200


def test_tiff_pages_load_in_any_order(tmp_path: Path) -> None:
    pages = [Image.new("1", (300 + number, 200), number % 2) for number in range(3)]
    path = saved(pages[0], tmp_path / "fax.tiff", save_all=True, append_images=pages[1:], compression="group4")
    with open_scan(path, path.name) as scan:
        assert scan.page_count == 3
        assert [scan.page(number).width for number in (3, 1, 2, 3)] == [302, 300, 301, 302]
        with pytest.raises(ValueError, match="page 4"):
            scan.page(4)


def test_fax_pages_get_square_pixels(tmp_path: Path) -> None:
    page = only_page(saved(Image.new("1", (1728, 1100), 1), tmp_path / "fax.tiff", dpi=(204, 98)))
    assert (page.width, page.height) == (1728, round(1100 * 204 / 98))
    assert page.dpi == pytest.approx(204)


@pytest.mark.parametrize(
    ("mode", "background", "ink"),
    [
        ("1", 1, 0),
        ("L", 255, 0),
        ("LA", (0, 0), (0, 255)),
        ("RGBA", (0, 0, 0, 0), (0, 0, 0, 255)),
        ("I;16", 65535, 0),
        ("P", 255, 0),
    ],
)
def test_image_modes_become_black_on_white(tmp_path: Path, mode: str, background: object, ink: object) -> None:
    image = Image.new(mode, (200, 100), background)  # type: ignore[arg-type]
    if mode == "P":
        image = Image.new("L", (200, 100), 255).convert("P")
    image.paste(ink, (0, 0, 100, 100))  # type: ignore[arg-type]
    pixels = np.asarray(only_page(saved(image, tmp_path / "scan.png")).image)
    assert pixels.shape == (100, 200, 3)
    assert pixels[:, :90].max() == 0
    assert pixels[:, 110:].min() == 255


def test_only_plausible_resolution_is_used(tmp_path: Path) -> None:
    assert only_page(saved(page_image((1240, 1754)), tmp_path / "a.png", dpi=(150, 150))).dpi == pytest.approx(
        150, 0.01
    )
    guessed = only_page(saved(page_image((1240, 1754)), tmp_path / "b.png", dpi=(72, 72))).dpi
    assert guessed == pytest.approx(150, 0.01)
    assert only_page(saved(page_image((1240, 1754)), tmp_path / "c.png")).dpi == pytest.approx(150, 0.01)


def test_small_text_is_upscaled_and_flagged(tmp_path: Path) -> None:
    page = only_page(saved(page_image((500, 300), ROWS, points=9), tmp_path / "small.png", dpi=(75, 75)))
    assert page.flags == (PageFlag.LOW_RESOLUTION,)
    assert page.width > 700
    assert page.dpi == pytest.approx(75 * page.width / 500, 0.01)


def test_large_text_is_not_scaled(tmp_path: Path) -> None:
    page = only_page(saved(page_image((700, 500), ROWS, points=26), tmp_path / "fine.png"))
    assert (page.flags, page.width) == ((), 700)


def test_dust_does_not_cause_upscaling(tmp_path: Path) -> None:
    pixels = np.array(page_image((700, 500), ROWS, points=26))
    places = np.random.default_rng(7).integers((0, 0), (498, 698), (400, 2))
    for row, column in places:
        pixels[row : row + 3, column : column + 3] = 0
    assert only_page(saved(Image.fromarray(pixels), tmp_path / "dusty.png")).flags == ()


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_large_image_is_scaled_down(tmp_path: Path, suffix: str) -> None:
    path = saved(page_image((4000, 3000)), tmp_path / f"large.{suffix}", dpi=(400, 400))
    page = only_page(path, Limits(working_pixels=1_000_000))
    assert page.width * page.height <= 1_010_000
    assert page.width / page.height == pytest.approx(4 / 3, 0.01)
    assert page.dpi == pytest.approx(400 * page.width / 4000, 0.01)
