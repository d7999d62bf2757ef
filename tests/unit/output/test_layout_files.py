"""hOCR and ALTO: corrected words with boxes."""

from __future__ import annotations

from xml.etree import ElementTree

from scanproof.document import Box, Document, Line, Word
from scanproof.options import Output
from scanproof.output.files import output_files
from tests.builders import document, edit, page

RAW = 'Inv0ice "7" <b>'
LINE = Line(
    raw=RAW,
    text='Invoice "7" <b>',
    box=Box(left=10, top=20, right=160, bottom=40),
    words=(
        Word(start=0, end=7, box=Box(left=10, top=20, right=80, bottom=40), confidence=0.81),
        Word(start=8, end=11, box=Box(left=90, top=20, right=120, bottom=40)),
        Word(start=12, end=15, box=Box(left=130, top=20, right=160, bottom=40)),
    ),
    edits=(edit(RAW, 3, 4, "o"),),
)
CONTROL = Line(raw="\x00\x0b", text="\x00\x0b", box=Box(left=0, top=0, right=1, bottom=1))
DOCUMENT = document(page(1, LINE, CONTROL), page(2))
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def parsed(output: Output, of: Document = DOCUMENT) -> ElementTree.Element:
    [file] = [file for file in output_files(of, {output}) if file.name != "document.json"]
    return ElementTree.fromstring(file.content)


def test_alto_states_words_and_boxes() -> None:
    root = parsed(Output.ALTO)
    words = root.findall(f".//{ALTO}String")
    assert [word.get("CONTENT") for word in words] == ["Invoice", '"7"', "<b>"]
    assert [words[0].get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")] == [
        "10.0",
        "20.0",
        "70.0",
        "20.0",
        "0.81",
    ]
    assert words[1].get("WC") is None
    assert [page.get("ID") for page in root.findall(f".//{ALTO}Page")] == ["page_1", "page_2"]
    assert len(root.findall(f".//{ALTO}TextLine")) == 1  # a line without words has no place in ALTO


def test_hocr_states_words_and_boxes() -> None:
    root = parsed(Output.HOCR)
    words = [span for span in root.iter(f"{XHTML}span") if span.get("class") == "ocrx_word"]
    assert [word.text for word in words] == ["Invoice", '"7"', "<b>"]
    assert words[0].get("title") == "bbox 10 20 80 40; x_wconf 81"
    [first, second] = [div for div in root.iter(f"{XHTML}div") if div.get("class") == "ocr_page"]
    assert first.get("title") == "bbox 0 0 100 100; ppageno 0; scan_res 300 300"
    assert len(second) == 0


def test_hocr_lines_are_in_a_paragraph() -> None:
    """OCRmyPDF's reader ignores others."""
    root = parsed(Output.HOCR)
    [paragraph] = [each for each in root.iter(f"{XHTML}p") if each.get("class") == "ocr_par"]
    lines = [each for each in root.iter(f"{XHTML}span") if each.get("class") == "ocr_line"]
    assert lines
    assert list(paragraph) == lines
    assert str(paragraph.get("title")).startswith("bbox 10 20 ")


def test_quotes_in_names_stay_harmless() -> None:
    source = DOCUMENT.source.model_copy(update={"name": '"><b onload="x\x01.png'})
    for output in (Output.HOCR, Output.ALTO):
        root = parsed(output, DOCUMENT.model_copy(update={"source": source}))
        assert any(element.text == '"><b onload="x.png' for element in root.iter())
