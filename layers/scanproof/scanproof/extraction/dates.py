"""Finds the invoice date and the due date."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scanproof.document import FieldName, KeyField
from scanproof.extraction.labels import Labels, find_labels, nearest_label, rule
from scanproof.extraction.page_values import LineValues, PageValues
from scanproof.extraction.spans import TextSpan
from scanproof.values.dates import DateOrder, ParsedDate, parse_date
from scanproof.values.kinds import ValueKind

_OTHER_EVENTS = (
    r"deliv(?:ery)?|ship(?:ping|ment|ped)?|order(?:ed)?|print(?:ed)?|purchase|service|expiry|exp|birth|flight|start|end|"
    r"period|contract|schedule|last modif\w*|entered|revision|member|check ?in|check ?out|valid|tax point"
)
_RULES = (
    rule("due", 3.0, "(?:payment )?due (?:date|on|by)?", "pay(?:able)? (?:by|before|until)", "payment date",
         "(?:date d[e'’] ?)?echeance", "a payer avant(?: le)?", "date limite(?: de paiement)?",
         "falligkeit(?:sdatum)?", "fallig(?: am| bis)?", "zahlbar bis(?: zum)?", "zahlungsziel", "zu zahlen bis",
         "(?:fecha de )?vencimiento", "vence(?: el)?", "(?:data )?scadenza", "scade(?: il)?",
         "(?:data de )?vencimento", "pagar ate", "vervaldatum", "vervaldag", "te betalen (?:voor|uiterlijk)",
         "uiterlijk", "termin (?:platnosci|zaplaty)", "platne do", "zaplata do"),
    rule("other", 0.0,
         f"(?:{_OTHER_EVENTS}) dates?",
         "date of birth", "check in", "check out", "period", "valid until", "expires?",
         r"(?:liefer(?: ?und ?|\W{0,3}(?:bzw)?\W{0,3})|leistungs|bestell|auftrags|druck|versand|geburts)\w*datum",
         r"(?:liefer|leistungs|abrechnungs)\w*zeitraum",
         "lieferung vom", "zeitraum", "date de (?:livraison|commande|naissance)", "periode",
         "fecha de (?:entrega|pedido)", "data (?:di )?(?:consegna|ordine)", "data d[ae] (?:entrega|encomenda)",
         "leverdatum", "besteldatum", "data (?:dostawy|sprzedazy|zamowienia)", r"version\W{1,6}\S{1,8} vom",
         "version", "stand"),
    rule("invoice", 3.0, "invoice date", "inv date", "(?:date of )?issue(?:d)?(?: date| on)?", "bill(?:ing)? date",
         "receipt date", "date of invoice", "dated", "tax invoice date", "(?:trans(?:action)?|trx) date",
         "date d[e'’] ?(?:la )?(?:facture|facturation|emission)", "facture du", "date facture", "emise? le",
         "rechnungs ?datum", "beleg ?datum", "ausstellungsdatum", "rechnung vom", "vom",
         "fecha (?:de )?(?:la )?(?:factura|emision|expedicion)", "data (?:della )?(?:fattura|emissione|documento)",
         "fattura del", "data d[ae] (?:fatura|emissao)", "emitida em", "factuurdatum", "data (?:wystawienia|faktury)",
         "wystawion[ao](?: dnia)?"),
    rule("date", 2.0, "date", "datum", "fecha", "data"),
)  # fmt: skip
_MAX_LABEL_DISTANCE = 1.2  # as label_distance measures it
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class _DateCandidate:
    """A date and its position; ``compact`` ones (20180428) may also be other numbers."""

    date: ParsedDate
    span: TextSpan
    compact: bool = False


def find_dates(found: PageValues, order: DateOrder, is_sale: bool) -> list[KeyField]:
    """Finds the invoice date and the due date.

    Args:
        order: how to read dates whose day and month can be exchanged, where the document's other dates do not show it.
        is_sale: whether the document is known to be an invoice or a receipt. If not, its date must have a label.
    """
    candidates = _candidates(found, DateOrder.DAY_FIRST)
    known_order = _order_of_document(candidates)
    if (known_order or order) is not DateOrder.DAY_FIRST:
        candidates = _candidates(found, DateOrder.MONTH_FIRST)
    labels = find_labels(found.pages, _RULES)
    lines_with_time = {(line.page.number, line.index) for line in found.lines if line.has(ValueKind.TIME)}
    invoice = max(candidates, key=lambda it: _invoice_score(it, labels, lines_with_time, is_sale), default=None)
    due = max(candidates, key=lambda it: _due_score(it, labels), default=None)
    fields = []
    if invoice and _invoice_score(invoice, labels, lines_with_time, is_sale) > 0:
        fields.append(_field(FieldName.INVOICE_DATE, invoice, known_order))
    if due and _due_score(due, labels) > 0:
        fields.append(_field(FieldName.DUE_DATE, due, known_order))
    return fields


def _candidates(found: PageValues, order: DateOrder) -> list[_DateCandidate]:
    """Collects all dates in reading order."""
    candidates = []
    for line in found.lines:
        for value in line.values:
            if value.kind is ValueKind.DATE and (parsed := parse_date(value.text, order)):
                candidates.append(_DateCandidate(parsed, line.span(value.start, value.end)))
            elif compact := _COMPACT.search(value.text):
                candidates += _compact(line, value.start + compact.start(), compact)
    return candidates


def _compact(line: LineValues, start: int, match: re.Match[str]) -> list[_DateCandidate]:
    try:
        value = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return []
    return [_DateCandidate(ParsedDate(match[0], value), line.span(start, start + len(match[0])), compact=True)]


def _order_of_document(candidates: Iterable[_DateCandidate]) -> DateOrder | None:
    """Determines the order of the document's unambiguous numeric dates, if they agree."""
    orders = {order for candidate in candidates if (order := _order_of(candidate.date.text, candidate.date.value))}
    return orders.pop() if len(orders) == 1 else None


