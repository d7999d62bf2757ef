"""Validation and JSON of the document model."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from scanproof.document import SCHEMA_VERSION, Box, Document
from tests.builders import document, edit, line, page


def test_edits_must_explain_text() -> None:
    with pytest.raises(ValidationError, match="must give its text"):
        line("Inv0ice", edit("Inv0ice", 3, 4, "o"), text="Invoices")


def test_overlapping_edits_are_refused() -> None:
    raw = "Inv0ice"
    with pytest.raises(ValidationError, match="overlaps the one before"):
        line(raw, edit(raw, 2, 4, "vo"), edit(raw, 3, 4, "o"), text="Invoice")


def test_document_round_trips_through_json() -> None:
    original = document(page(1, line("Inv0ice", edit("Inv0ice", 3, 4, "o"), text="Invoice")))
    assert Document.model_validate_json(original.model_dump_json()) == original
    assert json.loads(original.model_dump_json())["schema_version"] == SCHEMA_VERSION


def test_other_schema_version_is_refused() -> None:
    values = document().model_dump() | {"schema_version": "9.9"}
    with pytest.raises(ValidationError, match="schema_version"):
        Document.model_validate(values)


def test_form_feeds_separate_pages() -> None:
    both = document(page(1, line("one"), line("two")), page(2, line("three")))
    assert both.text == "one\ntwo\n\fthree\n"


def test_inverted_box_is_refused() -> None:
    with pytest.raises(ValidationError, match="out of order"):
        Box(left=2, top=0, right=1, bottom=1)
