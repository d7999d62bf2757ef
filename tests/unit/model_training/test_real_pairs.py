"""Real readings are cut into lines with their truth, and no document is in two parts."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model_training.real_pairs import aligned_lines, documents, part_of


def test_lines_get_their_truth() -> None:
    ocr = "Tbe quick brown fox\njumps ovor the lazy dog"
    truth = "The quick brown fox jumps over the lazy dog"
    assert list(aligned_lines(ocr, truth)) == [
        ("Tbe quick brown fox", "The quick brown fox"),
        ("jumps ovor the lazy dog", "jumps over the lazy dog"),
    ]


def test_unmatched_lines_are_left_out() -> None:
    pairs = list(aligned_lines("#@!%& (=)\nThe end of it", "The end of it"))
    assert pairs == [("The end of it", "The end of it")]


@given(st.lists(st.text(alphabet="abc de", min_size=1, max_size=60), max_size=5))
def test_perfect_readings_give_equal_pairs(lines: list[str]) -> None:
    text = "\n".join(lines)
    for ocr, truth in aligned_lines(text, text):
        assert ocr.split() == truth.split()


def test_documents_belong_to_one_part() -> None:
    assert len({part_of(f"page-7#{piece}") for piece in range(50)}) == 1
    parts = [part_of(f"document-{number}") for number in range(2000)]
    assert 0.65 < parts.count("train") / len(parts) < 0.75
    assert 0.12 < parts.count("evaluate") / len(parts) < 0.18


def test_parts_cover_all_documents(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = [{"id": f"d{n}#0", "ocr": "x", "truth": "x", "lang": "en"} for n in range(200)]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    read = [row["id"] for part in ("train", "calibrate", "evaluate") for row in documents(path, part)]
    assert sorted(read) == sorted(row["id"] for row in rows)
