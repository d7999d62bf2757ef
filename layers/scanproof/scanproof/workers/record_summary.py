"""What a record says about a published document, beside its fields."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from scanproof.document import Document, ReviewReason

_RECORDED_WARNINGS = 50  # on the record, whose table takes 400 KB an item; the document has all
_RECORDED_DETAILS = 150  # values, of at most 200 characters each


def record_summary(document: Document, edits: int, refusals: int) -> dict[str, object]:
    """Returns what the record says about a published document, beside its fields."""
    return {
        "kind": document.kind and document.kind.value,
        "details": _details(document),
        "warnings": list(document.warnings[:_RECORDED_WARNINGS]),
        "edits": edits,
        "refusals": refusals,
        "needs_review": document.needs_review,
        "reviewed": document.reviewed is not None,
        "review_reasons": [_table_item(reason) for reason in document.review_reasons],
    }


def _details(document: Document) -> dict[str, list[str]]:
    """Returns the values of details by name; a rate, for example, may occur several times."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for detail in document.details[:_RECORDED_DETAILS]:
        found[detail.name].append(detail.value)
    return dict(found)


def _table_item(reason: ReviewReason) -> dict[str, object]:
    """Returns a reason as DynamoDB stores it: with decimals, without what is not set."""
    item = reason.model_dump(mode="json", exclude_defaults=True)
    return {**item, "confidence": Decimal(str(reason.confidence))} if reason.confidence is not None else item
