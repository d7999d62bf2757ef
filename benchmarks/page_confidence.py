"""Measures how the fast corrector's benefit depends on the page's confidence, to choose the review thresholds.

    python benchmarks/page_confidence.py ROWS.jsonl [ROWS.jsonl ...] [--limit 20] [--readings READINGS.jsonl]

ROWS has objects with ``image`` (a path beside the file) and ``truth``. Every image is read at each level of wear, from
untouched to nearly illegible. Words count as a bag, in upper case. An edit is good if its word is in the truth after it
and was not before, bad in the reverse case. Readings are kept in READINGS, so that a repeated run only corrects. Prints
one JSON row for each range of confidence (pages, word F1 before correction and its gain, edits, pages worsened), then
one for each review threshold: the share of poorly read pages, of other pages and of untouched images that are below.
"""

from __future__ import annotations

import argparse
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.document import Line, Page
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.opening.limits import DEFAULT_LIMITS
from scanproof.opening.resolution import plausible_dpi, prepare_page
from scanproof.options import ScanOptions

# Per level: the share of the resolution that is kept, grain (standard deviation, of 255), JPEG quality. The last levels
# leave letters of a few pixels.
_LEVELS = ((1.0, 0, 95), (0.6, 10, 40), (0.45, 20, 25), (0.35, 25, 20), (0.28, 30, 15), (0.22, 35, 12))
_THRESHOLDS = (0.8, 0.84, 0.88, 0.9, 0.92, 0.94, 0.96)
_POOR_F1 = 0.75  # word F1 below which a page counts as poorly read
_RANGES = (0.0, 0.6, 0.65, 0.7, 0.75, 0.8, 0.84, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99, 1.001)


@dataclass(frozen=True)
class Reading:
    """One page as recognised, with its truth."""

    name: str
    level: int
    truth: str
    page: Page

    def row(self) -> str:
        """Returns the reading as one line of JSON."""
        found = {"name": self.name, "level": self.level, "truth": self.truth, "page": self.page.model_dump(mode="json")}
        return json.dumps(found, ensure_ascii=False)

    @classmethod
    def parse(cls, row: str) -> Reading:
        """Parses what `row` returned."""
        found = json.loads(row)
        return cls(found["name"], found["level"], found["truth"], Page.model_validate(found["page"]))


def worn(image: Image.Image, level: int, rng: Random) -> Image.Image:
    """Lowers the image's resolution, adds grain and compresses it; the size stays."""
    share, grain, quality = _LEVELS[level]
    if level == 0:
        return image
    small = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BOX)
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, grain, (small.height, small.width, 1))
    grainy = Image.fromarray(np.clip(np.asarray(small, np.float32) + noise, 0, 255).astype(np.uint8))
    stored = io.BytesIO()
    grainy.filter(ImageFilter.GaussianBlur(0.5)).save(stored, "JPEG", quality=quality)
    return Image.open(stored).convert("RGB").resize(image.size, Image.Resampling.BICUBIC)


def read(files: Iterable[Path], limit: int, kept: Path | None) -> Iterator[Reading]:
    """Recognises every image at every level; takes over the readings in ``kept`` and appends new ones to it."""
    done = [Reading.parse(row) for row in kept.read_text("utf-8").splitlines()] if kept and kept.exists() else []
    known = {(reading.name, reading.level) for reading in done}
    yield from done
    engine = load_engine("rapidocr", 1)
    for file in files:
        for text in file.read_text("utf-8").splitlines()[:limit]:
            row: dict[str, Any] = json.loads(text)
            for level in range(len(_LEVELS)):
                if (row["image"], level) in known:
                    continue
                image = Image.open(file.parent / row["image"]).convert("RGB")
                marred = worn(image, level, Random(f"{row['image']}:{level}"))  # noqa: S311 - sampling, not secrecy
                opened = prepare_page(marred, plausible_dpi(None, *image.size), DEFAULT_LIMITS)
                reading = Reading(row["image"], level, row["truth"], recognise_page(opened, 1, engine)[0])
                if kept:
                    with kept.open("a", encoding="utf-8") as out:
                        out.write(reading.row() + "\n")
                yield reading


