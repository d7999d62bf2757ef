"""The text that every export is compared on: lines of our own in eight languages, with the errors that OCR makes."""

from __future__ import annotations

from pathlib import Path

from model_export.original import Pair, read_pairs


def check_text() -> list[Pair]:
    """Raw and true lines: invoices, letters, prose, some without any error."""
    return read_pairs(Path(__file__).with_name("check_text.jsonl"))
