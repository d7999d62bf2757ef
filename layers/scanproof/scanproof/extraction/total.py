"""Finds the total to be paid: grand totals rank before totals, totals before other amounts; subtotals never count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from scanproof.document import FieldName, KeyField
from scanproof.extraction.checks.check import NumberCheck, values_of
from scanproof.extraction.labels import NearestLabel, find_labels, nearest_label, rule
from scanproof.extraction.page_values import AmountCandidate, PageValues

_TAX = r"(?:gst|vat|tax|sst|tva|mwst|ust|iva|btw|vat|podatek)"
_COUNTED = (  # what a total may count instead of money
    r"qty|quantity|items?|articles?|no|number|units?|pcs|savings?|saved|disc\w*|points?|hours?|weight|volume|spots?|art|"
    r"pieces?|count"
)
_RULES = (
    rule("tax", 0.0, "(?:incl(?:uded|usive|uding)?|contained) (?:in|of) (?:the )?(?:total|price|above)",
         "im (?:gesamt)?betrag enthalten", "dont tva"),
    rule("subtotal", 0.0, r"sub total\w*", "total (?:ht|hors taxes?)", "zwischensumme", "netto(?:betrag|summe)?",
         "net amount", "base imponible", "imponibile", "subtotale", "subtotaal", "totaal excl\\w*", "razem netto",
         "wartosc netto", "suma netto",
         rf"total (?:sales |amount |price )?\(?exc?l?(?:luding|lusive|usive|l)?\.?(?: of)?(?: {_TAX})?\)?",
         "total before\\w*", "amount before\\w*", "total ex", f"taxable(?: amount)?(?: {_TAX})?", "nettosumme",
         "summe netto"),
    rule("total", 4.0, "grand total", "(?:total )?(?:amount|amt|balance) (?:due|payable|to pay)",
         "total (?:due|payable|to pay)", "rounded total", "total (?:after )?round(?:ed|ing)(?: adj)?",
         "net total (?:rounded)?", "nett? total", "invoice total", "total invoice", "please pay", "balance due",
         "net (?:payable|due|to pay)", "nett", "(?:montant )?total (?:ttc|toutes taxes comprises|general|a payer)",
         "net a payer", "montant (?:du|a payer|ttc)", "reste a payer",
         "(?:gesamt|rechnungs|zahl|end|brutto)(?:rechnungs)?(?:betrag|summe)", "zu zahlen(?:der betrag)?",
         "zahlbetrag", "gesamt brutto", "falliger betrag", "summe brutto", "bruttosumme",
         "(?:importe )?total (?:factura|a pagar|general)", "importe total",
         "totale (?:fattura|documento|da pagare|complessivo)", "importo (?:totale|da pagare)", "netto a pagare",
         "total (?:geral|da fatura|a pagar)", "valor (?:total|a pagar)", "totaal (?:incl\\w*|te betalen|generaal)",
         "te betalen(?: bedrag)?", "totaalbedrag", "do zaplaty", "razem brutto", "kwota (?:do zaplaty|naleznosci)",
         "suma brutto", "razem do zaplaty", "naleznosc"),
    # A total including tax ranks as a plain total: where a page has both, the later one has been rounded.
    rule("total", 3.0,
         f"total(?: sales| amount| amt)? \\(?(?:{_TAX} )?inc(?:l(?:usive|uding|uded?)?)?\\.?(?: of)?(?: {_TAX})?\\)?"),
    rule("tax", 0.0, f"total {_TAX}(?! ?incl)", f"{_TAX} (?:total|amount|amt|betrag)",
         f"(?:add )?{_TAX}(?: ?@? ?[0-9.,]+ ?%)?", "umsatzsteuer", "mehrwertsteuer", "taxe?s?", "impuestos?",
         "imposta", "sales tax"),
    rule("payment", 0.0, "total (?:paid|payments?)", "cash(?: tendered| paid| rcvd)?", "change(?: due)?", "tendered?",
         "paid", "visa(?: card)?", "master ?card", "credit card", "debit card", "rendu", "especes", "ruckgeld",
         "efectivo", "cambio", "contanti", "resto", "troco", "contant", "wisselgeld", "gotowka", "reszta"),
    rule("other", 0.0,
         f"total (?:{_COUNTED})",
         "(?:qty|quantity|item|items|discount) total", "rounding(?: adj\\w*)?", "disc(?:ount)?", "rabatt", "remise",
         "balance forward", "previous balance", "deposit", "descuento", "unit price", "u/?p", "price", "points",
         "member", "saving"),
    rule("total", 3.0, "total(?: sales?)?(?: amount| amt| price| cost| value)?(?: \\((?:rm|[a-z]{3}|[$€£])\\))?",
         "totale?", "totaal", "gesamt", "summe", "total montant", "montant total", "razem", "suma(?: pln)?", "ogolem",
         "amount", "montant", "betrag"),
)  # fmt: skip

_WEAK_LABELS = frozenset({"amount", "montant", "betrag"})  # they also head columns
_TOLERANCE = Decimal("0.02")
_MAX_SUMS = 1_000  # of a subtotal and a tax; an invoice has a few of each, on one or two pages
SUM_MISMATCH = "sum_mismatch"


@dataclass(frozen=True)
class Total:
    """The total and the check of its sum, None where no subtotal and tax are labelled."""

    field: KeyField
    check: NumberCheck | None = None


@dataclass(frozen=True)
class _LabelledAmount:
    candidate: AmountCandidate
    near: NearestLabel | None

    def has_label(self, *meanings: str) -> bool:
        return self.near is not None and self.near.label.meaning in meanings


def find_total(found: PageValues) -> Total | None:
    """Finds the total, or None.

    Without a labelled total, the largest plausible amount is returned, flagged ``no_label``. A total that is not the
    sum of the labelled subtotal and taxes is flagged ``sum_mismatch`` and kept.
    """
    candidates = found.amounts
    labels = find_labels(found.pages, _RULES)
    amounts = [_LabelledAmount(candidate, nearest_label(candidate.span, labels)) for candidate in candidates]
    amounts_on_line = Counter((candidate.span.page, candidate.span.line) for candidate in candidates)
    scored = [
        (each.candidate, _score(each.candidate, each.near) - 0.6 * (amounts_on_line[_line_key(each.candidate)] > 1))
        for each in amounts
        if each.near and each.has_label("total")
    ]
    best = max(scored, key=lambda pair: (pair[1], pair[0].amount.value), default=None)
    if best and best[1] > 0:
        check = _sum_check(best[0], amounts)
        flags = (SUM_MISMATCH,) if check and check.failed else ()
        return Total(_field(best[0], flags, _decimal_point(candidates)), check)
    unlabelled = _largest_unlabelled(amounts)
    return Total(_field(unlabelled, ("no_label",))) if unlabelled else None


def _line_key(candidate: AmountCandidate) -> tuple[int, int]:
    return candidate.span.page, candidate.span.line


def _largest_unlabelled(amounts: Sequence[_LabelledAmount]) -> AmountCandidate | None:
    """Finds the largest amount with cents that is neither cash given nor change.

    The pages must mention payment, as receipts do, or contain the amount twice: otherwise it may be any number of a
    table.
    """
    eligible = [
        each.candidate
        for each in amounts
        if each.candidate.amount.decimals == 2
        and not (each.near and each.has_label("other", "payment") and each.near.distance < 0.6)
    ]
    largest = max(eligible, key=lambda candidate: candidate.amount.value, default=None)
    if largest is None or largest.amount.value <= 0:
        return None
    values = [each.candidate.amount.value for each in amounts]
    mentions_payment = any(each.has_label("payment") for each in amounts)
    return largest if mentions_payment or values.count(largest.amount.value) > 1 else None


def _score(candidate: AmountCandidate, near: NearestLabel) -> float:
    """Scores how likely the amount is the total, by its label, form and position; 0 if it cannot be."""
    amount, label, distance = candidate.amount, near.label, near.distance
    weight = 0.5 if label.span.text.lower() in _WEAK_LABELS else label.weight
    is_money = amount.currencies or amount.decimals == 2 or _is_large_round(candidate)
    if amount.value <= 0 or distance > 1.3 or not is_money:
        return 0.0
    form = 0.5 * (amount.decimals == 2) + 0.3 * bool(amount.currencies)
    if label.span.line == candidate.span.line and distance < 0.6:
        distance = 0.0  # of several amounts on the total's line the largest is the total
    return weight - 2 * distance + form + min(candidate.span.line, 200) / 500 + candidate.span.page * 0.05


def _is_large_round(candidate: AmountCandidate) -> bool:
    """Accepts 1,200 or 45 000 as an amount of money; a bare 3 counts articles."""
    return candidate.amount.value >= 10 and len(candidate.span.text) <= 11


def _sum_check(total: AmountCandidate, amounts: Sequence[_LabelledAmount]) -> NumberCheck | None:
    """Builds the check of subtotal, taxes and total; it fails where none of their sums is the total."""
    subtotals, taxes = (_labelled(meaning, amounts) for meaning in ("subtotal", "tax"))
    if len(subtotals) * len(taxes) > _MAX_SUMS:  # many invoices in one file
        subtotals, taxes = (
            [each for each in found if each.span.page == total.span.page] for found in (subtotals, taxes)
        )
    if not subtotals or not taxes:
        return None
    sums = _sums([each.amount.value for each in subtotals], [each.amount.value for each in taxes])
    return NumberCheck(
        code=SUM_MISMATCH,
        numbers=tuple(each.span for each in (total, *subtotals, *taxes)),
        message=f"the subtotal and the taxes do not add up to the total {total.span.text}",
        failed=all(abs(each - total.amount.value) > _TOLERANCE for each in sums),
        fits=partial(_fits, len(subtotals)),
    )


def _labelled(meaning: str, amounts: Sequence[_LabelledAmount]) -> list[AmountCandidate]:
    return [
        each.candidate
        for each in amounts
        if each.near
        and each.near.label.meaning == meaning
        and each.near.distance < 1
        and each.candidate.amount.decimals == 2
    ]


def _sums(subtotals: Sequence[Decimal], taxes: Sequence[Decimal]) -> set[Decimal]:
    """Returns what the total may be."""
    several_rates = sum(set(taxes))
    possible_taxes = {Decimal(0), several_rates, *taxes}  # none: the tax may be included
    return {subtotal + tax for subtotal in set(subtotals) for tax in possible_taxes}


def _fits(subtotal_count: int, texts: Sequence[str]) -> bool:
    values = values_of(texts)
    if values is None:
        return False
    total, *others = values
    return total in _sums(others[:subtotal_count], others[subtotal_count:])


def _decimal_point(candidates: Sequence[AmountCandidate]) -> str | None:
    """Determines the decimal point of the pages' other amounts, if they agree on one."""
    points = {match[1] for candidate in candidates if (match := re.search(r"([.,])\d{2}\D*$", candidate.span.text))}
    return points.pop() if len(points) == 1 else None


def _field(candidate: AmountCandidate, flags: tuple[str, ...], point: str | None = None) -> KeyField:
    amount, span = candidate.amount, candidate.span
    is_unambiguous = point is not None and point not in span.text  # 1,200 next to 12.50 is not 1.2
    alternatives = () if is_unambiguous else amount.alternatives
    return KeyField(
        name=FieldName.TOTAL,
        value=format(amount.value, "f"),
        written=span.text,
        page=span.page,
        line=span.line,
        box=span.box,
        ambiguous=bool(alternatives),
        alternatives=tuple(format(other, "f") for other in alternatives),
        flags=flags,
    )
