"""Checks receipts: cash minus total is the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

from scanproof.document import CheckCode
from scanproof.extraction.checks.check import NumberCheck, values_of
from scanproof.extraction.labels import find_labels, nearest_label, rule
from scanproof.extraction.page_values import AmountCandidate, PageValues
from scanproof.extraction.spans import share_row

_RULES = (
    rule("change", 1.0, "change(?: due)?", "rendu", "ruckgeld", "cambio", "wisselgeld", "reszta"),
    rule("cash", 1.0, "cash(?: tendered| paid| rcvd)?", "especes", "efectivo", "contanti", "contant", "gotowka"),
    rule(
        "sum", 1.0, "grand total", "rounded total", r"(?:nett?|sub)? total(?: [a-z()]+){0,3}", "(?:amount|balance) due"
    ),
    rule("other", 0.0, "rounding(?: adj\\w*)?", "disc(?:ount)?", "gst", "vat", "tax"),
)
_ROUNDING = Decimal("0.05")  # cash is rounded to the smallest coin


def check_cash(found: PageValues) -> Iterator[NumberCheck]:
    """Yields one check where total, cash and change are labelled.

    It fails where no amount on the pages is cash minus change.
    """
    labels = find_labels(found.pages, _RULES)
    amounts = [each for each in found.amounts if each.amount.decimals == 2]
    labelled: dict[str, list[AmountCandidate]] = {"change": [], "cash": [], "sum": []}
    for each in amounts:
        near = nearest_label(each.span, labels)
        if near and near.label.meaning in labelled and share_row(near.label.span.box, each.span.box):
            labelled[near.label.meaning].append(each)
    if len(labelled["change"]) != 1 or len(labelled["cash"]) != 1 or not labelled["sum"]:
        return
    cash, change = labelled["cash"][0], labelled["change"][0]
    paid = cash.amount.value - abs(change.amount.value)
    # What was paid may stand under an unknown label: any amount that fits suppresses the flag.
    # "Cash" may also be the way of paying, next to the total itself.
    explained = {paid, cash.amount.value} & {each.amount.value for each in labelled["sum"]}
    failed = paid > 0 and not explained and all(abs(paid - each.amount.value) > _ROUNDING for each in amounts)
    yield _check(cash, change, labelled["sum"], failed)


def _check(
    cash: AmountCandidate, change: AmountCandidate, sums: Sequence[AmountCandidate], failed: bool
) -> NumberCheck:
    spans = (sums[-1].span, cash.span, change.span)
    return NumberCheck(
        code=CheckCode.CASH_CHANGE,
        numbers=spans,
        message=f"cash {cash.span.text} less change {change.span.text} is not the total {sums[-1].span.text}",
        failed=failed,
        fits=partial(_fits, frozenset(each.amount.value for each in sums[:-1])),
    )


def _fits(other_sums: frozenset[Decimal], texts: Sequence[str]) -> bool:
    """Whether cash minus change is the total or another sum."""
    values = values_of(texts)
    if values is None:
        return False
    total, cash, change = values
    return cash - abs(change) in {total, *other_sums}
