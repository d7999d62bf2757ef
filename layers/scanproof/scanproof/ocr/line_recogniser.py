"""Recognises cropped lines with RapidOCR's recognition model: the same network, used more cheaply.

Two savings, measured by ``benchmarks/recognise.py --ablation``:

- RapidOCR pads each line to 320 pixels, though half of the lines of receipts and invoices are shorter than half of
  that. Lines are padded to 64 pixels, and to 320 only where that reading is uncertain.
- The output layer has 18,710 characters, 16,300 of them East Asian. A line is first decoded with the other 2,400. Only
  where that reading is uncertain does the whole layer decode the line, from the same features.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from rapidocr.ch_ppocr_rec import TextRecInput, TextRecOutput
from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

from scanproof.ocr.onnx_graph import cut, find_last_layer, flush_denormals, metadata, read_weights
from scanproof.ocr.sessions import create_session

_HEIGHT = 48  # pixels of the network's input
_NORMALISED = (np.arange(256, dtype=np.float32) / 255 - 0.5) / 0.5  # of each pixel value
FULL_WIDTH = 320  # pixels to which the network's makers pad narrower lines
_MIN_WIDTH = 64  # pixels of the first try; half of the lines of receipts and invoices are narrower than 160

# From these confidences, of a line and of each of its characters, the first reading stands. A tenth of the lines of
# receipts and invoices is below. Of 631 lines 24 read differently with less padding, 7 of them from these confidences
# on. Lines in Chinese are all below without ideographs, but for the numbers in them.
_CERTAIN = 0.97
_CERTAIN_CHARACTER = 0.7
_MIN_EAST_ASIAN_CONFIDENCE = 0.6  # of one letter at least: stains are read as ideographs, too
_MIN_EAST_ASIAN = 0.1  # share of a page's lines from which the whole layer decodes all of them


class _Decoder(Protocol):
    @property
    def character(self) -> Sequence[str]: ...

    def __call__(
        self, preds: NDArray[np.floating], return_word_box: bool = False, **kwargs: object
    ) -> tuple[list[Any], list[Any]]: ...


class LineRecogniser:
    """Takes the place of RapidOCR's ``TextRecognizer``.

    Attributes:
        alphabet: every character that the model can output, the blank first.
        min_width: pixels to which narrower lines are padded at first.
        all_characters: whether the whole output layer decodes every line.
    """

    def __init__(self, model: Path, threads: int, min_width: int = _MIN_WIDTH, all_characters: bool = False) -> None:
        self.min_width = min_width
        self.all_characters = all_characters
        self._threads = threads
        self._model = flush_denormals(model.read_bytes())
        self._layer = find_last_layer(self._model)
        everything = CTCLabelDecode(metadata(self._model)["character"].splitlines())
        self.alphabet: Sequence[str] = everything.character
        kept = [index for index, character in enumerate(self.alphabet) if not index or not is_east_asian(character)]
        self._kept = kept
        first = CTCLabelDecode([self.alphabet[index] for index in kept[1:-1]])  # it adds blank and space itself
        self._decode_first: _Decoder = first
        self._decode_all: _Decoder = everything
        layer = self._layer
        weights, bias = (read_weights(self._model, name) for name in (layer.weights, layer.bias))
        features = cut(
            self._model,
            ["x"],
            [layer.output, layer.hidden],
            {layer.weights: weights[:, kept], layer.bias: bias[kept]},
        )
        self._session = create_session(features, threads)

    def wrap_decoders(self, wrap: Callable[[_Decoder], _Decoder]) -> None:
        """Replaces the CTC decoders, one for each alphabet; see ``rapidocr.ch_ppocr_rec.utils.CTCLabelDecode``."""
        self._decode_first = wrap(self._decode_first)
        self._decode_all = wrap(self._decode_all)

    def __call__(self, request: TextRecInput) -> TextRecOutput:
        """Recognises cropped lines [height, width, 3]; results are in the order of ``request.img``."""
        crops = [request.img] if isinstance(request.img, np.ndarray) else list(request.img or ())
        lines, readings = [], []
        for crop in crops:
            line, reading = self._read(crop)
            lines.append(line)
            readings.append(reading)
        east_asian = sum(map(_has_east_asian_letter, readings))
        if self.all_characters or (east_asian > 1 and east_asian >= _MIN_EAST_ASIAN * len(lines)):
            readings = [self._read_with_all(line) for line in lines]
        return TextRecOutput(
            crops,
            tuple(reading.text for reading in readings),  # type: ignore[arg-type]
            [reading.confidence for reading in readings],
            tuple(reading.info for reading in readings),
        )

    def _read(self, crop: NDArray[np.uint8]) -> tuple[_Line, _Reading]:
        """Reads a line: cheaply, then with full padding, then with the whole output layer, until it is certain."""
        line = self._compute(crop, self.min_width)
        reading = self._decode_line(line)
        if not _is_certain(reading) and line.width < FULL_WIDTH:
            line = self._compute(crop, FULL_WIDTH)
            reading = self._decode_line(line)
        if _is_certain(reading):
            return line, reading
        probabilities = self._all_probabilities(line)
        whole = _decode(self._decode_all, probabilities, line.used)
        if _has_east_asian_letter(whole):
            return line, whole
        # What is kept has the confidences of the whole layer: without its East Asian neighbours, a stain looks certain.
        return line, _decode(self._decode_first, np.ascontiguousarray(probabilities[:, :, self._kept]), line.used)

    def _compute(self, crop: NDArray[np.uint8], min_width: int) -> _Line:
        height, width = crop.shape[:2]
        ratio = width / height
        padded = max(min_width, int(_HEIGHT * ratio))
        scaled = min(math.ceil(_HEIGHT * ratio), padded)
        pixels = np.zeros((1, 3, _HEIGHT, padded), np.float32)
        resized = cv2.resize(crop, (scaled, _HEIGHT))
        pixels[0, :, :, :scaled] = cv2.LUT(resized, _NORMALISED).transpose(2, 0, 1)
        probabilities, hidden = self._session.run(None, {"x": pixels})
        return _Line(probabilities, hidden, padded, scaled / padded)

    def _decode_line(self, line: _Line) -> _Reading:
        return _decode(self._decode_first, line.probabilities, line.used)

    def _read_with_all(self, line: _Line) -> _Reading:
        return _decode(self._decode_all, self._all_probabilities(line), line.used)

    def _all_probabilities(self, line: _Line) -> NDArray[np.float32]:
        [probabilities] = self._last_layer.run(None, {self._layer.hidden: line.hidden})
        return np.asarray(probabilities, np.float32)

    @cached_property
    def _last_layer(self) -> onnxruntime.InferenceSession:
        """The whole output layer; 9 MB that most pages do not need."""
        layer = cut(self._model, [self._layer.hidden], [self._layer.output])
        return create_session(layer, self._threads)


@dataclass(frozen=True)
class _Line:
    """What the network computed of one line.

    Attributes:
        probabilities: [1, steps, characters without East Asian ones].
        hidden: [1, steps, features], the input of the output layer.
        width: pixels of the network's input.
        used: share of the steps that the line covers; the rest is padding.
    """

    probabilities: NDArray[np.float32]
    hidden: NDArray[np.float32]
    width: int
    used: float


@dataclass(frozen=True)
class _Reading:
    text: str
    confidence: float
    info: Any  # RapidOCR's WordInfo


def _decode(decoder: _Decoder, probabilities: NDArray[np.float32], used: float) -> _Reading:
    [(text, confidence)], [info] = decoder(probabilities, True, wh_ratio_list=[used], max_wh_ratio=1.0)
    return _Reading(text, confidence, info)


def _is_certain(reading: _Reading) -> bool:
    return reading.confidence >= _CERTAIN and min(reading.info.confs) >= _CERTAIN_CHARACTER


def _has_east_asian_letter(reading: _Reading) -> bool:
    found = zip(reading.text, reading.info.confs, strict=True) if reading.text else ()
    return any(sure >= _MIN_EAST_ASIAN_CONFIDENCE and is_east_asian_letter(letter) for letter, sure in found)


def is_east_asian(character: str) -> bool:
    """Whether a character is a wide one, or a halfwidth form of one: ideographs, kana, fullwidth signs, emoji."""
    return any(unicodedata.east_asian_width(part) in "WFH" for part in character)


def is_east_asian_letter(character: str) -> bool:
    """Whether a character belongs to a text in Chinese or Japanese, and is no fullwidth form of another."""
    return is_east_asian(character) and unicodedata.category(character[0]) == "Lo"
