"""Makes the sample scans and ``expected.json``, their true texts and key fields.

Needs these Debian packages for their fonts: fonts-liberation2 fonts-crosextra-carlito fonts-crosextra-caladea
fonts-courier-prime fonts-noto-core fonts-noto-cjk; and from requirements/dev.txt Pillow, OpenCV, fpdf2 and pikepdf.

    python samples/make_samples.py [FOLDER]

It made the samples in the repository. The same fonts and libraries give the same images.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
from fpdf import FPDF
from making import business, digital, notes, reports, wear
from making.sheet import DPI, Sheet
from PIL import Image

_SEED = 20231116


@dataclass(frozen=True)
class Expected:
    """The expected result of a sample: the text of each page and key fields, or the code with which it fails."""

    language: str | None = None
    pages: list[str] = field(default_factory=list)
    fields: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None


def clean_letter(path: Path) -> Expected:
    """Makes a good scan of a good print."""
    sheet = business.clean_letter()
    _save_png(wear.tilted(sheet.image, 0.25), path)
    return Expected("en", [sheet.text])


def noisy_invoice(path: Path) -> Expected:
    """Makes a coarse scan of a worn typewriter's text with dust on the glass: engines confuse similar letters."""
    generator = np.random.default_rng(_SEED)
    sheet = business.noisy_invoice()
    image = wear.uneven_ink(sheet.image, generator, 0.8)
    image = wear.eroded_edges(image, generator, 60)
    image = wear.blurred(wear.scanned_at(wear.tilted(image, -0.6), 0.36), 0.8)
    _save_png(wear.speckled(image, generator, 0.3), path)
    fields = {
        "invoice_number": "MF-20418",
        "invoice_date": "2024-03-18",
        "due_date": "2024-04-17",
        "total": "264.66",
        "currency": "GBP",
    }
    return Expected("en", [sheet.text], fields)


def french_invoice(path: Path) -> Expected:
    """Makes an invoice with accents, decimal commas and euro signs."""
    sheet = business.french_invoice()
    _save_png(wear.tilted(sheet.image, -0.2), path)
    fields = {
        "invoice_number": "F-2024-0317",
        "invoice_date": "2024-06-12",
        "due_date": "2024-07-12",
        "total": "698.52",
        "currency": "EUR",
    }
    return Expected("fr", [sheet.text], fields)


def receipt_photo(path: Path) -> Expected:
    """Makes a hand-held photo of a receipt on a table, with a shadow across it."""
    generator = np.random.default_rng(_SEED + 1)
    sheet = business.receipt()
    scene = wear.photographed(sheet.image, (1200, 1600), generator)
    scene.save(path, quality=72, optimize=True)
    return Expected("en", [sheet.text], {"total": "45.16", "currency": "GBP"})


def polish_note(path: Path) -> Expected:
    """Makes a note with ą ć ę ł ń ó ś ź ż."""
    return _note(path, notes.polish_note(), "pl")


def chinese_note(path: Path) -> Expected:
    """Makes a note in simplified Chinese."""
    return _note(path, notes.chinese_note(), "zh-Hans")


def vietnamese_note(path: Path) -> Expected:
    """Makes a note with letters that RapidOCR cannot recognise: the document must have a warning."""
    return _note(path, notes.vietnamese_note(), "vi")


def report_pdf(path: Path) -> Expected:
    """Makes a PDF of three scanned pages without a text layer."""
    generator = np.random.default_rng(_SEED + 2)
    sheets = reports.report()
    tilts = (0.3, -0.4, 0.2)
    pdf = _pdf()
    for sheet, tilt in zip(sheets, tilts, strict=True):
        scan = io.BytesIO()
        wear.eroded_edges(wear.tilted(sheet.image, tilt), generator, 18).save(scan, "JPEG", quality=55)
        pdf.add_page()
        pdf.image(scan, 0, 0, 595, 842)
    path.write_bytes(bytes(pdf.output()))
    return Expected("en", [sheet.text for sheet in sheets])


def multi_page_tiff(path: Path) -> Expected:
    """Makes a fax: two pages in black and white, compressed as Group 4."""
    sheets = reports.fax()
    pages = [wear.tilted(sheet.image, 0.3).point(lambda grey: 255 * (grey > 140)).convert("1") for sheet in sheets]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="group4", dpi=(204, 204))
    return Expected("en", [sheet.text for sheet in sheets])


def born_digital_pdf(path: Path) -> Expected:
    """Makes a born-digital invoice: its text is used as it is."""
    pdf = _pdf()
    text = digital.invoice(pdf)
    path.write_bytes(bytes(pdf.output()))
    fields = {
        "invoice_number": "2024-00871",
        "invoice_date": "2024-05-06",
        "due_date": "2024-06-05",
        "total": "1487.50",
        "currency": "EUR",
    }
    return Expected("en", [text], fields)


def encrypted_pdf(path: Path) -> Expected:
    """Makes a PDF that needs a password."""
    plain = _pdf()
    digital.invoice(plain)
    with pikepdf.open(io.BytesIO(bytes(plain.output()))) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(user="open sesame", owner="open sesame"), static_id=False)
    return Expected(failure="pdf_encrypted")


def not_an_image(path: Path) -> Expected:
    """Makes a text file named as an image."""
    path.write_text("Minutes of the allotment society, saved under the wrong name by mistake.\n", encoding="utf-8")
    return Expected(failure="unknown_format")


SAMPLES: Mapping[str, Callable[[Path], Expected]] = {
    "clean-letter.png": clean_letter,
    "noisy-invoice.png": noisy_invoice,
    "report-3-pages.pdf": report_pdf,
    "multi-page.tiff": multi_page_tiff,
    "born-digital.pdf": born_digital_pdf,
    "receipt-photo.jpg": receipt_photo,
    "french-invoice.png": french_invoice,
    "polish-note.png": polish_note,
    "chinese-note.png": chinese_note,
    "vietnamese-note.png": vietnamese_note,
    "encrypted.pdf": encrypted_pdf,
    "not-an-image.png": not_an_image,
}


def _note(path: Path, sheet: Sheet, language: str) -> Expected:
    _save_png(wear.tilted(sheet.image, 0.2), path)
    return Expected(language, [sheet.text])


def _save_png(image: Image.Image, path: Path) -> None:
    wear.posterised(image).save(path, optimize=True, bits=4, dpi=(DPI, DPI))


def _pdf() -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_creation_date(datetime(2024, 1, 1, tzinfo=UTC))
    return pdf


def main(folder: Path) -> None:
    """Writes all samples and ``expected.json`` into ``folder``."""
    expected = {name: asdict(make(folder / name)) for name, make in SAMPLES.items()}
    text = json.dumps(expected, ensure_ascii=False, indent=2)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
