"""What a record says about a published document."""

from __future__ import annotations

from scanproof.document import Box, DetailField, DocumentKind
from scanproof.workers import record_summary as module
from scanproof.workers.record_summary import record_summary
from tests.builders import document


def detail(name: str, value: str) -> DetailField:
    box = Box(left=0, top=0, right=1, bottom=1)
    return DetailField(name=name, value=value, written=value, page=1, line=0, box=box)


def test_details_are_recorded_by_name() -> None:
    details = (detail("tax_rate", "7"), detail("tax_rate", "19"), detail("cost_centre", "4430"))
    published = document().model_copy(update={"details": details, "kind": DocumentKind.INVOICE})
    summary = record_summary(published, 1, 2)
    assert summary["details"] == {"tax_rate": ["7", "19"], "cost_centre": ["4430"]}
    assert summary["kind"] == "invoice"


def test_document_without_details_replaces_them() -> None:
    summary = record_summary(document(), 0, 0)
    assert (summary["details"], summary["kind"]) == ({}, None)


def test_record_stays_small() -> None:
    details = tuple(detail("wanted", "x" * 200) for _ in range(1_000))
    summary = record_summary(document().model_copy(update={"details": details}), 0, 0)
    assert summary["details"] == {"wanted": ["x" * 200] * module._RECORDED_DETAILS}
