"""RapidOCR on the sample scans and on small generated images."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
import rapidocr
from PIL import Image
from rapidfuzz.distance import Levenshtein

from scanproof.document import CERTAIN, Page, PageSource
from scanproof.errors import PermanentError
from scanproof.lattice.file_format import decode_lattice, encode_lattice
from scanproof.lattice.model import RESTORED
from scanproof.ocr.page import recognise_page
from scanproof.ocr.rapidocr import RapidOcrEngine
from scanproof.ocr.registry import Engines
from scanproof.opening.scan import open_scan
from scanproof.options import ScanOptions
from tests.unit.opening.paper import page_image

pytestmark = pytest.mark.slow  # every test runs the engine

SAMPLES = Path(__file__).parents[3] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines(threads=1)


@pytest.fixture(scope="module")
def engine() -> RapidOcrEngine:
    return RapidOcrEngine(threads=1)


def read(name: str, number: int, engine: RapidOcrEngine, language: str | None = None) -> Page:
    path = SAMPLES / name
    with open_scan(path, name) as scan:
        assert scan.page_count == len(EXPECTED[name]["pages"])
        return recognise_page(scan.page(number), number, engine, language)[0]


def error_rate(page: Page, name: str) -> float:
    truth = EXPECTED[name]["pages"][page.number - 1]
    return Levenshtein.distance(page.raw_text, truth) / len(truth)


def test_clean_letter_words_and_boxes(engine: RapidOcrEngine) -> None:
    page = read("clean-letter.png", 1, engine)
    assert error_rate(page, "clean-letter.png") < 0.005
    for line in page.lines:
        assert [line.raw[word.start : word.end] for word in line.words] == line.raw.split()
        lefts = [word.box.left for word in line.words]
        assert lefts == sorted(lefts)
        assert all(0 <= word.box.left < word.box.right <= page.width for word in line.words)
        assert all(line.confidence is not None and word.confidence is not None for word in line.words)
    name = page.lines[2]
    assert name.raw == "Mrs Adelaide Penhallow"
    assert name.words[0].box.left == pytest.approx(148, abs=8)  # its position in make_samples.py, slightly skewed
    assert name.words[2].box.right == pytest.approx(395, abs=10)


@pytest.mark.parametrize(
    ("name", "number"), [("multi-page.tiff", 2), ("report-3-pages.pdf", 2), ("receipt-photo.jpg", 1)]
)
def test_lines_are_in_reading_order(engine: RapidOcrEngine, name: str, number: int) -> None:
    assert error_rate(read(name, number, engine), name) < 0.03


def test_chinese_and_polish_are_recognised(engine: RapidOcrEngine) -> None:
    for name in ("chinese-note.png", "polish-note.png"):
        page = read(name, 1, engine, EXPECTED[name]["language"])
        assert error_rate(page, name) < 0.005
        assert page.warnings == ()


def test_missing_letters_give_warning(engine: RapidOcrEngine) -> None:
    (warning,) = read("vietnamese-note.png", 1, engine, language=None).warnings
    assert "Vietnamese" in warning
    assert all(letter in warning for letter in "ốổộ")


def test_worn_page_has_recognition_errors(engine: RapidOcrEngine) -> None:
    page = read("noisy-invoice.png", 1, engine)
    truth = Counter(EXPECTED["noisy-invoice.png"]["pages"][0].split())
    misread = truth - Counter(page.raw_text.split())
    assert misread.total() >= 8
    assert error_rate(page, "noisy-invoice.png") < 0.08


def test_born_digital_page_skips_ocr(engine: RapidOcrEngine) -> None:
    page = read("born-digital.pdf", 1, engine)
    assert page.source is PageSource.TEXT_LAYER
    assert page.raw_text == EXPECTED["born-digital.pdf"]["pages"][0]


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected["failure"]])
def test_failing_samples_are_refused(name: str) -> None:
    with pytest.raises(PermanentError) as caught, open_scan(SAMPLES / name, name):
        pass
    assert caught.value.code == EXPECTED[name]["failure"]


@pytest.mark.parametrize("size", [(300, 200), (1, 1), (3000, 2), (2, 3000)])
def test_blank_images_have_no_lines(engine: RapidOcrEngine, size: tuple[int, int]) -> None:
    assert engine.recognise(Image.new("RGB", size, "white"), 150).lines == ()


def test_single_line_strip_is_read(engine: RapidOcrEngine) -> None:
    strip = page_image((900, 40), "Invoice number 4711", points=24).crop((0, 14, 900, 54))
    (line,) = engine.recognise(strip, 150).lines
    assert line.raw == "Invoice number 4711"
    assert 0 <= line.box.top < line.box.bottom <= 40


def test_long_till_roll_is_read(engine: RapidOcrEngine) -> None:
    rows = [f"{number} Ginger biscuit 4.05" for number in range(0, 60, 12)]
    roll = Image.new("RGB", (480, 6000), "white")
    for number, row in enumerate(rows):
        roll.paste(page_image((480, 80), row, points=26), (0, 1400 * number))
    assert [line.raw for line in engine.recognise(roll, 200).lines] == rows


def test_recognition_is_deterministic(engine: RapidOcrEngine) -> None:
    image = page_image((700, 300), "Total due 264.66\nThank you for your custom")
    assert engine.recognise(image, 150) == engine.recognise(image, 150)


def test_unsupported_options_are_refused(engines: Engines) -> None:
    for options, code in (
        (ScanOptions(handwritten=True), "handwritten_unsupported"),
        (ScanOptions(language="xx"), "unknown_language"),
    ):
        with pytest.raises(PermanentError) as caught:
            engines.get(options)
        assert caught.value.code == code


def test_lattice_explains_the_text(engine: RapidOcrEngine) -> None:
    with open_scan(SAMPLES / "noisy-invoice.png", "noisy-invoice.png") as scan:
        page, lattice = recognise_page(scan.page(1), 1, engine)
    assert lattice is not None
    assert page.has_lattice
    decoded = decode_lattice(encode_lattice(lattice, page), page)
    assert decoded == lattice
    for line, segments in zip(page.lines, decoded.lines, strict=True):
        assert [line.raw[segment.end : segment.end + 1] for segment in segments[:-1]] == [" "] * (len(segments) - 1)
        for segment in segments:
            text = line.raw[segment.start : segment.end]
            own = [letter for letter, step in zip(text, segment.positions, strict=True) if step != RESTORED]
            assert decoded.best_path(segment).strip() == "".join(own)
        found = {
            index: probability
            for segment in segments
            for index, probability in enumerate(segment.probabilities(), start=segment.start)
        }
        for word in line.words:
            letters = [found[index] for index in range(word.start, word.end)]
            if word.character_confidences:
                assert word.character_confidences == pytest.approx(letters, abs=0.0011)
            else:
                assert min(letter for letter in letters if letter is not None) >= CERTAIN - 0.0011


def test_engine_writes_no_files_or_logs(capfd: pytest.CaptureFixture[str]) -> None:
    installed = Path(rapidocr.__file__).parent

    def files() -> dict[str, int]:
        return {
            os.fspath(path): path.stat().st_mtime_ns
            for path in installed.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }

    before = files()
    fresh = RapidOcrEngine(threads=1)
    fresh.recognise(Image.new("RGB", (300, 200), "white"), 150)
    assert files() == before
    assert capfd.readouterr() == ("", "")
