"""The total to be paid: grand totals before totals, totals before anything else; subtotals never."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from scanproof.document import FieldName, KeyField, Page
from scanproof.extraction.candidates import AmountCandidate, amount_candidates
from scanproof.extraction.labels import Label, find_labels, nearest_label, rule

_TAX = r"(?:gst|vat|tax|sst|tva|mwst|ust|iva|btw|vat|podatek)"
_COUNTED = (
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
    # What contains the tax ranks as the plain total: where both stand, the later one has been rounded.
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
Announced = tuple[AmountCandidate, tuple[Label, float] | None]  # with the nearest label and its distance

_WEAK = frozenset({"amount", "montant", "betrag"})  # they also head columns
_CENT = Decimal("0.02")


def find_total(pages: Sequence[Page]) -> KeyField | None:
    """The total, or None.

    Where no label announces one, the largest plausible amount is offered, flagged ``no_label``. Where the named
    subtotal and taxes do not add up to it, it is flagged ``sum_mismatch`` and stays.
    """
    candidates = amount_candidates(pages)
    labels = find_labels(pages, _RULES)
    announced = [(candidate, nearest_label(candidate.spot, labels)) for candidate in candidates]
    crowd = Counter((candidate.spot.page, candidate.spot.line) for candidate in candidates)
    scored = [
        (candidate, _score(candidate, *near) - 0.6 * (crowd[candidate.spot.page, candidate.spot.line] > 1))
        for candidate, near in announced
        if near and near[0].meaning == "total"
    ]
    best = max(scored, key=lambda pair: (pair[1], pair[0].amount.value), default=None)
    if best and best[1] > 0:
        return _field(best[0], _sum_flags(best[0], announced), _decimal_point(candidates))
    loose = _unlabelled(announced)
    return _field(loose, ("no_label",)) if loose else None


def _unlabelled(announced: Sequence[Announced]) -> AmountCandidate | None:
    """The largest amount with cents that is neither cash given nor change.

    Only where the pages speak of payment, as receipts do, or name the amount twice: else it is any figure of a table.
    """
    loose = [
        candidate
        for candidate, near in announced
        if candidate.amount.decimals == 2 and not (near and near[0].meaning in ("other", "payment") and near[1] < 0.6)
    ]
    largest = max(loose, key=lambda candidate: candidate.amount.value, default=None)
    if largest is None or largest.amount.value <= 0:
        return None
    values = [candidate.amount.value for candidate, _ in announced]
    paid = any(near and near[0].meaning == "payment" for _, near in announced)
    return largest if paid or values.count(largest.amount.value) > 1 else None


def _score(candidate: AmountCandidate, label: Label, far: float) -> float:
    """How likely the amount is the total: its label, its form, its place; 0 if it cannot be."""
    amount, weight = candidate.amount, label.weight
    if label.spot.text.lower() in _WEAK:
        weight = 0.5
    if amount.value <= 0 or far > 1.3 or not (amount.currencies or amount.decimals == 2 or _large_round(candidate)):
        return 0.0
    form = 0.5 * (amount.decimals == 2) + 0.3 * bool(amount.currencies)
    if label.spot.line == candidate.spot.line and far < 0.6:
        far = 0.0  # of several amounts on the total's line the largest is the total
    return weight - 2 * far + form + min(candidate.spot.line, 200) / 500 + candidate.spot.page * 0.05


def _large_round(candidate: AmountCandidate) -> bool:
    """1,200 or 45 000 beside a total; a bare 3 counts articles."""
    return candidate.amount.value >= 10 and len(candidate.spot.text) <= 11


def _sum_flags(total: AmountCandidate, announced: Sequence[Announced]) -> tuple[str, ...]:
    """``sum_mismatch`` where a subtotal and a tax are named and none of their sums is the total."""
    named: dict[str, set[Decimal]] = {"subtotal": set(), "tax": set()}
    for candidate, near in announced:
        if near and near[0].meaning in named and near[1] < 1 and candidate.amount.decimals == 2:
            named[near[0].meaning].add(candidate.amount.value)
    sums = [subtotal + tax for subtotal in named["subtotal"] for tax in named["tax"]]
    sums += [subtotal + sum(named["tax"]) for subtotal in named["subtotal"]]  # several rates
    sums += named["subtotal"]  # the tax may be contained
    if not named["tax"] or not sums or any(abs(each - total.amount.value) <= _CENT for each in sums):
        return ()
    return ("sum_mismatch",)


def _decimal_point(candidates: Sequence[AmountCandidate]) -> str | None:
    """The decimal point of the pages' other amounts, if they agree on one."""
    points = {match[1] for candidate in candidates if (match := re.search(r"([.,])\d{2}\D*$", candidate.spot.text))}
    return points.pop() if len(points) == 1 else None


def _field(candidate: AmountCandidate, flags: tuple[str, ...], point: str | None = None) -> KeyField:
    amount, where = candidate.amount, candidate.spot
    told = point is not None and point not in where.text  # 1,200 beside 12.50 is no 1.2
    alternatives = () if told else amount.alternatives
    return KeyField(
        name=FieldName.TOTAL,
        value=format(amount.value, "f"),
        written=where.text,
        page=where.page,
        line=where.line,
        box=where.box,
        ambiguous=bool(alternatives),
        alternatives=tuple(format(other, "f") for other in alternatives),
        flags=flags,
    )
