"""Finds the number of the invoice, receipt or bill."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.document import FieldName, KeyField
from scanproof.extraction.labels import Labels, find_labels, nearest_label, rule
from scanproof.extraction.page_values import LineValues, PageValues
from scanproof.extraction.spans import TextSpan
from scanproof.values.dates import parse_date
from scanproof.values.kinds import ValueKind

_NO = r"(?:no\b|n[o°ºr]?\b|n[°º]|num(?:ber|ero|mer)?\b|nr\b|nummer|numero|#|id\b|ref\b)"
_OTHER_NUMBERS = (  # numbers of other parties and things
    "gst|vat|tax|reg(?:istration)?|co|company|roc|brn|tel|fax|phone|account|acct|customer|cust|client|order|po|member|table|"
    "cashier|terminal|contract|bank|policy|estimate|staff|till|pos|card|auth|trace|batch|approval|kunden|auftrags|bestell|"
    "liefer|konto|steuer|ust id|siret|siren|tva|iva|nif|cif|nip|regon|btw|kvk|klant|pedido|cliente|commande"
)
_RECEIPT = (
    "receipt|rcpt|bill|slip|ticket|ticket de caisse|doc(?:ument)?|quittung|beleg|recibo|ricevuta|scontrino|bon|paragon|"
    "kassenbon|check|chk|trans(?:action)?|trx"
)
_RULES = (
    rule("invoice", 4.0, f"(?:tax )?invoice {_NO}", f"inv {_NO}", f"facture {_NO}", f"{_NO} (?:de )?(?:la )?facture",
         f"(?:\\w*rechnung|gutschrift)s?(?: \\(selbst[^)]{{0,40}}\\))?(?: \\(\\d{{3}}\\))? {_NO}", f"factura {_NO}",
         f"{_NO} (?:de )?factura", f"fattura {_NO}", f"{_NO} fattura", f"fatura {_NO}", f"{_NO} (?:da )?fatura",
         f"fac?tuur {_NO}", "factuurnummer", f"faktura(?: vat)? {_NO}", f"{_NO} faktury", "rechnungsnummer"),
    rule("other", 0.0,
         f"(?:{_OTHER_NUMBERS}) (?:reg |registration |inv )?{_NO}",
         "invoice (?:date|total|amount|period|address|month)", "rechnungs(?:datum|betrag|adresse)", "gst (?:id|reg)",
         "invoice to"),
    rule("receipt", 3.0,
         f"(?:{_RECEIPT}) {_NO}"),
    rule("bare", 1.5, "(?:tax )?invoice", "facture", "rechnung", "factura", "fattura", "fatura", "factuur",
         "faktura(?: vat)?", "bill", "gutschrift", "receipt"),
)  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.\-]{0,39}")
_EXCLUDED_KINDS = (
    ValueKind.DATE,
    ValueKind.TIME,
    ValueKind.AMOUNT,
    ValueKind.PERCENTAGE,
    ValueKind.ADDRESS,
    ValueKind.IBAN,
    ValueKind.PHONE,
)


def find_invoice_number(found: PageValues) -> KeyField | None:
    """Finds the invoice number as written; without one, the number of a bill or receipt; else None."""
    labels = find_labels(found.pages, _RULES)
    scored = [(score, candidate) for candidate in _candidates(found) if (score := _score(candidate, labels)) > 0]
    if not scored:
        return None
    _, best = max(scored, key=lambda pair: (pair[0], -pair[1].page, -pair[1].line, -pair[1].start))
    return KeyField(
        name=FieldName.INVOICE_NUMBER, value=best.text, written=best.text, page=best.page, line=best.line, box=best.box
    )


def _candidates(found: PageValues) -> list[TextSpan]:
    """Collects the tokens with a digit that are not part of a date, an amount, an address or the like."""
    return [span for line in found.lines for span in _candidates_of_line(line)]


def _candidates_of_line(line: LineValues) -> Iterator[TextSpan]:
    excluded = bytearray(len(line.text))
    for value in line.values:
        if value.kind in _EXCLUDED_KINDS:
            excluded[value.start : value.end] = b"\x01" * (value.end - value.start)
    for match in _TOKEN.finditer(line.text):
        text = match[0].rstrip("/_.-")
        is_free = excluded.find(1, match.start(), match.end()) < 0
        if is_free and any(char.isdigit() for char in text) and not parse_date(text):
            yield line.span(match.start(), match.start() + len(text))


def _score(candidate: TextSpan, labels: Labels) -> float:
    near = nearest_label(candidate, labels)
    if near is None or near.label.meaning == "other":
        return 0.0
    is_bare = near.label.meaning == "bare"
    max_distance = 0.15 if is_bare else 1.2  # the bare word must stand right before its number
    if near.distance > max_distance or (is_bare and len(candidate.text) < 2):
        return 0.0
    looks_like_money = re.fullmatch(r"\d+[.,]\d{2}", candidate.text) is not None
    return near.label.weight - near.distance - 0.5 * looks_like_money
