"""Computes the due date from the date of an invoice and its terms of payment, where these leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from scanproof.document import DetailField, DetailName, DocumentKind, FieldName, KeyField
from scanproof.extraction.labels import fold_in_place

COMPUTED = "computed_from_payment_terms"
"""The flag of a due date that is not on the page."""
_MIN_CONFIDENCE = 0.9  # of the invoice date and of the terms
_UNIT = r"(?:calendar )?(?:days?|tagen?|tage|jours|dias|giorni|dagen|dni)"
_NET = r"(?:nett?o?|nets|neto|netti|rein netto|ohne abzug|strictly)"
_WITHIN = r"(?:within|in|due in|payable within|innerhalb(?: von)?|binnen|sous|a|en|entro|dentro de|em|w ciagu)"
_FROM = (
    r"(?:(?:from|after|of) (?:the )?(?:invoice date|date of (?:the )?invoice)|(?:nach|ab) rechnungsdatum|"
    r"(?:a compter de la |apres la )?date de (?:la )?facture|(?:de la )?fecha de factura|data fattura|"
    r"(?:da )?data da fatura|na factuurdatum|od daty (?:wystawienia|faktury))"
)
# Nothing else may be there: "30 days end of month" and "2 % 10 days" are other dates.
_TERMS = re.compile(
    rf"(?:{_WITHIN} )?(?:{_NET} )?(?P<days>\d{{1,3}}) {_UNIT}(?: {_NET})?(?: {_FROM})?|{_NET} (?P<net>\d{{1,3}})"
)


def computed_due_date(
    kind: DocumentKind | None, fields: Sequence[KeyField], details: Sequence[DetailField]
) -> KeyField | None:
    """Returns the due date of an invoice that states none, at the place of its terms; None where it is not certain."""
    known = {field.name: field for field in fields}
    issued = known.get(FieldName.INVOICE_DATE)
    terms = next((detail for detail in details if detail.name == DetailName.PAYMENT_TERMS), None)
    if kind is not DocumentKind.INVOICE or FieldName.DUE_DATE in known or issued is None or terms is None:
        return None
    confidences = (issued.confidence or 0.0, terms.confidence or 0.0)
    days = net_days(terms.value)
    if issued.ambiguous or days is None or min(confidences) < _MIN_CONFIDENCE:
        return None
    return KeyField.model_validate(
        {
            **terms.model_dump(),
            "name": FieldName.DUE_DATE,
            "value": (date.fromisoformat(issued.value) + timedelta(days)).isoformat(),
            "flags": (COMPUTED,),
            "confidence": confidences[0] * confidences[1],
        }
    )


def net_days(terms: str) -> int | None:
    """Parses terms that are a number of days from the invoice date and nothing else."""
    text = " ".join(re.findall(r"[^\W_]+", fold_in_place(terms.rpartition(":")[2])))
    match = _TERMS.fullmatch(text)
    return int(match["days"] or match["net"]) if match else None
