"""RapidOCR with the PP-OCRv6 small models in its wheel: printed text, no network access, no files written.

RapidOCR detects segments of text, crops each and decodes it character by character (CTC). Its own word boxes assign
confidences wrongly after every space, so this module computes words from the columns where characters were decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray
from PIL import Image

from scanproof.document import PageFlag
from scanproof.language import missing_letters
from scanproof.ocr.confidence import weighted_confidence
from scanproof.ocr.engine import Layout, RecognisedPage, check_handwritten
from scanproof.ocr.lattice import build_lattice
from scanproof.ocr.line_recogniser import LineRecogniser
from scanproof.ocr.orientation import Pixels, Quads, Reading, as_they_lie
from scanproof.ocr.posterior import PosteriorDecoder, posterior_of
from scanproof.ocr.segments import Segment, group_into_rows, line_of
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
# the full image. Turning upside-down segments is off: pages are turned upright before (see ``orientation``). Against
# RapidOCR's defaults: docs/measurements.md, "Recognition".
_SETTINGS: dict[str, Any] = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Global.use_preprocess_img": False,
    "Global.use_vertical_padding": False,
    "Global.return_word_box": True,
    "Det.limit_type": "max",
    "Det.limit_side_len": _DETECTION_SIDE,
    "Cls.model_path": str(_MODELS / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


@dataclass(frozen=True)
class _Located:
    """The text that was located on one image.

    Attributes:
        image: the image.
        pixels: BGR, with ``padding`` rows above and below.
        quads: [n, 4, 2] in ``pixels``.
    """

    image: Image.Image
    pixels: Pixels
    padding: int
    quads: NDArray[np.float32]


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
        ocr: Any = rapidocr.RapidOCR(
            params={**_SETTINGS, "EngineConfig.onnxruntime.intra_op_num_threads": threads}  # of the classifier
        )
        ocr.text_det = load_detector(ocr.cfg.Det, _MODELS / "PP-OCRv6_det_small.onnx", threads)
        recogniser = LineRecogniser(_MODELS / "PP-OCRv6_rec_small.onnx", threads)
        recogniser.wrap_decoders(PosteriorDecoder)
        ocr.text_rec = recogniser
        self._ocr = ocr
        self.alphabet = frozenset(recogniser.alphabet)
        self._located: _Located | None = None

    @property
    def text_locator(self) -> RapidOcrEngine:
        """This engine: it locates text with the detection that it also recognises from."""
        return self

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
        segments, confidence = self._segments(image)
        rows = group_into_rows(segments)
        lines = tuple(line_of(row) for row in rows)
        lattice = build_lattice(rows)
        text = "\n".join(line.raw for line in lines)
        missing = missing_letters(language, text, self.alphabet)
        if missing is None:
            return RecognisedPage(lines, lattice=lattice, confidence=confidence)
        name, letters = missing
        warning = f"RapidOCR cannot recognise these letters of {name}; it omits or replaces them: {letters}"
        return RecognisedPage(lines, (warning,), (PageFlag.MISSING_LETTERS,), lattice, confidence)

    def free(self) -> None:
        """Forgets the text that was located on the last page; other memory is limited (see `text_detector`)."""
        self._located = None

    def locate(self, image: Image.Image) -> Quads:
        """Returns the segments of text on ``image``; `recognise` of the same image does not locate them again."""
        located = self._locate(image)
        return as_they_lie(located.quads.astype(np.float64) - np.array([0, located.padding]))

    def crop(self, image: Image.Image, quads: Quads) -> list[Pixels]:
        """Cuts out segments; those higher than wide are turned to the left."""
        located = self._locate(image)
        padded_quads = (quads + np.array([0, located.padding])).astype(np.float32)
        return list(self._ocr.crop_text_regions(located.pixels, padded_quads))

    def upside_down(self, crops: Sequence[Pixels]) -> list[float]:
        """Returns for each crop -1 (surely upright) to 1 (surely upside down)."""
        if self._ocr.text_cls is None:  # RapidOCR loads it with its first use
            self._ocr.cls_and_rotate(list(crops[:1]))
        classifier: Any = self._ocr.text_cls
        found = classifier(list(crops)).cls_res
        return [float(score) if label == "180" else -float(score) for label, score in found]

    def read(self, crops: Sequence[Pixels]) -> list[Reading]:
        """Recognises crops, each on its own."""
        found: Any = self._ocr.recognize_txt(list(crops))
        return [Reading(text, float(score)) for text, score in zip(found.txts, found.scores, strict=True)]

    def _locate(self, image: Image.Image) -> _Located:
        if self._located is None or self._located.image is not image:
            pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])  # OpenCV's order: blue, green, red
            padding = _padding(*image.size)
            padded: Any = cv2.copyMakeBorder(pixels, padding, padding, 0, 0, cv2.BORDER_REPLICATE)
            detector: Any = self._ocr.text_det
            detector.limit_side_len = _detection_side(*image.size)
            boxes = detector(padded).boxes
            quads = np.empty((0, 4, 2), dtype=np.float32) if boxes is None else np.asarray(boxes, dtype=np.float32)
            self._located = _Located(image, padded, padding, quads)
        return self._located

    def _segments(self, image: Image.Image) -> tuple[list[Segment], float | None]:
        """Returns the segments that can be read, and the confidence of all that were detected."""
        located = self._locate(image)
        self._located = None
        if not len(located.quads):
            return [], None
        recognised: Any = self._ocr.recognize_txt(self._ocr.crop_text_regions(located.pixels, located.quads))
        quads = (located.quads - (0, located.padding)).clip(0, image.size)
        found = zip(quads, recognised.txts, recognised.scores, recognised.word_results, strict=True)
        segments = [
            Segment.from_ctc(quad, text, info.word_cols, info.line_txt_len, info.confs, posterior_of(info))
            for quad, text, score, info in found
            if text.strip() and score >= _MIN_CONFIDENCE
        ]
        return segments, weighted_confidence(zip(recognised.txts, map(float, recognised.scores), strict=True))


def _padding(width: int, height: int) -> int:
    """Computes the pixels to add above and below: text is not detected on low or flat images, such as a single line."""
    target = max(_MIN_HEIGHT, min(width // _MAX_ASPECT, _MAX_PADDED_HEIGHT))
    return max(0, (target - height + 1) // 2)


def _detection_side(width: int, height: int) -> int:
    """Computes the longer side for detection: more for a long strip, whose letters would become illegible."""
    aspect = max(width, height) / min(width, height)
    return round(min(max(_DETECTION_SIDE, _DETECTION_SHORT_SIDE * aspect), _DETECTION_MAX_SIDE))
