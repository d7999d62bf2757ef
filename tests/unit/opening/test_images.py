"""Images are decoded as a person sees them, at a size suitable for OCR."""

from __future__ import annotations

import base64
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scanproof.document import PageFlag
from scanproof.errors import PermanentError
from scanproof.opening import scaling
from scanproof.opening.limits import Limits
from scanproof.opening.scaling import scaled_rgb
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


def assert_left_half_is_black(page: ImagePage, *, tolerance: int = 0) -> None:
    pixels = np.asarray(page.image)
    middle = page.width // 2
    assert pixels.shape[2] == 3
    assert pixels[:, : middle - 6].max() <= tolerance
    assert pixels[:, middle + 6 :].min() >= 255 - tolerance


def half_black(mode: str, background: object, ink: object) -> Image.Image:
    image = Image.new("L", (200, 100), 255).convert("P") if mode == "P" else Image.new(mode, (200, 100), background)  # type: ignore[arg-type]
    image.paste(ink, (0, 0, 100, 100))  # type: ignore[arg-type]
    return image


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
    image = half_black(mode, background, ink)
    assert_left_half_is_black(only_page(saved(image, tmp_path / "scan.png")))


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


RGB = ("RGB", (255, 255, 255), (0, 0, 0))
RGBA = ("RGBA", (0, 0, 0, 0), (0, 0, 0, 255))
GREY = ("L", 255, 0)
GREY_16 = ("I;16", 65535, 0)


@pytest.mark.parametrize(
    ("name", "media_type", "modes"),
    [
        ("scan.webp", "image/webp", [RGB, RGBA, GREY]),
        ("scan.gif", "image/gif", [RGB, RGBA, GREY, ("1", 1, 0), ("P", 255, 0)]),
        ("scan.jp2", "image/jp2", [RGB, RGBA, GREY, GREY_16, ("CMYK", (0, 0, 0, 0), (0, 0, 0, 255))]),
        ("scan.j2k", "image/jp2", [RGB, RGBA, GREY, GREY_16]),
        ("scan.tif", "image/tiff", [("CMYK", (0, 0, 0, 0), (0, 0, 0, 255)), ("YCbCr", (255, 128, 128), (0, 128, 128))]),
    ],
)
def test_further_formats_become_black_on_white(
    tmp_path: Path, name: str, media_type: str, modes: list[tuple[str, object, object]]
) -> None:
    for mode in modes:
        path = saved(half_black(*mode), tmp_path / name)
        assert_left_half_is_black(only_page(path), tolerance=4)
        with open_scan(path, name) as scan:
            assert (scan.media_type, scan.warnings) == (media_type, ())


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_frames_are_pages(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (300, 200), (40 * number,) * 3) for number in range(4)]
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(frames[0], tmp_path / f"fax.{suffix}", save_all=True, append_images=frames[1:], **options)
    with open_scan(path, path.name) as scan:
        assert scan.page_count == 4
        pages = [scan.page(number) for number in (4, 1, 3)]
    shades = [np.asarray(page.image).mean() for page in pages if isinstance(page, ImagePage)]
    assert shades == pytest.approx([120, 0, 80], abs=1)


def test_partial_gif_frame_keeps_the_rest(tmp_path: Path) -> None:
    first, second = half_black(*GREY), half_black(*GREY)
    second.paste(0, (150, 0, 160, 10))
    path = saved(first, tmp_path / "animation.gif", save_all=True, append_images=[second])
    with open_scan(path, path.name) as scan:
        page = scan.page(2)
    assert isinstance(page, ImagePage)
    pixels = np.asarray(page.image)
    assert (pixels[50, 50].max(), pixels[5, 155].max(), pixels[50, 155].min()) == (0, 0, 255)


