"""The visible text of PDF pages is used as it is; all other pages are rendered."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from scanproof.document import PageFlag
from scanproof.opening.limits import Limits
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage, OpenedPage, TextPage
from tests.unit.opening.paper import draw_scan, finished, new_pdf, page_image, pdf_with, write

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
