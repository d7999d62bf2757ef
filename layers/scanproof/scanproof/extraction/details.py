"""Finds the details of a document, fields beside the key fields, as far as its kind has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanproof.document import DetailField, DetailName, DocumentKind, FieldName, KeyField
from scanproof.extraction.amount_labels import LabelledAmounts
from scanproof.extraction.buyer import buyer_candidates
from scanproof.extraction.choice import Candidate, Choice, choose
from scanproof.extraction.page_values import PageValues
from scanproof.extraction.references import iban_candidates, order_candidates, terms_candidates
from scanproof.extraction.sums import Sums
from scanproof.extraction.taxes import net_candidates, rate_candidates, tax_candidates, vat_candidates

_TAXES = frozenset({DetailName.NET, DetailName.TAX, DetailName.TAX_RATE, DetailName.VAT_NUMBER})
_PARTIES = frozenset({DetailName.BUYER, DetailName.IBAN, DetailName.VAT_NUMBER})
_SALE = _TAXES | _PARTIES | {DetailName.PURCHASE_ORDER, DetailName.PAYMENT_TERMS}
DETAILS_OF: Mapping[DocumentKind | None, frozenset[DetailName]] = {
    DocumentKind.INVOICE: _SALE,
    DocumentKind.CREDIT_NOTE: _SALE,
    DocumentKind.RECEIPT: _TAXES,
    DocumentKind.STATEMENT: _PARTIES | {DetailName.PAYMENT_TERMS},
    DocumentKind.FORM: _SALE,
    None: frozenset({DetailName.IBAN, DetailName.VAT_NUMBER}),
}
"""The details that a kind of document has."""

FIELDS_OF: Mapping[DocumentKind | None, frozenset[FieldName]] = {
    DocumentKind.RECEIPT: frozenset(FieldName) - {FieldName.DUE_DATE},
    DocumentKind.FORM: frozenset({FieldName.TOTAL, FieldName.CURRENCY, FieldName.VENDOR}),
}
"""The key fields that a kind of document has; kinds that are not listed have all."""


def find_details(
    found: PageValues, kind: DocumentKind | None, fields: Sequence[KeyField], amounts: LabelledAmounts
) -> tuple[DetailField, ...]:
    """Finds the details that are probable enough; one of each name, and of rates all."""
    details: list[DetailField] = []
    candidates = detail_candidates(found, kind, fields, amounts)
    for name in DetailName:
        if name not in DETAILS_OF[kind]:
            continue
        if name is DetailName.TAX_RATE:
            chosen = [choose(name, [each]) for each in candidates[name]]
        else:
            chosen = [choose(name, candidates[name])]
        details += [_detail(name, choice) for choice in chosen if choice]
    return tuple(details)


def detail_candidates(
    found: PageValues, kind: DocumentKind | None, fields: Sequence[KeyField], amounts: LabelledAmounts
) -> dict[DetailName, list[Candidate]]:
    """Returns the candidates of each detail, whether the kind of document has it or not."""
    known = {field.name: field for field in fields}
    sums, total = Sums(amounts), known.get(FieldName.TOTAL)
    return {
        DetailName.NET: net_candidates(amounts, sums, total),
        DetailName.TAX: tax_candidates(amounts, sums, total),
        DetailName.TAX_RATE: rate_candidates(found),
        DetailName.VAT_NUMBER: vat_candidates(found),
        DetailName.IBAN: iban_candidates(found),
        DetailName.PURCHASE_ORDER: order_candidates(found, kind),
        DetailName.BUYER: buyer_candidates(found.pages, known.get(FieldName.VENDOR), kind),
        DetailName.PAYMENT_TERMS: terms_candidates(found),
    }


def _detail(name: DetailName, choice: Choice) -> DetailField:
    return DetailField.model_validate({**choice.candidate.place(), "name": name, "confidence": choice.probability})
