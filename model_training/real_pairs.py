"""Loads real OCR readings with their truth, cut into pairs of lines and split by document."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rapidfuzz.distance import Levenshtein

# Only sets whose licence allows training; the others are for evaluation.
CALIBRATION_SETS = {
    "news/en": ("en_news_overproof",),
    "news/de": ("de_news_nzz_train",),
    "books/de": ("de_books_dta19_train",),
    "receipts/en": ("en_receipts_sroie", "en_receipts_sroie_textonly"),
    "receipts/fr": ("fr_receipts_FR3",),
}  # by source and language
TRAINING_SETS = (
    "en_news_overproof", "en_receipts_sroie", "en_receipts_sroie_textonly", "fr_receipts_FR3", "de_news_nzz_train",
    "de_books_dta19_train",
)  # fmt: skip
TEXT_SETS = {
    "en_news_overproof": False,
    "fr_receipts_FR3": False,
    "de_news_nzz_train": False,
    "de_books_dta19_train": False,
    "pl_books_poleval": False,
    "en_contracts_kleister": False,
    "en_receipts_sroie": True,
    "en_receipts_sroie_textonly": True,
}
"""By name, whether a set of texts to evaluate is compared in upper case."""
_MAX_ERROR_RATE = 0.3  # a pair with more errors is misaligned or unreadable
_LINE = re.compile(r"\S.{0,95}\S(?=\s|$)|\S+", re.DOTALL)


Kind = Literal["text", "receipts", "rendered"]


@dataclass(frozen=True)
class Pair:
    """One line as read and as it should be."""

    language: str
    ocr: str
    truth: str
    measured: bool = False  # a real reading, not synthetic noise
    kind: Kind = "text"


def part_of(document: str) -> str:
    """``train`` (70 %), ``calibrate`` (15 %) or ``evaluate`` (15 %), by the document to which a text belongs."""
    name = document.split("#")[0]
    bucket = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 100
    return "train" if bucket < 70 else "calibrate" if bucket < 85 else "evaluate"


def documents(path: Path, part: str | None = None) -> Iterator[dict[str, str]]:
    """The rows of a JSONL file that belong to ``part`` (all, if None) and have a reading."""
    with path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if row["ocr"] and (part is None or part_of(row["id"]) == part):
                yield row


def line_pairs(
    folder: Path, part: str, names: Sequence[str] = TRAINING_SETS, readings: Sequence[Path] = ()
) -> list[Pair]:
    """All pairs of lines of ``part`` in the named sets and in the files ``readings``."""
    return [
        Pair(row["lang"], ocr, truth, measured=True, kind=kind_of_readings(path))
        for path in (*(folder / f"{name}.jsonl" for name in names), *readings)
        for row in documents(path, part)
        for ocr, truth in aligned_lines(row["ocr"], row["truth"].replace("¬", "-"))
    ]


def kind_of_readings(path: Path) -> Kind:
    """The kind of a file of readings, by its name."""
    return "rendered" if "rendered" in path.stem else "receipts" if "receipts" in path.stem else "text"


def aligned_lines(ocr: str, truth: str) -> Iterator[tuple[str, str]]:
    """Cuts ``ocr`` at line ends and spaces, and pairs each piece with the part of ``truth`` that it was read from."""
    truth = re.sub(r"\s+", " ", truth)
    flat = re.sub(r"\s", " ", ocr)
    truth_offsets = _truth_offsets(flat, truth)
    for line in re.finditer(r"[^\n]+", ocr):
        for piece in _LINE.finditer(line.group()):
            start, end = line.start() + piece.start(), line.start() + piece.end()
            reading, true = flat[start:end], truth[truth_offsets[start] : truth_offsets[end]].strip()
            true = true if any(map(str.islower, truth)) else in_case_of(reading, true)
            if true and Levenshtein.distance(reading, true) <= _MAX_ERROR_RATE * len(true):
                yield reading, true


def in_case_of(ocr: str, truth: str) -> str:
    """Gives ``truth``, which is all in capitals, the case of ``ocr``.

    Misread letters take the case of the letter before them.
    """
    written = []
    for block in Levenshtein.opcodes(ocr.upper(), truth):
        true = truth[block.dest_start : block.dest_end]
        if block.tag == "equal" and len(ocr.upper()) == len(ocr):
            written.append(ocr[block.src_start : block.src_end])
        else:
            small = block.src_start > 0 and ocr[block.src_start - 1].islower()
            written.append(true.lower() if small else true)
    return "".join(written)


def _truth_offsets(ocr: str, truth: str) -> list[int]:
    """For each offset of ``ocr``, its end included, the corresponding offset of ``truth``."""
    offsets = [0] * (len(ocr) + 1)
    for block in Levenshtein.opcodes(ocr, truth):
        length = max(1, block.src_end - block.src_start)
        for position in range(block.src_start, block.src_end):
            offset = (position - block.src_start) * (block.dest_end - block.dest_start) // length
            offsets[position] = block.dest_start + offset
    offsets[len(ocr)] = len(truth)
    return offsets
