"""Fields of our own invoices, receipts, orders and letters in eight languages, read without errors."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from benchmarks.fields import Outcome, made_papers, outcomes
from scanproof.document import DocumentKind
from scanproof.extraction.extract import extract
from scanproof.extraction.kind import document_kind

COUNT, SEED = 88, 3  # eight of each kind and language; the weights are fitted with seed 0
NAMES = (
    "invoice_number", "invoice_date", "due_date", "total", "currency", "vendor", "net", "tax", "tax_rate", "vat_number",
    "iban", "purchase_order", "buyer", "payment_terms",
)  # fmt: skip


@cache
def results() -> tuple[Outcome, ...]:
    papers = list(made_papers(COUNT, SEED))
    return tuple(each for name, page, truth in papers for each in outcomes(name, [page], truth, NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_fields_are_right_or_absent(name: str) -> None:
    counts = Counter(each.outcome for each in results() if each.name == name)
    there = counts["right"] + counts["wrong"] + counts["missing"]
    assert there >= 10
    assert counts["right"] >= (0.8 if name in ("buyer", "payment_terms") else 0.9) * there
    assert counts["wrong"] <= 0.03 * there
    assert counts["invented"] <= 0.03 * COUNT


def test_confidence_is_near_the_truth() -> None:
    given = [each for each in results() if each.confidence is not None]
    mean = sum(each.confidence or 0.0 for each in given) / len(given)
    right = sum(each.outcome == "right" for each in given) / len(given)
    assert abs(mean - right) < 0.05


def test_kinds_are_told() -> None:
    kinds = {"invoice": DocumentKind.INVOICE, "credit_note": DocumentKind.CREDIT_NOTE, "receipt": DocumentKind.RECEIPT,
             "form": DocumentKind.FORM, "letter": None}  # fmt: skip
    papers = [(name, page) for name, page, _ in made_papers(COUNT, SEED)]
    right = sum(document_kind([page]) is kinds[name.split("-")[3]] for name, page in papers)
    assert right >= 0.9 * len(papers)


def test_form_has_no_invoice_fields() -> None:
    forms = [page for name, page, _ in made_papers(COUNT, SEED) if "-form-" in name]
    found = [extract([page]) for page in forms]
    names = {field.name for each in found if each.kind is DocumentKind.FORM for field in each.fields}
    assert names <= {"total", "currency", "vendor"}
