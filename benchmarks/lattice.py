"""Checks the lattice on page images: best path against the published text, posteriors from the file, size and time.

    python -m benchmarks.lattice IMAGES... [--limit N] [--min-probability P] [--max-characters N] [--levels N]

IMAGES are files (every page of a TIFF or PDF that is an image) or folders. For each page the lattice is written to
bytes and read again; then

- the best path of each segment is compared with the raw text of the page. Only the restored spaces and the spaces at
  the segment's ends, which lines do not have, may differ;
- the posterior of each character is compared with its confidence in the document;
- each segment's text is scored by the forward algorithm, which sums over all paths, so that its probability is at least
  that of the best path;
- one altered copy of the file (cut, a bit flipped, of another page or version) must be refused.

Times are CPU times of one process, the lattice's part within the same run as the recognition. The last three options
replace constants of the library, to compare sizes. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import statistics
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import ParamSpec, TypeVar

from scanproof.document import CERTAIN, Page
from scanproof.errors import PermanentError
from scanproof.lattice import forward, model
from scanproof.lattice.file_format import LatticeError, decode_lattice, encode_lattice
from scanproof.lattice.forward import SegmentPosterior
from scanproof.lattice.model import RESTORED, PageLattice, SegmentLattice
from scanproof.ocr import posterior, rapidocr
from scanproof.ocr.engine import Engine
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage

P = ParamSpec("P")
R = TypeVar("R")

_HEADER_BYTES = 34  # of a lattice file
_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf"}


@dataclass
class Totals:
    """Sums over pages."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)
    lzma_sizes: list[int] = field(default_factory=list)  # of the same payloads
    document_sizes: list[tuple[int, int]] = field(default_factory=list)  # pages without and with confidences
    recognition: float = 0.0  # seconds, with the lattice
    building: float = 0.0  # seconds within the recognition
    encoding: float = 0.0
    decoding: float = 0.0
    largest_difference: float = 0.0  # of a confidence and its posterior from the file
    differing: list[str] = field(default_factory=list)  # pages whose best path is not their text


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, help="pages; default all")
    parser.add_argument("--seed", type=int, default=0, help="of the altered files")
    parser.add_argument("--min-probability", type=float, default=posterior.MIN_PROBABILITY)
    parser.add_argument("--max-characters", type=int, default=posterior.MAX_CHARACTERS)
    parser.add_argument("--levels", type=int, default=model.LEVELS_PER_NEPER, help="levels of probabilities per neper")
    arguments = parser.parse_args()
    posterior.MIN_PROBABILITY, posterior.MAX_CHARACTERS = arguments.min_probability, arguments.max_characters
    for module in (posterior, model, forward):
        module.LEVELS_PER_NEPER = arguments.levels  # type: ignore[attr-defined]
    totals, rng = Totals(), random.Random(arguments.seed)  # noqa: S311 - no secret
    engine = load_engine("rapidocr", threads=1)
    _count_building(totals)
    for number, (name, image) in enumerate(_image_pages(arguments.images)):
        if number == arguments.limit:
            break
        _measure(name, image, engine, totals, rng)
    print(json.dumps(_summary(totals), indent=1))


def _count_building(totals: Totals) -> None:
    """Adds the time of building the lattice to ``totals``."""

    def timed(function: Callable[P, R]) -> Callable[P, R]:
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            started = time.process_time()
            result = function(*args, **kwargs)
            totals.building += time.process_time() - started
            return result

        return call

    posterior.sparse_posterior = timed(posterior.sparse_posterior)
    rapidocr.build_lattice = timed(rapidocr.build_lattice)  # type: ignore[attr-defined]


def _image_pages(paths: list[Path]) -> Iterator[tuple[str, ImagePage]]:
    for given in paths:
        for path in sorted(given.iterdir()) if given.is_dir() else [given]:
            if path.suffix.lower() in _SUFFIXES:
                with suppress(PermanentError), open_scan(path, path.name) as scan:  # files that cannot be read
                    for number in range(1, scan.page_count + 1):
                        page = scan.page(number)
                        if isinstance(page, ImagePage):
                            yield f"{path.name} {number}", page


def _measure(name: str, image: ImagePage, engine: Engine, totals: Totals, rng: random.Random) -> None:
    started = time.process_time()
    page, lattice = recognise_page(image, 1, engine)
    recognised = time.process_time()
    totals.recognition += recognised - started
    totals.counts["pages"] += 1
    if lattice is None:
        totals.counts["pages without text"] += 1
        return
    content = encode_lattice(lattice, page)
    encoded = time.process_time()
    decoded = decode_lattice(content, page)
    totals.encoding += encoded - recognised
    totals.decoding += time.process_time() - encoded
    totals.sizes.append(len(content))
    totals.lzma_sizes.append(len(lzma.compress(zlib.decompress(content[_HEADER_BYTES:]))))
    totals.document_sizes.append((_json_size(page, {"character_confidences"}), _json_size(page, set())))
    totals.counts["files that decode to another lattice"] += int(decoded != lattice)
    if not _compare_texts(page, decoded, totals):
        totals.differing.append(name)
    _compare_posteriors(page, decoded, totals)
    for segments in decoded.lines:
        for segment in segments:
            _compare_forward(decoded, segment, totals)
    _refuse_altered(content, page, totals, rng)


