"""Finds what amounts of money mean by the labels next to them: amount due, total, net, tax, payment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from scanproof.document import Page
from scanproof.extraction.labels import Label, NearestLabel, find_labels, nearest_label, rule
from scanproof.extraction.page_values import AmountCandidate, PageValues
from scanproof.extraction.spans import share_row

TAX = r"(?:gst|vat|tax|sst|tva|mwst|ust|iva|btw|podatek)"
_INC = r"in[ck](?:l\w*)?\.?(?: of)?"
_RATE = r"(?: ?@? ?\d+(?:[.,]\d+)? ?%)?"
_WITH_TAX = rf"(?: ?[(\[]?(?:{TAX}{_RATE} )?{_INC}(?: {TAX})?{_RATE}(?: {TAX})?[)\]]?)"  # "(GST inc)", "incl. 20 % VAT"
_COUNTED = (  # what a total may count instead of money
    r"qty|quantity|items?|articles?|no|number|units?|pcs|savings?|saved|disc\w*|points?|hours?|weight|volume|spots?|"
    r"art|"
    r"pieces?|count|cpp|grp"
)
RULES = (
    rule("tax", 0.0, "(?:incl(?:uded|usive|uding)?|contained) (?:in|of) (?:the )?(?:total|price|above)",
         "im (?:gesamt)?betrag enthalten", "dont tva"),
    # What is to be paid after commissions, discounts and rounding ranks before the total of the goods.
    rule("due", 5.0, f"(?:total )?(?:nett? )?(?:amount|amt|balance) (?:due|payable|to (?:be )?pa(?:y|id)|"
         f"owing){_WITH_TAX}?",
         f"(?:total|nett?) (?:due|payable|to pay|owing){_WITH_TAX}?", "rounded total",
         f"(?:amount|amt) paid {_WITH_TAX}",
         f"total after (?:adj\\w*|round\\w*|disc\\w*){_WITH_TAX}?",
         "total (?:after )?round(?:ed|ing)(?: adj)?", "nett? total \\(?rounded\\)?", "please pay", "balance due",
         "amount to pay",
         "(?:net|reste|montant|total) a (?:payer|regler)", "montant du", "reste du",
         "zu zahlen(?:der (?:gesamt)?betrag)?", "zahlbetrag", "zahllast", "falliger betrag", "zahlungsbetrag",
         "(?:importe |total )?a pagar", "total a pagar", "netto a pagare", "(?:totale |importo )?da pagare",
         "(?:valor|total) a pagar", "te betalen(?: bedrag)?", "totaal te betalen", "(?:razem )?do zaplaty",
         "kwota (?:do zaplaty|naleznosci)", "naleznosc"),
    rule("subtotal", 0.0, r"sub total\w*", "total (?:ht|hors taxes?)", "zwischensumme", "netto(?:betrag|summe|wert)?",
         "net amount", "total nett?o", "base imponible", "imponibile", "subtotale", "subtotaal",
         f"totaal excl\\w*(?:\\W{{0,2}}{TAX})?",
         "razem netto", "wartosc netto", "suma netto", "montant ht", "amount excl\\w*", "bedrag excl\\w*",
         rf"total (?:sales |amount |price )?\(?exc?l?(?:luding|lusive|usive|l)?\.?(?: of)?(?: {TAX})?\)?",
         "total before\\w*", "amount before\\w*", "total ex", f"taxable(?: amount)?(?: {TAX})?", "nettosumme",
         "summe netto", "gesamt netto", "gesamt nettobetrag", "base tributavel", "total iliquido", "net value"),
    rule("grand", 4.0, f"grand tota[l1]{_WITH_TAX}?", "nett? total", "nett", "invoice total", "total invoice",
         "total for this invoice", "(?:montant )?total (?:ttc|toutes taxes comprises|general)", "montant ttc",
         "(?:gesamt|rechnungs|end|brutto|rechnungsend)(?:rechnungs)?(?:betrag|summe)", "gesamt brutto", "summe brutto",
         "bruttosumme", "(?:importe )?total (?:factura|general)", "importe total",
         "totale (?:fattura|documento|complessivo)", "importo totale", "total (?:geral|da fatura)", "valor total",
         f"totaal (?:generaal|incl\\w*(?:\\W{{0,2}}{TAX})?)", "totaalbedrag", "razem brutto", "suma brutto",
         "total general"),
    # A total including tax ranks as a plain total: where a page has both, the later one has been rounded.
    rule("total", 3.0,
         f"tota(?:[l1]|al|le)(?: sales| amount| amt)?{_WITH_TAX}",
         f"(?:gesamt|rechnungs|end)(?:betrag|summe)?{_WITH_TAX}",
         f"(?:importe|importo|bedrag|betrag|montant|suma|razem) ?(?:tota(?:l|al|le))?{_WITH_TAX}"),
    rule("tax", 0.0, f"total {TAX}(?! ?incl)", f"{TAX} (?:total|amount|amt|betrag)",
         f"(?:add )?{TAX}(?: ?@? ?[0-9.,]+ ?%)?", "umsatzsteuer", "mehrwertsteuer", "versicherungs?steuer\\w*",
         "taxe?s?", "impuestos?", "imposta", "sales tax", "kwota vat", "btw bedrag",
         "(?:montant|total) (?:de la )?tva"),
    rule("change", 0.0, "change(?: due)?", "rendu", "ruckgeld", "cambio", "resto", "troco", "wisselgeld", "reszta"),
    rule("payment", 0.0, "total (?:paid|payments?)", "(?:amount|amt) paid excl\\w*", "cash(?: tendered| paid| rcvd)?",
         "(?:cash |amt |amount )?received",
         "tendered?",
         "paid", "visa(?: card)?", "master ?(?:card)?", "credit card", "debit card", "especes",
         "efectivo", "contanti", "contant", "gotowka", "payment received\\w*", "bar", "gegeben"),
    rule("rounding", 0.0, "round(?:ing|ed)?(?: adj\\w*)?", "arrondi", "rundung\\w*", "redondeo", "arrotondamento",
         "afronding", "zaokraglenie"),
    rule("other", 0.0,
         f"total (?:{_COUNTED})",
         "(?:qty|quantity|item|items|discount) total", "disc(?:ount)?", "rabatt", "remise", "(?:agency )?commission",
         "balance forward", "previous balance", "deposit", "descuento", "unit price", "u/?p", "price", "points",
         "member", "saving", "rate"),
    rule("total", 3.0, "(?:gross )?tota[l1](?: sales?)?(?: amount| amt| price| cost| value)?(?: \\((?:rm|[a-z]{3}|"
         "[$€£])\\))?",
         r"tot(?=[\s.]{0,2}:)",
         "totale?", "totaal", "gesamt", "summe", "total montant", "montant total", "razem", "suma(?: pln)?", "ogolem"),
    rule("weak", 0.5, "amount", "montant", "betrag", "bedrag", "importe", "importo", "valor", "kwota"),
)  # fmt: skip
TOTALS = frozenset({"due", "grand", "total", "weak"})
_NEAR = 1.0  # as label_distance measures it: within it, a label is taken to name a subtotal, a tax or a payment
_HEADING_WORDS = 2  # beside the label, on a row without digits: a heading of a table


@dataclass(frozen=True)
class LabelledAmount:
    """An amount and the label that is nearest to it, if one may belong to it."""

    candidate: AmountCandidate
    near: NearestLabel | None

    def has_label(self, *meanings: str) -> bool:
        """Whether the nearest label has one of these meanings."""
        return self.near is not None and self.near.label.meaning in meanings


@dataclass
class LabelledAmounts:
    """The amounts of pages with their labels."""

    found: PageValues
    _headings: dict[Label, bool] = field(default_factory=dict)

    @cached_property
    def all(self) -> tuple[LabelledAmount, ...]:
        """All amounts in reading order."""
        labels = find_labels(self.found.pages, RULES)
        return tuple(LabelledAmount(each, nearest_label(each.span, labels)) for each in self.found.amounts)

    @cached_property
    def _by_line(self) -> dict[tuple[int, int], list[LabelledAmount]]:
        by_line: defaultdict[tuple[int, int], list[LabelledAmount]] = defaultdict(list)
        for each in self.all:
            by_line[each.candidate.span.page, each.candidate.span.line].append(each)
        return by_line

    def on_line(self, candidate: AmountCandidate) -> list[LabelledAmount]:
        """Returns all amounts on the line of one."""
        return self._by_line[candidate.span.page, candidate.span.line]

    def named(self, *meanings: str) -> list[AmountCandidate]:
        """Returns the amounts with cents that a label of one of the meanings names."""
        return [
            each.candidate
            for each in self.all
            if each.near
            and each.has_label(*meanings)
            and each.near.distance < _NEAR
            and each.candidate.amount.decimals == 2
        ]

    def is_heading(self, label: Label, value: AmountCandidate) -> bool:
        """Whether the label heads a column of a table above the value, rather than names the value alone."""
        if label.span.line == value.span.line or share_row(label.span.box, value.span.box):
            return False
        if label not in self._headings:
            self._headings[label] = self._heads_table(label)
        return self._headings[label]

    def _heads_table(self, label: Label) -> bool:
        page = self.found.page(label.span.page)
        own = page.lines[label.span.line].text
        texts = [own[: label.span.start], own[label.span.end :], *_texts_beside(page, label.span.line)]
        words = [word for text in texts for word in text.split() if any(char.isalpha() for char in word)]
        return len(words) >= _HEADING_WORDS and not any(char.isdigit() for text in texts for char in text)


def _texts_beside(page: Page, line: int) -> Iterable[str]:
    """Yields the texts of the other lines on the row of a line, among its neighbours in reading order."""
    first, last = max(line - 12, 0), line + 13
    for index, other in enumerate(page.lines[first:last], start=first):
        if index != line and share_row(page.lines[line].box, other.box):
            yield other.text