# 64 × 48 pixels, the left half black; EXIF says that the camera was turned, the container that nothing is to be done.
HEIC_IMAGE = (
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005LZDn*}000000000XXk=`10000000000aA{+700000000000000000000G-+&a"
    "V*mgE07O6l0ssL300001;s5~v00000003720ssI200KDx0RR9100000Bme*aIB98aW&i*H00062000$fZf0cy000000RRAKc4ILB"
    "0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031008}IaB^?}007--aAR)(004Gqc4I>U18@KU0FVFx0000U@BsY%`1k+-"
    "4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k"
    "0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L8000000000$0000$0000eV{Bn?0000$000010000m000010000000002"
    "|NsB+000020000GaA|mH000000|*ER0000OX>e^}0000000001009Mo0s{qv0000QX>w&|000000000EV`Ot<00IC3009610E2C0"
    "VRQfh08=OduUO^*;vfI{5R;`X{jh{3>9On{Njj3l;R-s)qZ{B%HEHQ^o8SUeuL5B#vrjH`7vdn-ABrW|*XcYrSI)~dxWDvjI$-gx"
    "4^a59nu~sJ5C8xG21R&jW&i+9O#mtY000O80Ra*K0{{R30RRR70000000"
)


def test_heic_is_decoded(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    path = tmp_path / "photo.heic"
    path.write_bytes(base64.b85decode(HEIC_IMAGE))
    with open_scan(path, path.name) as scan:
        assert (scan.media_type, scan.page_count, scan.warnings) == ("image/heic", 1, ())
    assert_left_half_is_black(only_page(path), tolerance=4)
    whole = path.read_bytes()
    sized = whole.index(b"ispe") + 8  # width and height, which the decoder compares with the coded image
    resized = [whole[:sized] + struct.pack(">II", side, side) + whole[sized + 8 :] for side in (0, 10_000, 2**31)]
    for damaged in (whole[:-20], whole[:40], *resized):
        path.write_bytes(damaged)
        with pytest.raises(PermanentError) as caught:
            only_page(path)
        assert caught.value.code == "corrupt_image"


def test_heic_without_decoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    path = tmp_path / "photo.heic"
    path.write_bytes(base64.b85decode(HEIC_IMAGE))
    with pytest.raises(PermanentError, match="HEIC") as caught:
        only_page(path)
    assert caught.value.code == "unknown_format"
    assert "Convert it to JPEG" in caught.value.next_step


@pytest.mark.parametrize("dpi", [(1, 204), (204, 1), (0.001, 0.001), (30_000, 72), (4e9, 204), (72, 300)])
def test_absurd_resolution_tags_are_ignored(tmp_path: Path, dpi: tuple[float, float]) -> None:
    page = only_page(saved(Image.new("1", (1728, 1100), 1), tmp_path / "fax.tiff", dpi=dpi))
    assert (page.width, page.height) == (1728, 1100)
    assert page.dpi == pytest.approx(1728 / 11.69, 0.01)


def test_square_pixels_respect_pixel_budget(tmp_path: Path) -> None:
    path = saved(Image.new("1", (1728, 1100), 1), tmp_path / "fax.tiff", dpi=(204, 98))
    page = only_page(path, Limits(working_pixels=1_000_000))
    assert 0.99e6 < page.width * page.height <= 1_000_000
    assert page.width / page.height == pytest.approx(1728 / (1100 * 204 / 98), 0.01)
    assert page.dpi == pytest.approx(204 * page.width / 1728, 0.01)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16", "1"])
@pytest.mark.parametrize("size", [(61, 83), (130, 47), (64, 200)])
def test_bands_scale_as_the_whole(monkeypatch: pytest.MonkeyPatch, mode: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 2**16, (150, 120), dtype=np.uint16)
    image = Image.fromarray(noise) if mode == "I;16" else Image.fromarray((noise >> 8).astype(np.uint8)).convert(mode)
    whole = np.asarray(scaled_rgb(image, size), dtype=int)
    monkeypatch.setattr(scaling, "_BAND_PIXELS", 120 * 9)
    assert np.abs(np.asarray(scaled_rgb(image, size), dtype=int) - whole).max() <= 1


def test_damaged_exif_is_ignored(tmp_path: Path) -> None:
    path = saved(page_image((300, 200)), tmp_path / "photo.jpg", exif=b"Exif\0\0MM\0*\0\0\xff\xff" + bytes(9))
    assert only_page(path).width == 300
