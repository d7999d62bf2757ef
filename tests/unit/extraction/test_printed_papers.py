"""Fields of printed and worn papers, read by the OCR engine: every fifth of `samples/papers`, in five languages."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from benchmarks.fields import load_truth, outcomes
from devstack import PROJECT_ROOT
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage

FOLDER = PROJECT_ROOT / "samples" / "papers"
NAMES = ("invoice_number", "invoice_date", "due_date", "total", "currency", "vendor")


@pytest.mark.slow
def test_printed_papers_keep_their_fields() -> None:
    truth, engine = load_truth(FOLDER / "truth.jsonl"), load_engine("rapidocr", 1)
    rows = [json.loads(row) for row in (FOLDER / "truth.jsonl").read_text("utf-8").splitlines()]
    counts: Counter[str] = Counter()
    for row in rows[::5]:
        with open_scan(FOLDER / row["image"], row["image"]) as scan:
            opened = scan.page(1)
        assert isinstance(opened, ImagePage)
        page, _ = recognise_page(opened, 1, engine)
        counts.update(each.outcome for each in outcomes(row["id"], [page], truth[row["id"]], NAMES))
    there = counts["right"] + counts["wrong"] + counts["missing"]
    assert there >= 40
    assert counts["right"] >= 0.8 * there
    assert counts["wrong"] + counts["invented"] <= 2


def test_every_paper_has_its_truth() -> None:
    rows = [json.loads(row) for row in (FOLDER / "truth.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 40
    assert {row["lang"] for row in rows} == {"en", "de", "fr", "es", "it", "pt", "nl", "pl"}
    assert all((FOLDER / row["image"]).is_file() and row["fields"] is not None for row in rows)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 1_500_000
