"""`scanproof export-training`: lines that a reviewer completed, in the format that training and evaluation take."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from model_training.real_pairs import line_pairs
from scanproof.cli.main import main
from scanproof.document import Document, Page
from scanproof.reviewing import apply_corrections, parse_corrections
from tests.builders import document, edit, page
from tests.unit.output.test_placement import recognised
from tests.unit.test_reviewing import AT, RAW, decided, saved


def sheet(number: int, language: str | None = "en") -> Page:
    line = recognised(RAW, edit(RAW, 3, 4, "o"), edit(RAW, 10, 10, " "))
    return page(number, line).model_copy(update={"language": language})


def exported(tmp_path: Path, *documents: Document) -> tuple[list[dict[str, str]], str]:
    for number, each in enumerate(documents):
        folder = tmp_path / "results" / str(number)
        folder.mkdir(parents=True)
        (folder / "document.json").write_text(each.model_dump_json())
    pairs = tmp_path / "pairs.jsonl"
    result = CliRunner().invoke(main, ["export-training", str(tmp_path / "results"), "-o", str(pairs)])
    assert result.exit_code == 0, result.output
    return [json.loads(row) for row in pairs.read_text().splitlines()], " ".join(result.output.split())


def reviewed(*decisions: dict[str, object], pages: tuple[Page, ...]) -> Document:
    before = document(*pages)
    return apply_corrections(before, parse_corrections(saved(*decisions, of=before)), AT, "Ada")


def test_completed_lines_are_pairs(tmp_path: Path) -> None:
    both = (decided("Invoice", "accepted", "Invoice", 0), decided("of the", "retyped", "of this", 8))
    made = reviewed(*both, pages=(sheet(1), sheet(2)))
    [row], said = exported(tmp_path, made, document(sheet(1)))
    assert row == {
        "id": f"{made.id}#1.1",
        "ocr": RAW,
        "truth": "Invoice of this year",
        "lang": "en",
        "source": "scan.png",
    }
    assert "1 pair, 1 of them with errors" in said
    assert "lines that were not reviewed, or not completely: 1" in said
    assert "documents that nobody has reviewed: 1" in said
    [pair] = [pair for part in ("train", "calibrate", "evaluate") for pair in
              line_pairs(tmp_path, part, (), [tmp_path / "pairs.jsonl"])]  # fmt: skip
    assert (pair.ocr, pair.truth, pair.language) == (RAW, "Invoice of this year", "en")


def test_half_reviewed_line_is_left_out(tmp_path: Path) -> None:
    rows, said = exported(tmp_path, reviewed(decided("Invoice", "accepted", "Invoice", 0), pages=(sheet(1),)))
    assert rows == []
    assert "not completely" in said


def test_two_reviews_add_up(tmp_path: Path) -> None:
    both = (decided("Invoice", "accepted", "Invoice", 0), decided("of the", "accepted", "of the", 8))
    first = reviewed(*both, pages=(sheet(1), sheet(2))).model_copy(update={"attempt": 2})
    second = [{**one, "page": 2} for one in both]
    made = apply_corrections(first, parse_corrections(saved(*second, of=first)), AT, "Bob")
    rows, _ = exported(tmp_path, made)
    assert [row["id"] for row in rows] == [f"{made.id}#1.1", f"{made.id}#2.1"]


def test_page_without_language_is_left_out(tmp_path: Path) -> None:
    both = (decided("Invoice", "accepted", "Invoice", 0), decided("of the", "accepted", "of the", 8))
    rows, said = exported(tmp_path, reviewed(*both, pages=(sheet(1, None),)))
    assert (rows, "language is uncertain" in said) == ([], True)
