"""Measures time and text of recognition: of this release, of the previous one, of RapidOCR as delivered, of Tesseract.

    python -m benchmarks.recognise FOLDER [--truth ROWS.jsonl] [--limit 20] [--threads 1] [--ablation]
    python -m benchmarks.recognise --rendered DATA --fonts FOLDER [--limit 5]

FOLDER contains page images. All readers take turns on every image, so that the ratios of their times are valid on a
busy machine; times are CPU seconds of all threads and of child processes, opening included. ROWS has objects with
``image`` (a path that ends in the image's name) and ``truth``; with it, recall is the share of the true words, in
upper case, that were recognised (a bag of words: order does not count). ``--rendered`` sets ``--limit`` pages in each
of eight languages as `model_training.rendered` does, from the text in DATA that is kept out of training, and measures
the character error rate line by line. ``--ablation`` adds readers with one saving each. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import rapidocr
from PIL import Image
from rapidfuzz.distance import Levenshtein

from scanproof.document import Line
from scanproof.ocr.line_recogniser import LineRecogniser
from scanproof.ocr.registry import load_engine
from scanproof.ocr.segments import Segment, group_into_lines
from scanproof.ocr.text_detector import load_detector
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage

_SUFFIXES = {".png", ".jpg", ".jpeg"}
_MODELS = Path(rapidocr.__file__).parent / "models"
_DPI = 150.0

# The settings of release 0.9, frozen.
_PREVIOUS: dict[str, Any] = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Global.use_preprocess_img": False,
    "Global.use_vertical_padding": False,
    "Global.return_word_box": True,
    "Det.model_path": str(_MODELS / "PP-OCRv6_det_small.onnx"),
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    "Rec.model_path": str(_MODELS / "PP-OCRv6_rec_small.onnx"),
    "Rec.rec_batch_num": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}

Reader = Callable[[Image.Image], tuple[Line, ...]]


def ours(threads: int) -> Reader:
    """Recognises like the pipeline."""
    engine = load_engine("rapidocr", threads)
    return lambda image: engine.recognise(image, _DPI).lines


def previous(threads: int, change: Callable[[Any], None] = lambda ocr: None) -> Reader:
    """Recognises like the previous release, after ``change`` of its RapidOCR."""
    cv2.setNumThreads(threads)
    settings = {**_PREVIOUS, "EngineConfig.onnxruntime.intra_op_num_threads": threads}
    ocr: Any = rapidocr.RapidOCR(params=settings)
    ocr._load_det_model()
    ocr._load_rec_model()
    change(ocr)

    def read(image: Image.Image) -> tuple[Line, ...]:
        width, height = image.size
        pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
        padding = max(0, (max(64, min(width // 8, 1000)) - height + 1) // 2)
        padded = cv2.copyMakeBorder(pixels, padding, padding, 0, 0, cv2.BORDER_REPLICATE)
        aspect = max(width, height) / min(width, height)
        ocr.text_det.limit_side_len = round(min(max(1280, 512 * aspect), 6000))
        detected, _, recognised, _ = ocr.run_ocr_steps(padded, {})
        if detected.boxes is None or recognised.txts is None:
            return ()
        quads = (detected.boxes - (0, padding)).clip(0, image.size)
        found = zip(quads, recognised.txts, recognised.scores, recognised.word_results, strict=True)
        return group_into_lines(
            [
                Segment.from_ctc(quad, text, info.word_cols, info.line_txt_len, info.confs)
                for quad, text, score, info in found
                if text.strip() and score >= 0.5
            ]
        )

    return read


def delivered(threads: int) -> Reader:
    """Runs RapidOCR with its default settings and the same number of threads."""
    name = "EngineConfig.onnxruntime.intra_op_num_threads"
    ocr: Any = rapidocr.RapidOCR(params={"Global.log_level": "error", name: threads})

    def read(image: Image.Image) -> tuple[Line, ...]:
        result = ocr(np.asarray(image)[:, :, ::-1])
        if not result.txts:
            return ()
        corners = np.asarray(result.boxes, np.float64)
        found = zip(corners, result.txts, strict=True)
        return group_into_lines(
            [Segment(text, quad, (0.5,) * len(text), (1.0,) * len(text)) for quad, text in found if text.strip()]
        )

    return read


def tesseract(threads: int) -> Reader:
    """Runs the program Tesseract with its English model; children count as CPU time, too."""
    environment = {**os.environ, "OMP_THREAD_LIMIT": str(threads)}

    def read(image: Image.Image) -> tuple[Line, ...]:
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            image.save(file.name, compress_level=1)
            command = ["tesseract", file.name, "-", "--dpi", str(round(_DPI)), "tsv"]
            done = subprocess.run(command, capture_output=True, check=True, env=environment)
        return tuple(_tesseract_lines(done.stdout.decode()))

    return read


def _tesseract_lines(table: str) -> Iterator[Line]:
    words: dict[tuple[str, ...], list[Segment]] = {}
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if cells[0] == "5" and cells[-1].strip():
            left, top, width, height = (float(cell) for cell in cells[6:10])
            quad = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
            text = cells[-1].strip()
            centres = tuple((index + 0.5) / len(text) for index in range(len(text)))
            words.setdefault(tuple(cells[1:5]), []).append(Segment(text, quad, centres, (1.0,) * len(text)))
    for segments in words.values():
        yield from group_into_lines(segments)


def _normal_weights(threads: int) -> Callable[[Any], None]:
    def change(ocr: Any) -> None:  # noqa: ANN401
        ocr.text_det = load_detector(ocr.cfg.Det, _MODELS / "PP-OCRv6_det_small.onnx", threads)

    return change


def _recogniser(threads: int, **settings: Any) -> Callable[[Any], None]:  # noqa: ANN401
    def change(ocr: Any) -> None:  # noqa: ANN401
        ocr.text_rec = LineRecogniser(_MODELS / "PP-OCRv6_rec_small.onnx", threads, **settings)

    return change


def ablation(threads: int) -> dict[str, Reader]:
    """Returns the previous release with one saving each, and with narrower padding in steps."""
    readers = {
        "normal_weights": previous(threads, _normal_weights(threads)),
        "memory_arena": previous(threads, _recogniser(threads, min_width=320, all_characters=True)),
        "small_output_layer": previous(threads, _recogniser(threads, min_width=320)),
    }
    for width in (192, 128, 64):
        readers[f"small_output_layer_padded_to_{width}"] = previous(threads, _recogniser(threads, min_width=width))
    return readers


@dataclass
class Total:
    """What one reader took and found."""

    seconds: float = 0.0
    words: int = 0
    distance: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)


def cpu_seconds() -> float:
    """Returns the CPU time of this process, all of its threads, and its finished children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def words(text: str) -> Counter[str]:
    """Counts the words of ``text`` in upper case."""
    return Counter(re.findall(r"\w+", text.upper()))


