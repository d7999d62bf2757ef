"""Reads hOCR files with OCRmyPDF's reader, and its PDF of them with PDFium, and compares the words with the text.

    python -m venv .venv-hocr && .venv-hocr/bin/pip install ocrmypdf
    .venv-hocr/bin/python benchmarks/hocr_round_trip.py FOLDER...

A folder holds ``document.hocr`` and ``document.txt`` of one document, as `scanproof read -o` and
``python -m benchmarks.searchable_pdf --keep`` write them. Prints JSON: ``words`` of the texts, ``read`` of them in
their order by the reader, ``in_pdf`` by PDFium in the PDF that OCRmyPDF makes of the hOCR, in any order.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import ocrmypdf
import pypdfium2
from ocrmypdf.font import MultiFontManager
from ocrmypdf.fpdf_renderer import Fpdf2PdfRenderer
from ocrmypdf.hocrtransform.hocr_parser import HocrParser
from ocrmypdf.models.ocr_element import OcrElement

_PAGE = re.compile(r'<div class="ocr_page".*?</div>', re.DOTALL)
_FONTS = Path(ocrmypdf.__file__).parent / "data"


def pages(hocr: str) -> Iterator[str]:
    """Yields each page of a file as a file of its own: the reader takes the first one only."""
    head, tail = hocr[: hocr.index("<body>") + len("<body>")], "</body></html>"
    for page in _PAGE.findall(hocr):
        yield head + page + tail


def words(text: str) -> list[str]:
    """Splits a text as both readers see it."""
    text = text.replace("\ufffe", "-").replace("\x02", "-")
    return unicodedata.normalize("NFKC", text).split()


def texts_of(element: OcrElement) -> Iterator[str]:
    """Yields the words below an element."""
    if element.ocr_class == "ocrx_word":
        yield element.text
    for child in element.children:
        yield from texts_of(child)


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    counts: Counter[str] = Counter()
    fonts = MultiFontManager(_FONTS)
    for folder in parser.parse_args().folders:
        hocr = (folder / "document.hocr").read_text(encoding="utf-8")
        text = (folder / "document.txt").read_text(encoding="utf-8")
        for page, expected in zip(pages(hocr), text.split("\f"), strict=True):
            with tempfile.TemporaryDirectory() as scratch:
                file, target = Path(scratch) / "page.hocr", Path(scratch) / "page.pdf"
                file.write_text(page, encoding="utf-8")
                parsed = HocrParser(file).parse()
                Fpdf2PdfRenderer(page=parsed, dpi=parsed.dpi, multi_font_manager=fonts, invisible_text=True).render(
                    target
                )
                with pypdfium2.PdfDocument(target) as pdf:
                    shown = words("\n".join(each.get_textpage().get_text_range() for each in pdf))
            wanted, read = words(expected), words(" ".join(texts_of(parsed)))
            matcher = SequenceMatcher(None, wanted, read, autojunk=False)
            counts["pages"] += 1
            counts["words"] += len(wanted)
            counts["read"] += sum(block.size for block in matcher.get_matching_blocks())
            counts["in_pdf"] += (Counter(wanted) & Counter(shown)).total()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
