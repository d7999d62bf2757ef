"""Finds the number of the invoice, receipt or bill."""

from __future__ import annotations

import re
from collections import Counter

from scanproof.document import DocumentKind, FieldName, KeyField
from scanproof.extraction.choice import Candidate, choose
from scanproof.extraction.labels import NearestLabel, find_labels, nearest_label, rule
from scanproof.extraction.page_values import PageValues
from scanproof.extraction.spans import TextSpan, doubt, share_row
from scanproof.extraction.tokens import number_tokens
from scanproof.values.codes import is_code

_NO = r"(?:no\b|n[o°ºr]?\b|n[°º]|num(?:ber|ero|m?er)?\b|nr\b|nummer|numero|#|id\b|ref\b)"
_OTHER_NUMBERS = (  # numbers of other parties and things
    "gst|vat|tax|reg(?:istration)?|co|company|roc|brn|tel|fax|phone|account|acct|customer|cust|client|order|po|"
    "member|table|"
    "cashier|terminal|contract|bank|policy|estimate|staff|till|pos|card|auth|trace|batch|approval|kunden|auftrags|"
    "bestell|"
    "liefer|lieferschein|lief|vertrags?|zahlungs|mandats|deal|agency|advertiser|estimate|alt order|konto|steuer|"
    "ust id|siret|siren|tva|iva|nif|cif|nip|regon|btw|kvk|klant|pedido|cliente|commande"
)
_RECEIPT = (
    "receipt|rcpt|bill|slip|ticket|ticket de caisse|doc(?:ument)?|quittung|beleg|recibo|ricevuta|scontrino|bon|paragon|"
    "kassenbon|talao|check|chk|trans(?:action)?|trx"
)
_RULES = (
    rule("invoice", 4.0, f"(?:tax )?invoice {_NO}", f"inv {_NO}", f"facture {_NO}", f"{_NO} (?:de )?(?:la )?facture",
         f"(?:\\w*rechnung|gutschrift)s?(?: \\(selbst[^)]{{0,40}}\\))?(?: \\(\\d{{3}}\\))? {_NO}", f"factura {_NO}",
         f"{_NO} (?:de )?factura", f"fattura {_NO}", f"{_NO} fattura", f"fatura {_NO}", f"{_NO} (?:da )?fatura",
         f"fac?tuur {_NO}", "factuurnummer", f"faktura(?: vat)? {_NO}", f"{_NO} faktury", "rechnungsnummer",
         f"credit (?:note|memo) {_NO}", f"(?:facture d )?avoir {_NO}", f"nota (?:de|di) credito {_NO}",
         f"creditnota {_NO}", "creditfactuurnummer", f"(?:faktura )?korygujaca {_NO}", f"statement {_NO}"),
    rule("other", 0.0,
         f"(?:{_OTHER_NUMBERS}) (?:reg |registration |inv )?{_NO}",
         "invoice (?:date|total|amount|period|address|month)", "rechnungs(?:datum|betrag|adresse)", "gst (?:id|reg)",
         "invoice to"),
    rule("receipt", 3.0,
         f"(?:{_RECEIPT}) {_NO}"),
    rule("bare", 1.5, "(?:tax )?invoice", "facture", "rechnung", "factura", "fattura", "fatura", "factuur",
         "faktura(?: vat)?", "bill", "gutschrift", "receipt"),
)  # fmt: skip
_MAX_DISTANCE = 1.2  # from a number's label, as label_distance measures it
_MAX_DISTANCE_OF_BARE = 0.15  # the bare word must stand right before its number
_MAX_CANDIDATES = 200  # a table may repeat a label on each of thousands of rows
_POOR_PAGE = 0.8  # mean confidence of a page below which its short tokens are not to be trusted


def find_invoice_number(found: PageValues, kind: DocumentKind | None = None) -> KeyField | None:
    """Finds the invoice number as written; without one, the number of a bill or receipt; else None."""
    choice = choose(FieldName.INVOICE_NUMBER, number_candidates(found, kind))
    if choice is None:
        return None
    return KeyField.model_validate(
        {**choice.candidate.place(), "name": FieldName.INVOICE_NUMBER, "confidence": choice.probability}
    )


def number_candidates(found: PageValues, kind: DocumentKind | None) -> list[Candidate]:
    """Returns the tokens that a number's label speaks for, with their features."""
    labels = find_labels(found.pages, _RULES)
    tokens = [token for line in found.lines for token in number_tokens(line, labels)]
    counts = Counter(token.text for token in tokens)
    pairs = ((token, nearest_label(token, labels)) for token in tokens)
    near = [(token, label) for token, label in pairs if label and _may_belong(token, label)]
    return [
        Candidate(token.text, token, _features(token, label, found, kind, counts))
        for token, label in near[:_MAX_CANDIDATES]
    ]


def _may_belong(token: TextSpan, near: NearestLabel) -> bool:
    if near.label.meaning == "other":
        return False
    is_bare = near.label.meaning == "bare"
    return near.distance <= (_MAX_DISTANCE_OF_BARE if is_bare else _MAX_DISTANCE)


def _features(
    token: TextSpan, near: NearestLabel, found: PageValues, kind: DocumentKind | None, counts: Counter[str]
) -> dict[str, float]:
    text, label = token.text, near.label
    page = found.page(token.page)
    digits = sum(char.isdigit() for char in text)
    is_on_row = label.span.line == token.line or share_row(label.span.box, token.box)
    return {
        f"label_{label.meaning}": 1.0,
        "gap": near.distance if is_on_row else 0.0,
        "below": 0.0 if is_on_row else near.distance,
        "code": float(is_code(text) or digits == len(text)),
        "digits": min(digits, 6) / 6,
        "short": float(len(text) < 3),
        "lower_case": float(any(char.islower() for char in text)),
        "money": float(re.fullmatch(r"\d+[.,]\d{2}", text) is not None),
        "repeated": float(counts[text] > 1),
        "down": token.box.top / page.height,
        "doubt": doubt(page, token),
        "poor_page": float(page.confidence is not None and page.confidence < _POOR_PAGE),
        "form": float(kind is DocumentKind.FORM),
        "later_page": float(token.page != found.pages[0].number),
    }
