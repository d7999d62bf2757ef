"""The line recogniser against the whole output layer, and against RapidOCR's own recogniser."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rapidocr
from PIL import Image
from rapidocr.ch_ppocr_rec import TextRecInput

from scanproof.ocr.line_recogniser import LineRecogniser, is_east_asian, is_east_asian_letter
from tests.unit.opening.paper import page_image

pytestmark = pytest.mark.slow  # loads the model

MODEL = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
SAMPLES = Path(__file__).parents[3] / "samples"
TEXTS = ("Invoice number 4711", "£45.16", "Zażółć gęślą jaźń", "x")


@pytest.fixture(scope="module")
def recogniser() -> LineRecogniser:
    return LineRecogniser(MODEL, threads=1)


@pytest.fixture(scope="module")
def own() -> Any:
    settings = {"Global.log_level": "error", "Rec.model_path": str(MODEL), "Rec.rec_batch_num": 1}
    return rapidocr.RapidOCR(params=settings)._load_rec_model()


def crops() -> list[np.ndarray]:
    return [np.asarray(page_image((24 * len(text), 60), text, points=24)) for text in TEXTS]


@cache
def chinese() -> list[np.ndarray]:
    page = np.asarray(Image.open(SAMPLES / "chinese-note.png").convert("RGB"))
    engine = rapidocr.RapidOCR(params={"Global.log_level": "error", "Global.use_cls": False})
    cropped, _ = engine.detect_and_crop(page, {})
    return list(cropped)


def read(recogniser: Any, images: list[np.ndarray]) -> Any:
    return recogniser(TextRecInput(img=images, return_word_box=True))


def test_padded_like_rapidocr_reads_the_same(own: Any) -> None:
    expected = read(own, crops())
    found = read(LineRecogniser(MODEL, threads=1, min_width=320), crops())
    assert found.txts == expected.txts
    assert found.scores == pytest.approx(expected.scores, abs=0.02)
    for mine, other in zip(found.word_results, expected.word_results, strict=True):
        assert mine.word_cols == other.word_cols
        assert mine.line_txt_len == pytest.approx(other.line_txt_len, abs=0.2)


def test_east_asian_page_uses_all_characters(recogniser: LineRecogniser, own: Any) -> None:
    images = chinese()
    everything = LineRecogniser(MODEL, threads=1, all_characters=True)
    assert read(recogniser, images).txts == read(everything, images).txts
    assert read(everything, images).txts == read(own, images).txts


def test_single_east_asian_line_is_read(recogniser: LineRecogniser) -> None:
    line = max(chinese(), key=lambda crop: crop.shape[1])
    [*_, last] = read(recogniser, [*crops() * 5, line]).txts
    assert sum(map(is_east_asian_letter, last)) > 10


def test_latin_lines_have_no_fullwidth_signs(recogniser: LineRecogniser) -> None:
    assert not any(is_east_asian(letter) for text in read(recogniser, crops()).txts for letter in text)


def test_wrapped_decoders_see_posteriors(recogniser: LineRecogniser) -> None:
    seen = []

    def wrap(decoder: Any) -> Any:
        def decode(probabilities: Any, *arguments: Any, **named: Any) -> Any:
            seen.append((probabilities.shape[2], len(decoder.character), float(probabilities.sum(axis=2).min())))
            return decoder(probabilities, *arguments, **named)

        return decode

    fresh = LineRecogniser(MODEL, threads=1)
    fresh.wrap_decoders(wrap)
    read(fresh, crops()[:1])
    [(size, characters, least)] = seen
    assert size == characters < len(fresh.alphabet)
    assert least == pytest.approx(1, abs=1e-3)


def test_no_lines_give_no_results(recogniser: LineRecogniser) -> None:
    assert read(recogniser, []).txts == ()
