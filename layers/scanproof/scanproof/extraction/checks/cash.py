"""Receipts: cash - total is the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from scanproof.document import CheckCode, CheckFlag, Page
from scanproof.extraction.candidates import AmountCandidate, amount_candidates
from scanproof.extraction.checks.places import place
from scanproof.extraction.labels import find_labels, nearest_label, rule
from scanproof.extraction.places import share_row

_RULES = (
    rule("change", 1.0, "change(?: due)?", "rendu", "ruckgeld", "cambio", "wisselgeld", "reszta"),
    rule("cash", 1.0, "cash(?: tendered| paid| rcvd)?", "especes", "efectivo", "contanti", "contant", "gotowka"),
    rule(
        "sum", 1.0, "grand total", "rounded total", r"(?:nett?|sub)? total(?: [a-z()]+){0,3}", "(?:amount|balance) due"
    ),
    rule("other", 0.0, "rounding(?: adj\\w*)?", "disc(?:ount)?", "gst", "vat", "tax"),
)
_ROUNDING = Decimal("0.05")  # cash is rounded to the smallest coin


def check_cash(pages: Sequence[Page]) -> Iterator[CheckFlag]:
    """One flag where a total, one cash and one change are named and no amount of the document is what was paid."""
    labels = find_labels(pages, _RULES)
    amounts = [each for each in amount_candidates(pages) if each.amount.decimals == 2]
    named: dict[str, list[AmountCandidate]] = {"change": [], "cash": [], "sum": []}
    for each in amounts:
        near = nearest_label(each.spot, labels)
        if near and near[0].meaning in named and share_row(near[0].spot.box, each.spot.box):
            named[near[0].meaning].append(each)
    if len(named["change"]) != 1 or len(named["cash"]) != 1 or not named["sum"]:
        return
    cash, change = named["cash"][0], named["change"][0]
    paid = cash.amount.value - abs(change.amount.value)
    # What was paid may stand under a label that is not known here: any amount that fits keeps the check silent.
    # "Cash" may also be the way of paying, beside the total itself.
    accounted = {paid, cash.amount.value} & {each.amount.value for each in named["sum"]}
    if paid > 0 and not accounted and all(abs(paid - each.amount.value) > _ROUNDING for each in amounts):
        yield _flag(cash, change, named["sum"][-1])


def _flag(cash: AmountCandidate, change: AmountCandidate, total: AmountCandidate) -> CheckFlag:
    spots = [total.spot, cash.spot, change.spot]
    message = f"cash {cash.spot.text} less change {change.spot.text} is not the total {total.spot.text}"
    return CheckFlag(code=CheckCode.CASH_CHANGE, message=message, places=tuple(map(place, spots)))