def text_of(lines: Sequence[Line]) -> str:
    """Joins lines as they were recognised."""
    return "\n".join(line.raw for line in lines)


class Measurement:
    """Lets readers take turns and adds up their results."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self.readers = readers
        self.totals = {name: Total() for name in readers}
        self.pages = self.true_words = 0
        self.characters: Counter[str] = Counter()
        self.read_words = 0

    def read(self, load: Callable[[], Image.Image]) -> dict[str, tuple[Line, ...]]:
        """Reads a page with every reader; the first one changes, so that none always finds a cold cache."""
        results = {}
        names = list(self.readers)
        start = self.pages % len(names)
        for name in names[start:] + names[:start]:
            before = cpu_seconds()
            results[name] = self.readers[name](load())
            self.totals[name].seconds += cpu_seconds() - before
        self.pages += 1
        base = words(text_of(results["previous"]))
        self.read_words += base.total()
        for name, lines in results.items():
            other = words(text_of(lines))
            self.totals[name].changed += (base - other).total()
            if name == "ours" and base != other:
                self.totals[name].examples.append((" ".join(base - other), " ".join(other - base)))
        return results

    def add_truth(self, results: Mapping[str, tuple[Line, ...]], truth: str) -> None:
        """Counts the true words that each reader found."""
        true = words(truth)
        self.true_words += true.total()
        for name, lines in results.items():
            self.totals[name].words += (words(text_of(lines)) & true).total()

    def add_pairs(self, language: str, pairs: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Counts the errors in pairs of a line as read and its truth."""
        for name, found in pairs.items():
            for read, truth in found:
                self.totals[name].distance[language] += Levenshtein.distance(read, truth)
                self.characters[language] += len(truth) if name == "previous" else 0

    def report(self) -> dict[str, object]:
        """Returns the figures of each reader, and examples of what reads differently than before."""
        base = self.totals["previous"].seconds
        rows: dict[str, dict[str, object]] = {}
        for name, total in self.totals.items():
            rows[name] = {
                "cpu_seconds_a_page": round(total.seconds / self.pages, 3),
                "ratio": round(total.seconds / base, 3),
                "words_read_differently": f"{total.changed} of {self.read_words}",
            }
            if self.true_words:
                rows[name]["word_recall"] = round(total.words / self.true_words, 4)
            if self.characters:
                rates = {code: round(total.distance[code] / count, 4) for code, count in self.characters.items()}
                rows[name]["cer"] = round(total.distance.total() / self.characters.total(), 5)
                rows[name]["cer_by_language"] = rates
        return {"pages": self.pages, "readers": rows, "differences": self.totals["ours"].examples}


