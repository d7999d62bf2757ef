"""The detector against RapidOCR's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rapidocr
from PIL import Image

from scanproof.ocr import text_detector
from scanproof.ocr.text_detector import load_detector

SAMPLES = Path(__file__).parents[3] / "samples"
MODEL = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_det_small.onnx"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clean-letter.png", "receipt-photo.jpg"])
def test_finds_exactly_what_rapidocr_finds(name: str) -> None:
    ocr: Any = rapidocr.RapidOCR(params={"Global.log_level": "error", "Det.model_path": str(MODEL)})
    own = ocr._load_det_model()
    ours = load_detector(ocr.cfg.Det, MODEL, 1)
    page = np.asarray(Image.open(SAMPLES / name).convert("RGB"))
    assert np.array_equal(ours.get_preprocess()(page), own.get_preprocess()(page))
    expected, found = own(page), ours(page)
    assert len(expected.boxes) > 10
    assert np.array_equal(found.boxes, expected.boxes)
    assert found.scores == pytest.approx(expected.scores, abs=1e-6)


def test_memory_of_large_images_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    ocr: Any = rapidocr.RapidOCR(params={"Global.log_level": "error"})
    detector = load_detector(ocr.cfg.Det, MODEL, 1)
    detector.limit_side_len = 128
    released: list[object] = []
    release = text_detector.release_memory
    monkeypatch.setattr(text_detector, "release_memory", lambda *given: (released.append(given), release(*given)))
    detector(np.full((128, 96, 3), 255, np.uint8))
    assert not released
    monkeypatch.setattr(text_detector, "_KEPT_PIXELS", 10_000)
    detector(np.full((256, 192, 3), 255, np.uint8))
    assert len(released) == 1
