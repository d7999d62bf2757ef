"""A word list and replacements in the results bucket reach the corrector of an upload that names them."""

from __future__ import annotations

from pathlib import Path

from scanproof.workers.records import Status
from tests.stack.conftest import Pipeline
from tests.unit.opening.paper import pdf_with


def test_named_lists_apply_to_upload(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.put_list("lists/words.txt", "# product names\nInv0ice\n")
    pipeline.put_list("lists/style.toml", "[[replacement]]\npattern = 'No[:;] (\\d+)'\nwith = 'no. \\1'\n")
    path = pdf_with(tmp_path / "lists.pdf", [(50, 50, "Inv0ice No: 12345")])
    lists = {"words": "lists/words.txt", "replacements": "lists/style.toml"}
    [record] = pipeline.finished(pipeline.upload(path, "incoming/lists.pdf", **lists, **{"correct-digital": "true"}))
    assert record.status is Status.PUBLISHED
    [line] = pipeline.document(record).pages[0].lines
    assert line.text == "Inv0ice no. 12345"
    assert {edit.corrector for edit in line.edits} == {"replacements"}
    assert {refusal.guard for refusal in line.refusals} == {"known_word"}