def _order_of(text: str, value: date) -> DateOrder | None:
    """Determines the order of a date with slashes or hyphens and a day above 12."""
    parts = text.replace("-", "/").replace(" ", "").split("/")
    if len(parts) != 3 or value.day <= 12 or not all(part.isdecimal() for part in parts):
        return None
    if len(parts[0]) <= 2 and int(parts[0]) == value.day:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if int(parts[1]) == value.day and len(parts[0]) <= 2 else None


def _invoice_score(
    candidate: _DateCandidate, labels: Labels, lines_with_time: set[tuple[int, int]], is_sale: bool
) -> float:
    """Ranks labelled dates first, then those on a line with a time of day, then by position; 0 excludes a date."""
    near = nearest_label(candidate.span, labels)
    if near and near.distance <= _MAX_LABEL_DISTANCE:
        is_date_label = near.label.meaning in ("invoice", "date")
        score = near.label.weight + 1 - near.distance if is_date_label else 0.0
    else:
        score = 1.0 + 0.5 * ((candidate.span.page, candidate.span.line) in lines_with_time) if is_sale else 0.0
        score *= 0.3 if candidate.compact else 1.0
    position = (candidate.span.page - 1) * 0.2 + min(candidate.span.line, 200) / 1000
    return max(score - position, 0.01) if score else 0.0


def _due_score(candidate: _DateCandidate, labels: Labels) -> float:
    near = nearest_label(candidate.span, labels)
    return near.label.weight + 2 - near.distance if near and near.label.meaning == "due" else 0.0


def _field(name: FieldName, candidate: _DateCandidate, known_order: DateOrder | None) -> KeyField:
    parsed, span = candidate.date, candidate.span
    ambiguous = parsed.ambiguous and known_order is None
    return KeyField(
        name=name,
        value=parsed.iso,
        written=span.text,
        page=span.page,
        line=span.line,
        box=span.box,
        ambiguous=ambiguous,
        alternatives=tuple(other.isoformat() for other in parsed.alternatives) if ambiguous else (),
        flags=("order_told_by_other_dates",) if parsed.ambiguous and known_order else (),
    )
