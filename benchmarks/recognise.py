"""Measures time and recall of Scanproof's RapidOCR settings against RapidOCR's defaults.

    python benchmarks/recognise.py FOLDER [--truth ROWS.jsonl] [--limit 20] [--threads 1]

FOLDER contains page images. Both take turns on every image, so that the ratio of their times is valid on a busy
machine. ROWS has objects with ``image`` (a path that ends in the image's name) and ``truth``; with it, recall is the
share of the true words, in upper case, that were recognised (a bag of words: order does not count). Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from rapidocr import RapidOCR

from scanproof.ocr.registry import load_engine
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage

_SUFFIXES = {".png", ".jpg", ".jpeg"}

Reader = Callable[[Path], str]


def ours(threads: int) -> Reader:
    """Opens and recognises images like the pipeline."""
    engine = load_engine("rapidocr", threads)

    def read(path: Path) -> str:
        with open_scan(path, path.name) as scan:
            page = scan.page(1)
        if not isinstance(page, ImagePage):
            raise TypeError(f"{path} is not an image")
        return "\n".join(line.raw for line in engine.recognise(page.image, page.dpi).lines)

    return read


def delivered(threads: int) -> Reader:
    """Runs RapidOCR with its default settings and the same number of threads."""
    name = "EngineConfig.onnxruntime.intra_op_num_threads"
    ocr = RapidOCR(params={"Global.log_level": "error", name: threads})

    def read(path: Path) -> str:
        result = ocr(np.asarray(Image.open(path).convert("RGB"))[:, :, ::-1])
        return "\n".join(result.txts or ())

    return read


def words(text: str) -> Counter[str]:
    """Counts the words of ``text`` in upper case."""
    return Counter(re.findall(r"\w+", text.upper()))


def measure(paths: list[Path], readers: Mapping[str, Reader], truths: Mapping[str, str]) -> dict[str, object]:
    """Measures seconds per page and, with true texts, recall of each reader."""
    seconds = dict.fromkeys(readers, 0.0)
    found = dict.fromkeys(readers, 0)
    true_words = 0
    for path in paths:
        truth = words(truths.get(path.name, ""))
        true_words += truth.total()
        for name, read in readers.items():
            start = time.process_time()
            text = read(path)
            seconds[name] += time.process_time() - start
            found[name] += (words(text) & truth).total()
    return {
        "pages": len(paths),
        "cpu_seconds_a_page": {name: round(value / len(paths), 2) for name, value in seconds.items()},
        "time_ratio": round(seconds["ours"] / seconds["delivered"], 3),
        "recall": {name: round(count / true_words, 4) for name, count in found.items()} if true_words else None,
    }


def main() -> None:
    """Parses the arguments, measures and prints."""
    parser = argparse.ArgumentParser(description="RapidOCR: Scanproof's settings against its defaults.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    rows = [json.loads(row) for row in arguments.truth.open(encoding="utf-8")] if arguments.truth else []
    truths = {Path(row["image"]).name: row["truth"] for row in rows}
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    if truths:
        paths = [path for path in paths if path.name in truths]
    readers = {"ours": ours(arguments.threads), "delivered": delivered(arguments.threads)}
    print(json.dumps(measure(paths[: arguments.limit], readers, truths), indent=2))


if __name__ == "__main__":
    main()
