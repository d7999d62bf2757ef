"""Measures searchable PDFs: reads scans, writes their PDFs and compares the text that PDF libraries find in them.

    python -m benchmarks.searchable_pdf SCAN... [--alto-schema alto-4-4.xsd] [--keep FOLDER]

Prints JSON: files and pages; ``words``; ``pdfium_words``, ``pypdf_words`` and ``poppler_words`` (``pdftotext -raw``):
how many of them each library finds in their order (Unicode NFC, hyphens at line ends as they are), ``pdfium_anywhere``
in any order; ``qpdf_problems``: files that ``qpdf --check`` complains about; ``lines_kept``: files whose line breaks
PDFium keeps; ``iou_median``, ``iou_first_percentile``: overlap of unchanged words with the engine's boxes; ``outside``:
words that leave their line; ``bytes_added`` a page, at most, of files that PDF holds as they are; ``seconds`` a page
for the PDF; ``alto_errors``: files that the schema refuses.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2  # type: ignore[import-untyped]
from lxml import etree
from rapidfuzz.distance import Indel

import scanproof
from scanproof.document import Box, Document, Page, PageSource
from scanproof.opening.media_type import JPEG, PDF
from scanproof.options import Output
from scanproof.output.files import output_files
from scanproof.output.pdf import write_searchable_pdf
from scanproof.placement import corners_on_opened, place_words


@dataclass
class Tally:
    """What was counted over all files."""

    files: int = 0
    pages: int = 0
    words: int = 0
    pdfium_words: int = 0
    pdfium_anywhere: int = 0
    pypdf_words: int = 0
    poppler_words: int = 0
    qpdf_problems: int = 0
    lines_kept: int = 0
    overlaps: list[float] = field(default_factory=list)
    outside: int = 0
    bytes_added: int = 0
    seconds: float = 0.0
    alto_errors: int = 0

    def add(self, source: Path, document: Document, target: Path) -> None:
        """Counts one file."""
        started = time.perf_counter()
        write_searchable_pdf(source, document, target)
        self.seconds += time.perf_counter() - started
        with pikepdf.open(target) as pdf:
            problems = pdf.check_pdf_syntax()
        if problems:
            raise ValueError(f"{target.name}: {problems[0]}")
        self.files += 1
        self.pages += len(document.pages)
        wanted = _words(document.text)
        with pypdfium2.PdfDocument(target) as pdf:
            text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
            for page in document.pages:
                if page.source is PageSource.OCR:
                    self._compare_boxes(page, pdf[page.number - 1])
        self.words += len(wanted)
        self.pdfium_words += _common(wanted, _words(text))
        self.pdfium_anywhere += (Counter(wanted) & Counter(_words(text))).total()
        self.poppler_words += _common(wanted, _words(_output("pdftotext", "-raw", target, "-")))
        checked = subprocess.run(["qpdf", "--check", target], capture_output=True, text=True, check=False)
        if checked.returncode:
            self.qpdf_problems += 1
            print(f"{source.name}: {checked.stdout}{checked.stderr}", file=sys.stderr)
        self.pypdf_words += _common(
            wanted, _words("\n".join(page.extract_text() for page in pypdf.PdfReader(target).pages))
        )
        self.lines_kept += [_words(line) for line in text.splitlines() if line.strip()] == [
            _words(line.text) for page in document.pages for line in page.lines if line.text.strip()
        ]
        if document.source.media_type in (JPEG, PDF):
            added = (target.stat().st_size - source.stat().st_size) / len(document.pages)
            self.bytes_added = max(self.bytes_added, round(added))

    def _compare_boxes(self, page: Page, sheet: pypdfium2.PdfPage) -> None:
        seen = list(_seen_boxes(page, sheet))
        for line in page.lines:
            engine = {(word.start, word.end): word.box for word in line.words}
            for word in place_words(line):
                if not (line.box.left - 1 <= word.box.left and word.box.right <= line.box.right + 1):
                    self.outside += 1
                if not line.edits and (word.start, word.end) in engine:
                    expected = _on_sheet(page, engine[word.start, word.end])
                    self.overlaps.append(
                        max((_overlap(box, expected) for text, box in seen if text == word.text), default=0.0)
                    )

    def report(self) -> dict[str, object]:
        """The figures as printed."""
        counted = {key: value for key, value in vars(self).items() if key != "overlaps"}
        low = sorted(self.overlaps)[len(self.overlaps) // 100] if self.overlaps else None
        return counted | {
            "iou_median": round(statistics.median(self.overlaps), 3) if self.overlaps else None,
            "iou_first_percentile": low and round(low, 3),
            "seconds": round(self.seconds / max(self.pages, 1), 3),
        }


def _words(text: str) -> list[str]:
    text = text.replace("\ufffe", "-").replace("\x02", "-")  # PDFium's signs for a hyphen at a line's end
    return unicodedata.normalize("NFC", text).split()


def _output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _common(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    return (len(wanted) + len(found) - Indel.distance(wanted, found)) // 2


def _seen_boxes(page: Page, sheet: pypdfium2.PdfPage) -> Iterator[tuple[str, Box]]:
    """Yields the words that PDFium finds and their boxes in shares of the visible page."""
    text = sheet.get_textpage()
    everything = text.get_text_range()
    left, bottom, right, top = sheet.get_cropbox()
    start = 0
    for word in everything.split():
        start = everything.index(word, start)
        corners = [text.get_charbox(index, loose=True) for index in range(start, start + len(word))]
        start += len(word)
        xs = [(x - left) / (right - left) for box in corners for x in (box[0], box[2])]
        ys = [(top - y) / (top - bottom) for box in corners for y in (box[1], box[3])]
        yield word, Box(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def _on_sheet(page: Page, box: Box) -> Box:
    corners = corners_on_opened(page, box)
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def _overlap(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(across, 0.0) * max(down, 0.0)
    areas = sum((box.right - box.left) * (box.bottom - box.top) for box in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0


def _alto(document: Document) -> bytes:
    return next(file.content for file in output_files(document, {Output.ALTO}) if file.name.endswith(".xml"))


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", nargs="+", type=Path)
    parser.add_argument("--alto-schema", type=Path, help="XSD to validate ALTO with")
    parser.add_argument("--keep", type=Path, help="folder for text, hOCR and PDF of each scan")
    arguments = parser.parse_args()
    schema = etree.XMLSchema(etree.parse(arguments.alto_schema)) if arguments.alto_schema else None
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for scan in arguments.scans:
            document = scanproof.read(scan)
            kept = (arguments.keep or Path(folder)) / scan.name
            kept.mkdir(parents=True, exist_ok=True)
            for file in output_files(document, {Output.TEXT, Output.HOCR}):
                (kept / file.name).write_bytes(file.content)
            tally.add(scan, document, kept / "document.pdf")
            if schema is not None and not schema.validate(etree.fromstring(_alto(document))):
                tally.alto_errors += 1
    print(json.dumps(tally.report(), indent=1))


if __name__ == "__main__":
    main()