def measure_images(measurement: Measurement, paths: Sequence[Path], truths: Mapping[str, str]) -> None:
    """Reads image files."""
    for path in paths:

        def load(path: Path = path) -> Image.Image:
            with open_scan(path, path.name) as scan:
                page = scan.page(1)
            if not isinstance(page, ImagePage):
                raise TypeError(f"{path} is not an image")
            return page.image

        results = measurement.read(load)
        if path.name in truths:
            measurement.add_truth(results, truths[path.name])


def measure_rendered(measurement: Measurement, data: Path, fonts: Path, pages: int) -> None:
    """Reads pages of running text in eight languages, degraded like copies and scans."""
    from model_training.corpus import load_corpus
    from model_training.rendered import any_page, degrade, latin_fonts, read_lines

    corpus = load_corpus(data / "train_text", held_out=True)
    faces = latin_fonts(fonts)
    for language in ("en", "fr", "de", "es", "it", "pt", "nl", "pl"):
        for number in range(pages):
            rng = Random(f"recognise:{language}:{number}")  # noqa: S311 - sampling, not secrecy
            _, page = any_page(corpus, {}, faces, rng, language, business=0.0)
            turned = rng.uniform(-0.35, 0.35)
            picture = degrade(page.image.rotate(turned, Image.Resampling.BICUBIC, fillcolor=255), rng).convert("RGB")
            results = measurement.read(picture.copy)
            pairs = {}
            for name, lines in results.items():
                pairs[name] = read_lines(page, lines, turned)
            measurement.add_pairs(language, pairs)


def main() -> None:
    """Parses the arguments, measures and prints."""
    parser = argparse.ArgumentParser(description="Time and text of recognition against other settings.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--rendered", type=Path, help="folder with train_text/")
    parser.add_argument("--fonts", type=Path, help="folder with fonts for --rendered")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--only-ours", action="store_true", help="against the previous release alone")
    options = parser.parse_args()
    readers = {"previous": previous(options.threads), "ours": ours(options.threads)}
    if options.ablation:
        readers |= ablation(options.threads)
    elif not options.only_ours:
        readers["delivered"] = delivered(options.threads)
        if shutil.which("tesseract"):
            readers["tesseract"] = tesseract(options.threads)
    measurement = Measurement(readers)
    if options.rendered:
        measure_rendered(measurement, options.rendered, options.fonts, options.limit)
    else:
        rows = [json.loads(row) for row in options.truth.open(encoding="utf-8")] if options.truth else []
        truths = {Path(row["image"]).name: row["truth"] for row in rows}
        paths = sorted(path for path in options.folder.iterdir() if path.suffix.lower() in _SUFFIXES)
        paths = [path for path in paths if not truths or path.name in truths]
        measure_images(measurement, paths[options.skip :][: options.limit], truths)
    print(json.dumps(measurement.report(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
