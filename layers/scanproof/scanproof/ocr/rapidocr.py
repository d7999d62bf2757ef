"""RapidOCR with the PP-OCRv6 small models in its wheel: printed text, no network access, no files written.

RapidOCR detects segments of text, crops each and decodes it character by character (CTC). Its own word boxes assign
confidences wrongly after every space, so this module computes words from the columns where characters were decoded.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from PIL import Image

from scanproof.language import missing_letters
from scanproof.ocr.engine import Layout, RecognisedPage, check_handwritten
from scanproof.ocr.line_recogniser import LineRecogniser
from scanproof.ocr.segments import Segment, group_into_lines
from scanproof.ocr.text_detector import load_detector

_MODELS = Path(rapidocr.__file__).parent / "models"
_MODEL_NAME = "PP-OCRv6-small"
_MIN_CONFIDENCE = 0.5  # segments below are more often logos, stains or ruled lines than text

_DETECTION_SIDE = 1280  # pixels of the longer side of the image for detection
_DETECTION_SHORT_SIDE = 512  # pixels that the shorter side of a till roll keeps, so that its letters stay legible
_DETECTION_MAX_SIDE = 6000  # pixels; beyond, detection would take longer than recognition
_MIN_HEIGHT = 64  # pixels; text is not detected on lower images
_MAX_ASPECT = 8  # width to height; text is not detected on flatter images
_MAX_PADDED_HEIGHT = 1000  # pixels; the padding must not cost more than the image

# Detection runs on at most 1280 pixels per side, which loses nothing against full size; segments are still cropped from
# the full image. Turning upside-down segments is off: it takes time, and an upside-down page would still get its lines
# in wrong order. Against RapidOCR's defaults: docs/measurements.md, "Recognition".
_SETTINGS: dict[str, Any] = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Global.use_preprocess_img": False,
    "Global.use_vertical_padding": False,
    "Global.return_word_box": True,
    "Det.limit_type": "max",
    "Det.limit_side_len": _DETECTION_SIDE,
}


class RapidOcrEngine:
    """Recognises printed text in Latin, Greek, Chinese and Japanese script.

    Attributes:
        alphabet: every character that the model can output.
    """

    name = "rapidocr"
    supports_handwritten = False

    def __init__(self, threads: int = 1) -> None:
        self.version = f"{version('rapidocr')} {_MODEL_NAME}"
        cv2.setNumThreads(threads)
        ocr: Any = rapidocr.RapidOCR(params=_SETTINGS)
        ocr.text_det = load_detector(ocr.cfg.Det, _MODELS / "PP-OCRv6_det_small.onnx", threads)
        recogniser = LineRecogniser(_MODELS / "PP-OCRv6_rec_small.onnx", threads)
        ocr.text_rec = recogniser
        self._ocr = ocr
        self.alphabet = frozenset(recogniser.alphabet)

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Recognises the text of ``image`` (RGB). Ignores resolution and layout: one model reads all, at its own scale.

        Raises:
            PermanentError: ``handwritten_unsupported``.
        """
        check_handwritten(self, handwritten)
        lines = group_into_lines(self._segments(image))
        text = "\n".join(line.raw for line in lines)
        missing = missing_letters(language, text, self.alphabet)
        if missing is None:
            return RecognisedPage(lines)
        name, letters = missing
        return RecognisedPage(
            lines, (f"RapidOCR cannot recognise these letters of {name}; it omits or replaces them: {letters}",)
        )

    def free(self) -> None:
        """Does nothing: the memory kept for the next page is limited (see `text_detector`)."""

    def _segments(self, image: Image.Image) -> list[Segment]:
        pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])  # OpenCV's order: blue, green, red
        padding = _padding(*image.size)
        padded = cv2.copyMakeBorder(pixels, padding, padding, 0, 0, cv2.BORDER_REPLICATE)
        self._ocr.text_det.limit_side_len = _detection_side(*image.size)
        detected, _, recognised, _ = self._ocr.run_ocr_steps(padded, {})
        if detected.boxes is None or recognised.txts is None:
            return []
        quads = (detected.boxes - (0, padding)).clip(0, image.size)
        found = zip(quads, recognised.txts, recognised.scores, recognised.word_results, strict=True)
        return [
            Segment.from_ctc(quad, text, info.word_cols, info.line_txt_len, info.confs)
            for quad, text, score, info in found
            if text.strip() and score >= _MIN_CONFIDENCE
        ]


def _padding(width: int, height: int) -> int:
    """Computes the pixels to add above and below: text is not detected on low or flat images, such as a single line."""
    target = max(_MIN_HEIGHT, min(width // _MAX_ASPECT, _MAX_PADDED_HEIGHT))
    return max(0, (target - height + 1) // 2)


def _detection_side(width: int, height: int) -> int:
    """Computes the longer side for detection: more for a long strip, whose letters would become illegible."""
    aspect = max(width, height) / min(width, height)
    return round(min(max(_DETECTION_SIDE, _DETECTION_SHORT_SIDE * aspect), _DETECTION_MAX_SIDE))
