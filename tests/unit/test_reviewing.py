"""A reviewer's decisions, applied to a document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from scanproof.document import Document, FieldName, KeyField, Line, Page
from scanproof.errors import PermanentError
from scanproof.output.audit import audit_rows
from scanproof.output.review_page import review_page
from scanproof.reviewing import apply_corrections, parse_corrections
from tests.builders import BOX, document, edit, page
from tests.unit.output.test_placement import corrected, recognised
from tests.unit.output.test_review_page import items_of

RAW = "Inv0ice ofthe year"
AT = "2026-11-28T12:00:00.000+00:00"


def read(*pages: Page) -> Document:
    made = document(*(pages or (page(1, recognised(RAW, edit(RAW, 3, 4, "o"), edit(RAW, 10, 10, " "))),)))
    field = KeyField(name=FieldName.VENDOR, value="A", written="A", page=1, line=0, box=BOX, alternatives=("B",))
    return made.model_copy(update={"fields": (field,), "needs_review": True})


def saved(*corrections: dict[str, Any], of: Document | None = None, **others: Any) -> str:
    made = {"format_version": 1, "document_id": (of or read()).id, "attempt": 1, "made_at": AT}
    return json.dumps({**made, "corrections": corrections, **others})


def decided(text: str, action: str, replacement: str, start: int) -> dict[str, Any]:
    place = {"page": 1, "line": 0, "start": start, "end": start + len(text)}
    return {**place, "text": text, "action": action, "replacement": replacement}


def applied(*corrections: dict[str, Any], **others: Any) -> Document:
    return apply_corrections(read(), parse_corrections(saved(*corrections, **others)), AT, "Ada")


def test_accepted_changes_stay() -> None:
    reviewed = applied(decided("Invoice", "accepted", "Invoice", 0))
    assert reviewed.text == read().text
    assert [one.corrector for one in reviewed.pages[0].lines[0].edits] == ["fast", "fast"]
    assert reviewed.reviewed is not None
    assert (reviewed.reviewed.by, reviewed.reviewed.accepted, reviewed.reviewed.changed) == ("Ada", 1, 0)
    assert (reviewed.needs_review, reviewed.review_reasons) == (False, ())


def test_undone_change_is_raw_again() -> None:
    reviewed = applied(decided("of the", "undone", "ofthe", 8))
    assert reviewed.pages[0].lines[0].text == "Invoice ofthe year"
    assert [one.start for one in reviewed.pages[0].lines[0].edits] == [3]


def test_retyped_word_is_audited() -> None:
    reviewed = applied(decided("Invoice", "retyped", "INVOICE", 0), decided("year", "retyped", "week", 15))
    assert reviewed.pages[0].lines[0].text == "INVOICE of the week"
    rows = [row for row in audit_rows(reviewed) if row.corrector == "reviewer"]
    assert [(row.raw, row.corrected, row.model, row.model_version) for row in rows] == [
        ("Inv0ice", "INVOICE", "Ada", AT),
        ("year", "week", "Ada", AT),
    ]


def test_part_of_word_is_retyped() -> None:
    assert applied(decided("v", "retyped", "V", 2)).pages[0].lines[0].text == "InVoice of the year"
    assert applied(decided("oi", "retyped", "01", 3)).pages[0].lines[0].text == "Inv01ce of the year"


def test_field_gets_the_reviewers_value() -> None:
    [field] = applied(fields=[{"name": "vendor", "value": "Ada & Co."}]).fields
    assert (field.value, field.written, field.alternatives, field.flags) == ("Ada & Co.", "A", (), ("reviewer",))


@given(corrected())
def test_undoing_restores_the_raw_text(made: Line) -> None:
    of = read(page(1, made))
    for item in items_of(made):
        correction = decided(item["text"], "undone", item["raw"], item["start"])
        reviewed = apply_corrections(of, parse_corrections(saved(correction, of=of)), AT).pages[0].lines[0]
        expected = made.text[: item["start"]] + item["raw"] + made.text[item["end"] :]
        assert reviewed.text == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "corrections_invalid"),
        ("[" * 100_000, "corrections_invalid"),
        ("[]", "corrections_invalid"),
        (saved(format_version=2), "corrections_invalid"),
        (saved(attempt=2), "corrections_stale"),
        (saved(document_id="other"), "corrections_stale"),
        (saved(decided("Invoise", "retyped", "x", 0)), "corrections_invalid"),
        (saved({**decided("Invoice", "retyped", "x", 0), "line": 7}), "corrections_invalid"),
        (saved({**decided("Invoice", "retyped", "x", 0), "page": 2}), "corrections_invalid"),
        (saved({**decided("Invoice", "retyped", "x", 0), "end": 10**9}), "corrections_invalid"),
        (saved(decided("Invoice", "retyped", "a\nb", 0)), "corrections_invalid"),
        (saved(decided("Invoice", "retyped", "x" * 5000, 0)), "corrections_invalid"),
        (saved(decided("Invoice", "retyped", "x", 0), decided("nvoic", "retyped", "y", 1)), "corrections_invalid"),
        (saved(fields=[{"name": "total", "value": "1"}]), "corrections_invalid"),
        (saved(fields=[{"name": "colour", "value": "1"}]), "corrections_invalid"),
    ],
)
def test_unfit_corrections_are_refused(content: str, code: str) -> None:
    with pytest.raises(PermanentError) as refused:
        apply_corrections(read(), parse_corrections(content), AT)
    assert refused.value.code == code


def test_reviewed_document_is_reviewed_again() -> None:
    once = applied(decided("year", "retyped", "week", 15)).model_copy(update={"attempt": 2})
    content = saved(decided("week", "retyped", "day", 15), attempt=2)
    again = apply_corrections(once, parse_corrections(content), AT, "Bob")
    assert again.text == "Invoice of the day\n"
    assert review_page(again, {})
