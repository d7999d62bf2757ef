"""The text on which exported models are compared: pairs of a raw line and its correct text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from scanproof.errors import PermanentError


@dataclass(frozen=True)
class Pair:
    """A raw line and its correct text."""

    raw: str
    truth: str


def check_text() -> list[Pair]:
    """Returns the bundled pairs: invoices, letters and prose in eight languages, with and without OCR errors."""
    return read_pairs(Path(__file__).with_name("check_text.jsonl"))


def read_pairs(path: Path) -> list[Pair]:
    """Reads pairs from JSON lines with ``raw`` and ``truth``.

    Raises:
        PermanentError: ``check_file_invalid``, with the line number.
    """
    pairs = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            pairs.append(Pair(str(row["raw"]), str(row["truth"])))
        except (ValueError, KeyError, TypeError) as error:
            raise PermanentError(
                "check_file_invalid",
                f"{path.name}, line {number}, is not a pair.",
                'Give one JSON object a line: {"raw": "...", "truth": "..."}.',
            ) from error
    if not pairs:
        raise PermanentError("check_file_invalid", f"{path.name} contains no pairs.", "Give at least one line.")
    return pairs
