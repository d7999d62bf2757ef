"""RapidOCR with the PP-OCRv6 small models that its wheel brings: printed text, no network, nothing written.

RapidOCR detects segments of text, cuts each out and reads it character by character (CTC). Its own word boxes lose
count of the confidences at every space, so words are placed here, from the columns where characters were decoded.
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
from scanproof.ocr.engine import Layout, RecognisedPage
from scanproof.ocr.registry import check_handwritten
from scanproof.ocr.segments import Segment, lines_of

_MODELS = Path(rapidocr.__file__).parent / "models"
_MODEL_NAME = "PP-OCRv6-small"
_LEAST_CONFIDENCE = 0.5  # a segment below it is a logo, a stain or a rule more often than text

_DETECTION_SIDE = 1280  # pixels of the longer side of what text is found on
_DETECTION_SHORT_SIDE = 512  # pixels that the shorter side of a till roll keeps, its letters with it
_DETECTION_LONGEST = 6000  # pixels; beyond, finding text would cost more than reading it
_LOWEST = 64  # pixels of height to find text in
_FLATTEST = 8  # width to height
_WIDEST_FRAME = 1000  # pixels; a frame must not cost more than what it frames

# Measured (benchmarks/recognise.py, 20 receipts): 60 % of the time that RapidOCR takes as delivered, 0.967 of the words
# instead of 0.951. Text is found on at most 1280 pixels a side, which loses nothing against full size; segments are
# still cut out of the full image. Read one at a time, they need no padding to a common width. Turning upside-down
# segments is off: it takes time, and a page that lies upside down would come out in the wrong order all the same.
_SETTINGS: dict[str, Any] = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Global.use_preprocess_img": False,
    "Global.use_vertical_padding": False,
    "Global.return_word_box": True,
    "Det.model_path": str(_MODELS / "PP-OCRv6_det_small.onnx"),
    "Det.limit_type": "max",
    "Det.limit_side_len": _DETECTION_SIDE,
    "Rec.model_path": str(_MODELS / "PP-OCRv6_rec_small.onnx"),
    "Rec.rec_batch_num": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class RapidOcrEngine:
    """Reads printed text in Latin, Greek, Chinese and Japanese script.

    Attributes:
        alphabet: every character that it can write.
    """

    name = "rapidocr"
    supports_handwritten = False

    def __init__(self, threads: int = 1) -> None:
        self.version = f"{version('rapidocr')} {_MODEL_NAME}"
        cv2.setNumThreads(threads)
        settings = {**_SETTINGS, "EngineConfig.onnxruntime.intra_op_num_threads": threads}
        self._ocr = rapidocr.RapidOCR(params=settings)
        self.alphabet = self._load_models(self._ocr)

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Reads ``image`` (RGB). Resolution and layout are not used: one model reads all, at its own scale.

        Raises:
            PermanentError: ``handwritten_unsupported``.
        """
        check_handwritten(self, handwritten)
        lines = lines_of(self._segments(image))
        text = "\n".join(line.raw for line in lines)
        missing = missing_letters(language, text, self.alphabet)
        if missing is None:
            return RecognisedPage(lines)
        name, letters = missing
        return RecognisedPage(
            lines, (f"RapidOCR cannot write these letters of {name}; it drops them or gives others: {letters}",)
        )

    def free(self) -> None:
        """Nothing is left from one page to the next."""

    @staticmethod
    def _load_models(ocr: rapidocr.RapidOCR) -> frozenset[str]:
        """Has ``ocr`` load its models now rather than at the first page; gives the characters that it can write."""
        empty = np.full((64, 64, 3), 255, dtype=np.uint8)
        ocr.run_ocr_steps(empty, {})
        ocr.recognize_txt([empty])
        recogniser: Any = ocr.text_rec
        return frozenset(recogniser.postprocess_op.character)

    def _segments(self, image: Image.Image) -> list[Segment]:
        ocr = self._ocr
        pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])  # OpenCV's order: blue, green, red
        margin = _margin(*image.size)
        framed = cv2.copyMakeBorder(pixels, margin, margin, 0, 0, cv2.BORDER_REPLICATE)
        detector: Any = ocr.text_det
        detector.limit_side_len = _detection_side(*image.size)
        detected, _, read, _ = ocr.run_ocr_steps(framed, {})
        if detected.boxes is None or read.txts is None:
            return []
        quads = (detected.boxes - (0, margin)).clip(0, image.size)
        found = zip(quads, read.txts, read.scores, read.word_results, strict=True)
        return [
            Segment.of(quad, text, info.word_cols, info.line_txt_len, info.confs)
            for quad, text, score, info in found
            if text.strip() and score >= _LEAST_CONFIDENCE
        ]


def _margin(width: int, height: int) -> int:
    """Pixels to add above and below: text is not found on a strip that is low, or flat as a single line."""
    wanted = max(_LOWEST, min(width // _FLATTEST, _WIDEST_FRAME))
    return max(0, (wanted - height + 1) // 2)


def _detection_side(width: int, height: int) -> int:
    """The longer side at which text is found: enough for a page, more for a long strip, whose letters would vanish."""
    slimness = max(width, height) / min(width, height)
    return round(min(max(_DETECTION_SIDE, _DETECTION_SHORT_SIDE * slimness), _DETECTION_LONGEST))