def _json_size(page: Page, without: set[str]) -> int:
    """Returns the bytes of a page in document.json."""
    excluded = {"lines": {"__all__": {"words": {"__all__": without}}}}
    return len(page.model_dump_json(indent=1, exclude=excluded))


def _compare_texts(page: Page, lattice: PageLattice, totals: Totals) -> bool:
    same = True
    for line, segments in zip(page.lines, lattice.lines, strict=True):
        texts = []
        for segment in segments:
            path = lattice.best_path(segment)
            text = list(path.strip())
            totals.counts["segments"] += 1
            totals.counts["characters"] += len(segment.positions)
            totals.counts["spaces dropped at ends"] += len(path) - len(text)
            for index, position in enumerate(segment.positions):
                if position == RESTORED:
                    totals.counts["spaces restored"] += 1
                    text.insert(index, " ")
            texts.append("".join(text))
        same &= " ".join(texts) == line.raw
    return same


def _compare_posteriors(page: Page, lattice: PageLattice, totals: Totals) -> None:
    for line, segments in zip(page.lines, lattice.lines, strict=True):
        stated = {
            index: confidence
            for word in line.words
            for index, confidence in zip(
                range(word.start, word.end), word.character_confidences or repeat(None), strict=False
            )
        }
        for segment in segments:
            for index, probability in enumerate(segment.probabilities(), start=segment.start):
                if probability is not None and index in stated:
                    confidence = stated.pop(index)
                    expected = max(probability, CERTAIN) if confidence is None else confidence
                    totals.largest_difference = max(totals.largest_difference, abs(probability - expected))
                    totals.counts["characters with posterior"] += 1
                    totals.counts["characters that document.json omits as certain"] += int(confidence is None)
        totals.counts["characters without posterior"] += len(stated)


def _compare_forward(lattice: PageLattice, segment: SegmentLattice, totals: Totals) -> None:
    matrix = SegmentPosterior(lattice, segment)
    text = lattice.best_path(segment)
    [probability] = matrix.log_probability_of([text])
    best_path = matrix.log_probabilities.max(axis=1).sum()
    totals.counts["texts less probable than their best path"] += int(probability < best_path - 1e-6)


def _refuse_altered(content: bytes, page: Page, totals: Totals, rng: random.Random) -> None:
    """Alters the file in each way; counts what it was refused for."""
    place = rng.randrange(len(content))
    flipped = bytearray(content)
    flipped[place] ^= 1 << rng.randrange(8)
    altered = {
        "cut": (content[:place], page),
        "bit flipped": (bytes(flipped), page),
        "later version": (content[:4] + b"\x63\0" + content[6:], page),
        "other page": (content, page.model_copy(update={"number": 2})),
        "other text": (content, page.model_copy(update={"lines": page.lines[1:]})),
    }
    for name, (changed, other) in altered.items():
        try:
            decode_lattice(changed, other)
            totals.refusals[f"{name}: accepted"] += 1
        except LatticeError as error:
            totals.refusals[f"{name}: {error.code}"] += 1


def _summary(totals: Totals) -> dict[str, object]:
    spent = totals.building + totals.encoding
    sizes = sorted(totals.sizes) or [0]
    pages = max(totals.counts["pages"], 1)
    return {
        **totals.counts,
        "pages whose best path is not their raw text": totals.differing,
        "largest difference of a confidence and its posterior from the file": round(totals.largest_difference, 5),
        "precision": {"confidence": 0.0005, "posterior": 0.5 / model.LEVELS_PER_NEPER},
        "altered files": dict(sorted(totals.refusals.items())),
        "bytes a page": {
            "mean": round(statistics.fmean(sizes)),
            "median": round(statistics.median(sizes)),
            "95th percentile": sizes[int(0.95 * (len(sizes) - 1))],
            "largest": sizes[-1],
            "mean with lzma": round(statistics.fmean(totals.lzma_sizes or [0])),
        },
        "mean_bytes_of_a_page_in_document_json": {
            "without confidences of characters": round(statistics.fmean([a for a, _ in totals.document_sizes] or [0])),
            "with": round(statistics.fmean([b for _, b in totals.document_sizes] or [0])),
        },
        "cpu_milliseconds_a_page": {
            "recognition with lattice": round(1000 * totals.recognition / pages),
            "building": round(1000 * totals.building / pages, 1),
            "encoding": round(1000 * totals.encoding / pages, 1),
            "decoding": round(1000 * totals.decoding / pages, 1),
        },
        "share_of_recognition_time": round(spent / max(totals.recognition - totals.building, 1e-9), 4),
    }


if __name__ == "__main__":
    main()
