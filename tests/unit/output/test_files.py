from __future__ import annotations

import json

from scanproof.document import Refusal
from scanproof.options import Output
from scanproof.output.files import output_files
from tests.builders import document, edit, line, page

RAW = "Inv0ice 12.3O"
REFUSED = Refusal(start=8, end=13, raw="12.3O", proposed="12.30", guard="some_guard", probability=0.6)
ONE = document(
    page(1, line("first")), page(2, line(RAW, edit(RAW, 3, 4, "o"), text="Invoice 12.3O", refusals=[REFUSED]))
)


def content(name: str) -> str:
    [file] = [file for file in output_files(ONE) if file.name == name]
    return file.content.decode()


def test_text_and_raw_text_keep_line_breaks() -> None:
    assert content("document.txt") == "first\n\fInvoice 12.3O\n"
    assert content("document.raw.txt") == "first\n\fInv0ice 12.3O\n"


def test_every_change_and_every_refusal_is_in_the_audit() -> None:
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


def test_only_what_was_asked_for_is_written_and_the_json_always() -> None:
    assert [file.name for file in output_files(ONE, {Output.TEXT})] == ["document.json", "document.txt"]
