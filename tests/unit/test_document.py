from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from scanproof.document import SCHEMA_VERSION, Box, Document
from tests.builders import document, edit, line, page


def test_a_line_whose_edits_do_not_explain_its_text_cannot_be_built() -> None:
    with pytest.raises(ValidationError, match="must give its text"):
        line("Inv0ice", edit("Inv0ice", 3, 4, "o"), text="Invoices")


def test_edits_that_overlap_are_refused() -> None:
    raw = "Inv0ice"
    with pytest.raises(ValidationError, match="does not fit"):
        line(raw, edit(raw, 2, 4, "vo"), edit(raw, 3, 4, "o"), text="Invoice")


def test_a_document_survives_json_with_its_schema_version() -> None:
    original = document(page(1, line("Inv0ice", edit("Inv0ice", 3, 4, "o"), text="Invoice")))
    assert Document.model_validate_json(original.model_dump_json()) == original
    assert json.loads(original.model_dump_json())["schema_version"] == SCHEMA_VERSION


def test_a_document_of_another_schema_version_is_refused() -> None:
    values = document().model_dump() | {"schema_version": "9.9"}
    with pytest.raises(ValidationError, match="schema_version"):
        Document.model_validate(values)


def test_line_breaks_are_kept_and_pages_parted() -> None:
    both = document(page(1, line("one"), line("two")), page(2, line("three")))
    assert both.text == "one\ntwo\n\fthree\n"


def test_a_box_inside_out_is_refused() -> None:
    with pytest.raises(ValidationError, match="out of order"):
        Box(left=2, top=0, right=1, bottom=1)
