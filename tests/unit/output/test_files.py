"""Output files of a document, and its audit."""

from __future__ import annotations

import json

import pytest

from scanproof.document import Refusal
from scanproof.options import Output
from scanproof.output.alternatives import Alternatives, PageAlternatives
from scanproof.output.files import output_files
from tests.builders import document, edit, line, page

RAW = "Inv0ice 12.3O"
REFUSAL = Refusal(start=8, end=13, raw="12.3O", proposed="12.30", guard="some_guard", probability=0.6)
DOCUMENT = document(
    page(1, line("first")), page(2, line(RAW, edit(RAW, 3, 4, "o"), text="Invoice 12.3O", refusals=[REFUSAL]))
)


def content(name: str) -> str:
    [file] = [file for file in output_files(DOCUMENT) if file.name == name]
    return file.content.decode()


def test_texts_keep_line_breaks() -> None:
    assert content("document.txt") == "first\n\fInvoice 12.3O\n"
    assert content("document.raw.txt") == "first\n\fInv0ice 12.3O\n"


def test_audit_lists_changes_and_refusals() -> None:
    changed, refused = (json.loads(row) for row in content("audit.jsonl").splitlines())
    assert (changed["action"], changed["page"], changed["line"], changed["raw"], changed["corrected"]) == (
        "changed",
        2,
        1,
        "0",
        "o",
    )
    assert changed["probability"] == 0.99
    assert changed["model_version"] == "test"
    assert (refused["action"], refused["guard"], refused["corrected"]) == ("refused", "some_guard", "12.30")


def test_json_is_always_included() -> None:
    assert [file.name for file in output_files(DOCUMENT, {Output.TEXT})] == ["document.json", "document.txt"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_files_by_page_equal_the_whole(count: int) -> None:
    pages = [page(number, *(line(f'"{number}]\u2028\\n'), line("}"))[: number - 1]) for number in range(1, count + 1)]
    whole = document(*pages)
    listed = [PageAlternatives(number=each.number, note="none") for each in pages]
    files = {file.name: file.content for file in output_files(whole, Output, listed)}
    assert files["document.json"] == whole.model_dump_json(indent=1).encode()
    assert files["document.txt"] == whole.text.encode()
    assert files["document.raw.txt"] == whole.raw_text.encode()
    expected = Alternatives(id=whole.id, pages=tuple(listed)).model_dump_json(indent=1).encode()
    assert files["alternatives.json"] == expected
