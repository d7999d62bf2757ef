"""The number of the invoice, receipt or bill."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanproof.document import FieldName, KeyField, Page
from scanproof.extraction.labels import Label, find_labels, nearest_label, rule
from scanproof.extraction.places import Spot, spot
from scanproof.values.dates import parse_date
from scanproof.values.find import find_values
from scanproof.values.kinds import ValueKind

_NO = r"(?:no\b|n[o°ºr]?\b|n[°º]|num(?:ber|ero|mer)?\b|nr\b|nummer|numero|#|id\b|ref\b)"
_NOT_OURS = (  # numbers of somebody or something else
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
         f"(?:{_NOT_OURS}) (?:reg |registration |inv )?{_NO}",
         "invoice (?:date|total|amount|period|address|month)", "rechnungs(?:datum|betrag|adresse)", "gst (?:id|reg)",
         "invoice to"),
    rule("receipt", 3.0,
         f"(?:{_RECEIPT}) {_NO}"),
    rule("bare", 1.5, "(?:tax )?invoice", "facture", "rechnung", "factura", "fattura", "fatura", "factuur",
         "faktura(?: vat)?", "bill", "gutschrift", "receipt"),
)  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.\-]{0,39}")
_NEVER = (
    ValueKind.DATE,
    ValueKind.TIME,
    ValueKind.AMOUNT,
    ValueKind.PERCENTAGE,
    ValueKind.ADDRESS,
    ValueKind.IBAN,
    ValueKind.PHONE,
)


def find_invoice_number(pages: Sequence[Page]) -> KeyField | None:
    """The invoice's number as it stands, or None; a bill's or receipt's number where there is no invoice's."""
    labels = find_labels(pages, _RULES)
    scored = [(score, candidate) for candidate in _candidates(pages) if (score := _score(candidate, labels)) > 0]
    if not scored:
        return None
    _, best = max(scored, key=lambda pair: (pair[0], -pair[1].page, -pair[1].line, -pair[1].start))
    return KeyField(
        name=FieldName.INVOICE_NUMBER, value=best.text, written=best.text, page=best.page, line=best.line, box=best.box
    )


def _candidates(pages: Sequence[Page]) -> list[Spot]:
    """Tokens with a digit that are not a date, an amount, an address."""
    found = []
    for page in pages:
        for index, line in enumerate(page.lines):
            exact = [(value.start, value.end) for value in find_values(line.text) if value.kind in _NEVER]
            for match in _TOKEN.finditer(line.text):
                text = match[0].rstrip("/_.-")
                inside = any(start < match.end() and match.start() < end for start, end in exact)
                if not inside and any(char.isdigit() for char in text) and not parse_date(text):
                    found.append(spot(page, index, match.start(), match.start() + len(text)))
    return found


def _score(candidate: Spot, labels: Sequence[Label]) -> float:
    near = nearest_label(candidate, labels)
    if near is None or near[0].meaning == "other":
        return 0.0
    label, far = near
    nearest = 0.15 if label.meaning == "bare" else 1.2  # the bare word must stand right before its number
    if far > nearest or (label.meaning == "bare" and len(candidate.text) < 2):
        return 0.0
    looks_like_money = re.fullmatch(r"\d+[.,]\d{2}", candidate.text) is not None
    return label.weight - far - 0.5 * looks_like_money
