"""Renders the layout of a document as hOCR 1.2 and as ALTO 4.4: corrected words with their boxes.

Boxes are in pixels of the page image that was recognised, see `document.Page`. Words have no characters that XML 1.0
does not allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from xml.sax.saxutils import quoteattr

from scanproof.document import Box, Document, Line, Page
from scanproof.placement import PlacedWord, place_words

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
_XHTML = "http://www.w3.org/1999/xhtml"


def hocr_ends(document: Document) -> tuple[bytes, bytes]:
    """Renders what stands before and behind the pages of a hOCR file."""
    head = Element("head")
    SubElement(head, "title").text = _xml(document.source.name)
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "ocr-system", "content": "Scanproof"})
    SubElement(head, "meta", {"name": "ocr-capabilities", "content": "ocr_page ocr_par ocr_line ocrx_word"})
    language = quoteattr(document.language or "und")
    opening = f"<!DOCTYPE html>\n<html xmlns={quoteattr(_XHTML)} lang={language}>\n"
    return opening.encode() + _rendered(head) + b"<body>\n", b"</body>\n</html>\n"


def hocr_page(page: Page) -> bytes:
    """Renders a page as hOCR: lines and words; ``x_wconf`` is the recognition's confidence in per cent.

    All lines are in one paragraph: OCRmyPDF ignores lines outside of any.
    """
    size = Box(left=0, top=0, right=page.width, bottom=page.height)
    title = f"{_bbox(size)}; ppageno {page.number - 1}; scan_res {page.dpi:.0f} {page.dpi:.0f}"
    sheet = Element("div", {"class": "ocr_page", "id": f"page_{page.number}", "title": title})
    lines = list(_lines(page))
    if not lines:
        return _rendered(sheet)
    around = _bbox(Box.around([line.box for line, _ in lines]))
    paragraph = SubElement(sheet, "p", {"class": "ocr_par", "id": f"par_{page.number}", "title": around})
    for number, (line, words) in enumerate(lines, start=1):
        place = f"{page.number}_{number}"
        row = SubElement(paragraph, "span", {"class": "ocr_line", "id": f"line_{place}", "title": _bbox(line.box)})
        row.tail = "\n"
        for index, word in enumerate(words, start=1):
            attributes = {"class": "ocrx_word", "id": f"word_{place}_{index}", "title": _word_title(word)}
            element = SubElement(row, "span", attributes)
            element.text = _xml(word.text)
            element.tail = " "
    return _rendered(sheet)


def alto_ends(document: Document) -> tuple[bytes, bytes]:
    """Renders what stands before and behind the pages of an ALTO file."""
    description = Element("Description")
    SubElement(description, "MeasurementUnit").text = "pixel"
    SubElement(SubElement(description, "sourceImageInformation"), "fileName").text = _xml(document.source.name)
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<alto xmlns={quoteattr(_ALTO)}>\n'
    return opening.encode() + _rendered(description) + b"<Layout>\n", b"</Layout>\n</alto>\n"


def alto_page(page: Page) -> bytes:
    """Renders a page as ALTO: one text block, lines and words; ``WC`` is the recognition's confidence."""
    size = {"WIDTH": str(page.width), "HEIGHT": str(page.height)}
    sheet = Element("Page", {"ID": f"page_{page.number}", "PHYSICAL_IMG_NR": str(page.number), **size})
    space = SubElement(sheet, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    lines = list(_lines(page))
    if lines:
        around = Box.around([line.box for line, _ in lines])
        block = SubElement(space, "TextBlock", {"ID": f"block_{page.number}", **_position(around)})
        for number, (line, words) in enumerate(lines, start=1):
            row = SubElement(block, "TextLine", {"ID": f"line_{page.number}_{number}", **_position(line.box)})
            for index, word in enumerate(words):
                if index:
                    SubElement(row, "SP")
                confidence = {} if word.confidence is None else {"WC": f"{word.confidence:.2f}"}
                SubElement(row, "String", {"CONTENT": _xml(word.text), **_position(word.box), **confidence})
    return _rendered(sheet)


def _lines(page: Page) -> Iterable[tuple[Line, list[PlacedWord]]]:
    """Yields the lines that have words, with their words; ALTO has no empty lines."""
    placed = ((line, [word for word in place_words(line) if _xml(word.text)]) for line in page.lines)
    return ((line, words) for line, words in placed if words)


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _bbox(box: Box) -> str:
    return f"bbox {box.left:.0f} {box.top:.0f} {box.right:.0f} {box.bottom:.0f}"


def _word_title(word: PlacedWord) -> str:
    confidence = "" if word.confidence is None else f"; x_wconf {100 * word.confidence:.0f}"
    return _bbox(word.box) + confidence


def _position(box: Box) -> dict[str, str]:
    return {
        "HPOS": f"{box.left:.1f}",
        "VPOS": f"{box.top:.1f}",
        "WIDTH": f"{box.right - box.left:.1f}",
        "HEIGHT": f"{box.bottom - box.top:.1f}",
    }


def _rendered(element: Element) -> bytes:
    content: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=False)
    return content + b"\n"
