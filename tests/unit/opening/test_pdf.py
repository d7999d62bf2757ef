"""The visible text of PDF pages is used as it is; all other pages are rendered."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from scanproof.document import PageFlag
from scanproof.errors import PermanentError
from scanproof.opening.limits import Limits
from scanproof.opening.pdf_process import READERS, PdfReaderPool
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage, OpenedPage, TextPage
from tests.hostile.pdf_writer import page_with
from tests.unit.opening.paper import draw_scan, finished, new_pdf, page_image, pdf_with, write

HELVETICA = b"/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
PROSE = "Running text that goes on for most of the width of the page, line by line."


def first_page(path: Path, limits: Limits | None = None) -> OpenedPage:
    with open_scan(path, path.name, limits or Limits()) as scan:
        assert scan.media_type == "application/pdf"
        return scan.page(1)


def texts(page: OpenedPage) -> list[str]:
    assert isinstance(page, TextPage)
    return [line.raw for line in page.lines]


def test_visible_text_has_boxes(tmp_path: Path) -> None:
    page = first_page(pdf_with(tmp_path / "a.pdf", [(72, 144, "Total due 12.30")]))
    assert isinstance(page, TextPage)
    assert (page.dpi, page.width, page.height) == (300, 2481, 3508)
    line = page.lines[0]
    assert [line.raw[word.start : word.end] for word in line.words] == ["Total", "due", "12.30"]
    assert line.box.left == pytest.approx(300, abs=3)  # an inch from the left
    assert line.box.top < 600 < line.box.bottom + 12  # the baseline is two inches from the top
    assert all(line.box.left <= word.box.left < word.box.right <= line.box.right for word in line.words)


def test_table_cells_form_one_line(tmp_path: Path) -> None:
    rows = [(400, 100, "12.30"), (72, 100, "Subtotal"), (400, 120, "2.46"), (72, 120, "VAT 20%")]
    assert texts(first_page(pdf_with(tmp_path / "a.pdf", rows))) == ["Subtotal 12.30", "VAT 20% 2.46"]


@pytest.mark.parametrize("rotation", [0, 90])
def test_ruled_lines_are_in_pixels(tmp_path: Path, rotation: int) -> None:
    pdf = new_pdf()
    write(pdf, [(72, 144, "Total due 12.30")])
    pdf.line(72, 288, 360, 288)  # at four inches, from one inch to five
    path = finished(pdf, tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as opened:
        opened.pages[0].Rotate = rotation
        opened.save(path)
    page = first_page(path)
    assert isinstance(page, TextPage)
    [found] = page.rulings
    expected = (300, 1200, 1500, 1200) if rotation == 0 else (page.width - 1200, 300, page.width - 1200, 1500)
    assert found == pytest.approx(expected, abs=12)


def test_columns_are_read_in_order(tmp_path: Path) -> None:
    left = [(60, 120 + 14 * row, f"left column, line number {row} of six") for row in range(6)]
    right = [(320, 123 + 14 * row, f"right column, line number {row} of six") for row in range(6)]
    page = first_page(pdf_with(tmp_path / "a.pdf", [(60, 80, PROSE), *left, *right]))
    assert texts(page) == [PROSE, *(text for _, _, text in left), *(text for _, _, text in right)]


def test_rotated_page_is_read_upright(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "a.pdf", [(72, 144, "first line"), (72, 170, "second line")])
    upright = first_page(path)
    turned = tmp_path / "turned.pdf"
    with pikepdf.open(path) as pdf:
        pdf.pages[0].rotate(180, relative=False)
        pdf.save(turned)
    page = first_page(turned)
    assert isinstance(page, TextPage)
    assert isinstance(upright, TextPage)
    assert page.lines[0].box.top == pytest.approx(upright.height - upright.lines[1].box.bottom, abs=2)


def test_hidden_text_on_scan_is_ignored(tmp_path: Path) -> None:
    pdf = new_pdf()
    draw_scan(pdf)
    write(pdf, [(60, 60 + 14 * row, PROSE) for row in range(40)], hidden=True)
    assert isinstance(first_page(finished(pdf, tmp_path / "a.pdf")), ImagePage)


def test_text_under_scan_is_ignored(tmp_path: Path) -> None:
    pdf = new_pdf()
    write(pdf, [(60, 60 + 14 * row, PROSE) for row in range(40)])
    draw_scan(pdf)
    assert isinstance(first_page(finished(pdf, tmp_path / "a.pdf")), ImagePage)


def test_stamp_does_not_replace_ocr(tmp_path: Path) -> None:
    pdf = new_pdf()
    draw_scan(pdf)
    write(pdf, [(60, 30, "CONFIDENTIAL"), (250, 820, "Received 2 May 2024, page 1 of 1")])
    assert isinstance(first_page(finished(pdf, tmp_path / "a.pdf")), ImagePage)


def test_text_over_letterhead_replaces_ocr(tmp_path: Path) -> None:
    pdf = new_pdf()
    draw_scan(pdf)
    write(pdf, [(60, 60 + 14 * row, PROSE) for row in range(40)])
    assert texts(first_page(finished(pdf, tmp_path / "a.pdf"))) == [PROSE] * 40


def test_filled_form_is_rendered(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "a.pdf", [(72, 144, "Name:")])
    form = tmp_path / "form.pdf"
    with pikepdf.open(path) as pdf:
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T=pikepdf.String("name"),
            V=pikepdf.String("Penhallow"),
            Rect=pikepdf.Array([120, 690, 300, 710]),
        )
        fields = pikepdf.Array([pdf.make_indirect(field)])
        pdf.pages[0].Annots = fields
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=fields)
        pdf.save(form)
    assert isinstance(first_page(form), ImagePage)


def test_coarse_scan_is_flagged(tmp_path: Path) -> None:
    coarse, fine = new_pdf(), new_pdf()
    draw_scan(coarse, page_image((620, 877)))
    draw_scan(fine, page_image((1654, 2339)))
    assert first_page(finished(coarse, tmp_path / "a.pdf")).flags == (PageFlag.LOW_RESOLUTION,)
    assert first_page(finished(fine, tmp_path / "b.pdf")).flags == ()


def test_huge_page_respects_pixel_budget(tmp_path: Path) -> None:
    page = first_page(finished(new_pdf((14_000, 14_000)), tmp_path / "plan.pdf"), Limits(working_pixels=1_000_000))
    assert page.width * page.height <= 1_010_000
    assert page.dpi == pytest.approx(page.width / (14_000 / 72), 0.01)


def test_pdf_pages_load_in_any_order(tmp_path: Path) -> None:
    pdf = new_pdf()
    for number in range(2, 6):
        write(pdf, [(72, 72, f"page {number - 1}")])
        pdf.add_page()
    write(pdf, [(72, 72, "page 5")])
    path = finished(pdf, tmp_path / "a.pdf")
    with open_scan(path, path.name) as scan:
        assert [texts(scan.page(number)) for number in (4, 2, 5)] == [["page 4"], ["page 2"], ["page 5"]]


@pytest.fixture
def readers() -> Iterator[PdfReaderPool]:
    """Ends the reader that earlier tests left, and the one that this test leaves."""
    READERS.close()
    yield READERS
    READERS.close()


def bombs_among_pages(path: Path, bomb: bytes) -> Path:
    """Writes a PDF of three pages with a text, of which the second one has ``bomb`` as content."""
    path.write_bytes(page_with(b"BT /T 12 Tf 50 700 Td (Total due 12.30) Tj ET", HELVETICA, pages=3))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[1].obj.Contents = pdf.make_stream(bomb)
        pdf.save(path)
    return path


def pages_and_refusals(path: Path, limits: Limits) -> list[str]:
    found = []
    with open_scan(path, path.name, limits) as scan:
        for number in range(1, scan.page_count + 1):
            try:
                found.append(texts(scan.page(number))[0])
            except PermanentError as error:
                found.append(f"{error.code}: {error.message}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bomb", "limits", "refusal"),
    [
        (b"0 0 m 9 9 l S\n" * 3_000_000, Limits(pdf_bytes=250_000_000), "pdf_bytes"),
        (
            b"0 0 m " + b"9 999 -99 7 500 400 c " * 500_000 + b"f",
            Limits(pdf_seconds=1, pdf_bytes=2_000_000_000),  # a quick machine gets to the usual limit in less
            "pdf_seconds",
        ),
        (b"BT /T 1 Tf " + b"(aaaaaaaaaa) Tj " * 100 + b"ET", Limits(page_characters=900), "page_characters"),
    ],
)
def test_bomb_costs_its_own_page_only(
    tmp_path: Path, readers: PdfReaderPool, bomb: bytes, limits: Limits, refusal: str
) -> None:
    first, second, third = pages_and_refusals(bombs_among_pages(tmp_path / "a.pdf", bomb), limits)
    assert first == third == "Total due 12.30"
    assert second.startswith("pdf_too_complex: a.pdf cannot be read: page 2 ")
    assert f"({refusal})" in second


def test_killed_reader_costs_one_page(tmp_path: Path, readers: PdfReaderPool) -> None:
    with open_scan(bombs_among_pages(tmp_path / "a.pdf", b""), "a.pdf") as scan:
        assert texts(scan.page(1)) == ["Total due 12.30"]
        [child] = [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()][-1:]
        os.kill(child, signal.SIGSEGV)
        with pytest.raises(PermanentError, match="page 3 makes the PDF reader fail") as caught:
            scan.page(3)
        assert caught.value.code == "pdf_corrupt"
        assert texts(scan.page(3)) == ["Total due 12.30"]


def test_reader_is_kept_for_next_file(tmp_path: Path, readers: PdfReaderPool) -> None:
    good, bad = pdf_with(tmp_path / "a.pdf", [(72, 72, "a")]), tmp_path / "b.pdf"
    bad.write_bytes(b"%PDF-1.7\n")
    first_page(good)
    [kept] = readers._idle
    first_page(good)
    assert readers._idle == [kept]
    with pytest.raises(PermanentError):
        first_page(bad)
    assert readers._idle == []  # it has met a bad file
    assert not kept.is_running


@pytest.mark.parametrize(
    ("size", "code"),
    [((14_000, 100), "page_too_narrow"), ((100, 14_000), "page_too_narrow"), ((20_000, 20_000), "page_too_large")],
)
def test_impossible_page_sizes_are_refused(tmp_path: Path, size: tuple[float, float], code: str) -> None:
    with pytest.raises(PermanentError) as caught:
        first_page(finished(new_pdf(size), tmp_path / "a.pdf"))
    assert caught.value.code == code


def test_long_roll_respects_side_limit(tmp_path: Path) -> None:
    page = first_page(finished(new_pdf((164, 14_000)), tmp_path / "roll.pdf"), Limits(side_pixels=5_000))
    assert page.height == pytest.approx(5_000, abs=1)
