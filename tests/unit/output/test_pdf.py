"""Searchable PDFs, read back by another PDF library."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from scanproof.document import Box, Line, Page, PageSource, Source, Word
from scanproof.errors import PermanentError
from scanproof.opening.scan import open_scan
from scanproof.output.pdf import write_searchable_pdf
from tests.builders import document, edit

RAW = "Inv0ice ofthe été"
BOXES = {
    "Invoice": Box(left=40, top=30, right=180, bottom=50),
    "of": Box(left=200, top=30, right=220, bottom=50),
    "the": Box(left=220, top=30, right=250, bottom=50),
    "été": Box(left=260, top=30, right=290, bottom=50),
}
WORDS = (
    Word(start=0, end=7, box=BOXES["Invoice"]),
    Word(start=8, end=13, box=Box(left=200, top=30, right=250, bottom=50)),
    Word(start=14, end=17, box=BOXES["été"]),
)
LINE = Line(
    raw=RAW,
    text="Invoice of the été",
    box=Box(left=40, top=30, right=290, bottom=50),
    words=WORDS,
    edits=(edit(RAW, 3, 4, "o"), edit(RAW, 10, 10, " ")),
)
SIZE = (400, 200)
MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".tif": "image/tiff",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".jp2": "image/jp2",
    ".pdf": "application/pdf",
}


def ocr_page(number: int = 1, *lines: Line, size: tuple[int, int] = SIZE) -> Page:
    return Page(number=number, width=size[0], height=size[1], dpi=100, source=PageSource.OCR, lines=lines or (LINE,))


def searchable(source: Path, *pages: Page, replace_text_layer: bool = False) -> Path:
    target = source.parent / "searchable" / "document.pdf"
    target.parent.mkdir(exist_ok=True)
    described = Source(name=source.name, media_type=MEDIA_TYPES[source.suffix], size_bytes=source.stat().st_size)
    read = document(*pages).model_copy(update={"source": described})
    write_searchable_pdf(source, read, target, replace_text_layer=replace_text_layer)
    with pikepdf.open(target) as pdf:
        assert not pdf.check_pdf_syntax()
    return target


def words_of(path: Path, number: int = 1) -> list[str]:
    with pypdfium2.PdfDocument(path) as pdf:
        text: str = pdf[number - 1].get_textpage().get_text_range()
    return text.split()


def seen_boxes(path: Path, words: Sequence[str]) -> dict[str, Box]:
    """Boxes of words in shares of the page as a viewer shows it."""
    found = {}
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        text = page.get_textpage()
        everything = text.get_text_range()
        for word in words:
            start = everything.index(word)
            corners = [text.get_charbox(index, loose=True) for index in range(start, start + len(word))]
            rotation, (left, bottom, right, top) = page.get_rotation(), page.get_cropbox()
            xs = [(x - left) / (right - left) for box in corners for x in (box[0], box[2])]
            ys = [(top - y) / (top - bottom) for box in corners for y in (box[1], box[3])]
            box = Box(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))
            found[word] = {0: box, 90: turned(box), 180: turned(turned(box)), 270: turned(turned(turned(box)))}[
                rotation
            ]
    return found


def turned(box: Box) -> Box:
    """The box on a page that is turned clockwise by 90 degrees."""
    return Box(left=1 - box.bottom, top=box.left, right=1 - box.top, bottom=box.right)


def overlap(seen: Box, expected: Box, size: tuple[int, int] = SIZE) -> float:
    """Intersection over union of two boxes, the second in pixels."""
    width, height = size
    box = Box(
        left=expected.left / width,
        top=expected.top / height,
        right=expected.right / width,
        bottom=expected.bottom / height,
    )
    across = min(seen.right, box.right) - max(seen.left, box.left)
    down = min(seen.bottom, box.bottom) - max(seen.top, box.top)
    shared = max(across, 0) * max(down, 0)
    areas = [(one.right - one.left) * (one.bottom - one.top) for one in (seen, box)]
    return shared / (sum(areas) - shared)


def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        (".png", "RGB"),
        (".png", "RGBA"),
        (".png", "P"),
        (".jpg", "L"),
        (".jpg", "CMYK"),
        (".tif", "1"),
        (".tif", "RGB"),
        (".gif", "P"),
        (".webp", "RGB"),
        (".jp2", "RGB"),
    ],
)
def test_image_becomes_searchable(tmp_path: Path, suffix: str, mode: str) -> None:
    source = tmp_path / f"scan{suffix}"
    picture(mode).save(source)
    target = searchable(source, ocr_page())
    assert words_of(target) == ["Invoice", "of", "the", "été"]
    for word, box in seen_boxes(target, list(BOXES)).items():
        assert overlap(box, BOXES[word]) >= (0.6 if word == "of" else 0.7)  # makes room for a gap before "the"
    with pypdfium2.PdfDocument(target) as pdf:
        assert pdf[0].get_size() == pytest.approx((288, 144), abs=0.5)  # 400 x 200 pixels at 100 dpi
        shown = pdf[0].render(scale=SIZE[0] / 288).to_pil().convert("L")
    grey = picture().convert("L")
    assert abs(shown.getpixel((200, 180)) - grey.getpixel((200, 180))) < (130 if mode in ("1", "P") else 40)


def test_jpeg_keeps_its_bytes(tmp_path: Path) -> None:
    source = tmp_path / "scan.jpg"
    picture().save(source)
    target = searchable(source, ocr_page())
    with pikepdf.open(target) as pdf:
        [image] = pdf.pages[0].obj.Resources.XObject.values()
        assert image.read_raw_bytes() == source.read_bytes()
    assert target.stat().st_size - source.stat().st_size < 20_000


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_orientation_tags_are_followed(tmp_path: Path, suffix: str, orientation: int) -> None:
    source = tmp_path / f"scan{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = (200, 400) if orientation > 4 else SIZE
    picture(size=stored).save(source, exif=exif)
    with open_scan(source, source.name) as scan:
        opened = scan.page(1)
    assert (opened.width, opened.height) == SIZE
    target = searchable(source, ocr_page())
    assert overlap(seen_boxes(target, ["Invoice"])["Invoice"], BOXES["Invoice"]) >= 0.7


def pdf_file(path: Path, *pages: bytes, **attributes: object) -> Path:
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for content in pages:
        page = pdf.add_blank_page(page_size=(288, 144))
        page.obj.Contents = pdf.make_stream(content)
        for name, value in attributes.items():
            page.obj[f"/{name}"] = value
    pdf.Root.Pages.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
    for page in pdf.pages:
        del page.obj["/Resources"]  # inherited
    pdf.save(path)
    return path


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pdf_pages_keep_crop_and_rotation(tmp_path: Path, rotation: int) -> None:
    source = pdf_file(tmp_path / "scan.pdf", b"", Rotate=rotation, CropBox=[20, 10, 220, 110])
    size = SIZE if rotation in (0, 180) else (200, 400)
    boxes = {"upside": Box(left=20, top=40, right=140, bottom=60), "down": Box(left=150, top=40, right=190, bottom=60)}
    words = (Word(start=0, end=6, box=boxes["upside"]), Word(start=7, end=11, box=boxes["down"]))
    line = Line(raw="upside down", text="upside down", box=Box(left=20, top=40, right=190, bottom=60), words=words)
    target = searchable(source, ocr_page(1, line, size=size))
    for word, box in seen_boxes(target, list(boxes)).items():
        assert overlap(box, boxes[word], size) >= 0.7


def test_own_pages_stay_untouched(tmp_path: Path) -> None:
    content = b"BT /F1 12 Tf 20 20 Td (visible) Tj ET q 3 0 0 3 0 0 cm"  # leaves its coordinates behind
    source = pdf_file(tmp_path / "scan.pdf", content, content)
    text_layer = ocr_page(2).model_copy(update={"source": PageSource.TEXT_LAYER})
    target = searchable(source, ocr_page(1), text_layer)
    with pikepdf.open(target) as pdf:
        added, original = pdf.pages[0].obj.Contents
        assert original.read_bytes() == pdf.pages[1].obj.Contents.read_bytes() == content
        assert b"3 Tr" in added.read_bytes()
    assert sorted(words_of(target)) == ["Invoice", "of", "the", "visible", "été"]
    assert words_of(target, 2) == ["visible"]  # by the font that the page inherits


def test_hidden_text_is_replaced_on_request(tmp_path: Path) -> None:
    content = b'q BT 3 Tr /F1 9 Tf (0ld) Tj 2 3 (t3xt) " ET Q BT /F1 12 Tf 20 20 Td (visible) Tj ET'
    source = pdf_file(tmp_path / "scan.pdf", content)
    assert sorted(words_of(searchable(source, ocr_page(), replace_text_layer=True))) == [
        "Invoice",
        "of",
        "the",
        "visible",
        "été",
    ]
    assert {"0ld", "t3xt"} <= set(words_of(searchable(source, ocr_page())))


def test_any_character_survives(tmp_path: Path) -> None:
    words = ["naïve", "Straße", "Ł", "中文", "Ωμέγα", "😀", "a\x00b\N{SOFT HYPHEN}"]
    raw = " ".join(words)
    source = tmp_path / "scan.png"
    picture().save(source)
    line = Line(raw=raw, text=raw, box=Box(left=0, top=0, right=390, bottom=20))
    assert words_of(searchable(source, ocr_page(1, line))) == [*words[:-1], "ab"]


def test_every_frame_is_a_page(tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    picture().save(source, save_all=True, append_images=[picture("1", (200, 200))])
    target = searchable(source, ocr_page(1), ocr_page(2, size=(200, 200)))
    assert words_of(target, 1) == words_of(target, 2) == ["Invoice", "of", "the", "été"]


def test_page_without_text_stays(tmp_path: Path) -> None:
    source = tmp_path / "scan.png"
    picture().save(source)
    blank = Page(number=1, width=400, height=200, dpi=100, source=PageSource.OCR)
    assert words_of(searchable(source, blank)) == []


@pytest.mark.parametrize("damage", [lambda data: data[:200], lambda data: b"%PDF-1.4 " + data[:50], lambda data: b""])
def test_damaged_file_is_refused_by_name(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    source = pdf_file(tmp_path / "scan.pdf", b"")
    source.write_bytes(damage(source.read_bytes()))
    with pytest.raises(PermanentError, match="no searchable PDF") as refused:
        searchable(source, ocr_page())
    assert refused.value.code == "pdf_output_failed"


def test_font_is_rebuilt_from_its_source() -> None:
    script = Path(__file__).parents[3] / "docs" / "make_glyphless_font.py"
    built = runpy.run_path(str(script))
    assert built["glyphless_font"]() == Path(built["TARGET"]).read_bytes()
