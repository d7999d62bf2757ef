"""Validation and JSON of the document model."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from scanproof.document import SCHEMA_VERSION, Box, CheckFlag, Document, parse_document
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


def test_suggestions_are_optional() -> None:
    place = {"page": 1, "line": 0, "box": {"left": 0, "top": 0, "right": 1, "bottom": 1}, "written": "37.58"}
    flag = CheckFlag.model_validate({"code": "row_product", "message": "", "places": [place]})
    assert flag.suggestion is None
    suggestion = {"page": 1, "line": 0, "start": 0, "end": 5, "raw": "37.58", "suggested": "37.50", "probability": 0.01}
    suggested = CheckFlag.model_validate(flag.model_dump() | {"suggestion": suggestion})
    assert CheckFlag.model_validate_json(suggested.model_dump_json()) == suggested


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


def test_document_before_kinds_still_loads() -> None:
    source = {"name": "a.png", "media_type": "image/png", "size_bytes": 1}
    field = {"name": "total", "value": "5.00", "written": "5.00", "page": 1, "line": 0,
             "box": {"left": 0, "top": 0, "right": 1, "bottom": 1}}  # fmt: skip
    old = {
        "schema_version": "1.1",
        "id": "x",
        "published_at": "2024",
        "source": source,
        "profile": "general",
        "fields": [field],
    }
    document = parse_document(json.dumps(old))
    assert (document.kind, document.details, document.fields[0].confidence) == (None, (), None)
    later = parse_document(json.dumps({**old, "schema_version": "1.9", "kind": "passport"}))
    assert later.kind is None