@dataclass
class Tally:
    """Sums over the pages of one range of confidence."""

    pages: int = 0
    worsened: int = 0
    improved: int = 0
    good: int = 0
    bad: int = 0
    unclear: int = 0
    before: int = 0
    after: int = 0
    words_before: int = 0
    words_after: int = 0
    truth_words: int = 0

    def add(self, truth: Counter[str], corrected: Page) -> None:
        """Adds a page."""
        before, after = words(corrected.raw_text), words(corrected.text)
        hits, kept = (before & truth).total(), (after & truth).total()
        self.pages += 1
        self.before += hits
        self.after += kept
        self.words_before += before.total()
        self.words_after += after.total()
        self.truth_words += truth.total()
        f1_before, f1_after = _f1(hits, before.total(), truth.total()), _f1(kept, after.total(), truth.total())
        self.improved += f1_after > f1_before
        self.worsened += f1_after < f1_before
        for line in corrected.lines:
            self._add_edits(line, truth)

    def _add_edits(self, line: Line, truth: Counter[str]) -> None:
        lost, gained = words(line.raw) - words(line.text), words(line.text) - words(line.raw)
        if not line.edits:
            return
        right_before, right_after = (lost & truth).total(), (gained & truth).total()
        if right_after > right_before:
            self.good += len(line.edits)
        elif right_after < right_before:
            self.bad += len(line.edits)
        else:
            self.unclear += len(line.edits)

    def summary(self) -> dict[str, float]:
        """Returns the figures, rounded."""
        f1_before = _f1(self.before, self.words_before, self.truth_words)
        f1_after = _f1(self.after, self.words_after, self.truth_words)
        return {
            "pages": self.pages,
            "word_f1": round(f1_before, 4),
            "gain": round(f1_after - f1_before, 5),
            "improved": self.improved,
            "worsened": self.worsened,
            "good": self.good,
            "bad": self.bad,
            "unclear": self.unclear,
        }


def words(text: str) -> Counter[str]:
    """Counts the words of ``text`` in upper case."""
    return Counter(text.upper().split())


def _f1(common: int, first: int, second: int) -> float:
    return 2 * common / max(1, first + second)


def tabulate(readings: Iterable[Reading], correct: Callable[[Page], Page]) -> list[dict[str, float]]:
    """Corrects every reading and sums up the figures of each range of confidence."""
    tallies = [Tally() for _ in _RANGES]
    for reading in readings:
        confidence = reading.page.confidence
        if confidence is not None:
            index = max(index for index, start in enumerate(_RANGES) if confidence >= start)
            tallies[index].add(words(reading.truth), correct(reading.page))
    rows = zip(_RANGES, tallies, strict=True)
    return [{"confidence_from": start, **tally.summary()} for start, tally in rows if tally.pages]


def review_table(readings: Iterable[Reading]) -> list[dict[str, float]]:
    """Returns for each review threshold the shares of pages below it."""
    poor: list[float] = []
    other: list[float] = []
    untouched: list[float] = []
    for reading in readings:
        confidence = reading.page.confidence or 0.0
        truth, found = words(reading.truth), words(reading.page.raw_text)
        f1 = _f1((truth & found).total(), truth.total(), found.total())
        (poor if f1 < _POOR_F1 else other).append(confidence)
        if reading.level == 0:
            untouched.append(confidence)
    groups = {"poor": poor, "other": other, "untouched": untouched}
    return [
        {"threshold": limit, **{name: round(_share_below(group, limit), 3) for name, group in groups.items()}}
        for limit in _THRESHOLDS
    ]


def _share_below(values: list[float], limit: float) -> float:
    return sum(value < limit for value in values) / max(1, len(values))


def main() -> None:
    """Parses the arguments, measures and prints."""
    parser = argparse.ArgumentParser(description="Benefit of the fast corrector by the page's confidence.")
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=20, help="images of each file")
    parser.add_argument("--readings", type=Path, help="file that keeps the readings")
    arguments = parser.parse_args()
    pool = ModelPool(load_corrector(1), {})
    options = ScanOptions()
    readings = list(read(arguments.rows, arguments.limit, arguments.readings))
    for row in tabulate(readings, lambda page: correct_pages([page], pool, [options])[0]):
        print(json.dumps(row))
    for row in review_table(readings):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
