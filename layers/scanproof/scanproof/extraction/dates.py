"""Finds the invoice date and the due date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scanproof.document import DocumentKind, FieldName, KeyField
from scanproof.extraction.choice import Candidate, choose
from scanproof.extraction.labels import find_labels, fold_in_place, nearest_label, rule
from scanproof.extraction.page_values import LineValues, PageValues
from scanproof.extraction.spans import TextSpan, doubt, is_prose, share_row
from scanproof.values.dates import DateOrder, ParsedDate, parse_date
from scanproof.values.kinds import ValueKind

_OTHER_EVENTS = (
    r"deliv(?:ery)?|ship(?:ping|ment|ped)?|order(?:ed)?|print(?:ed)?|purchase|service|expiry|exp|birth|flight|start|"
    r"end|"
    r"period|contract|schedule|last modif\w*|entered|revision|member|check ?in|check ?out|valid|tax point"
)
_RULES = (
    rule("due", 3.0, "(?:payment )?due (?:date|on|by)?", "pay(?:able)? (?:by|before|until)", "payment date",
         "(?:date d[e'’] ?)?echeance", "a payer avant(?: le)?", "date limite(?: de paiement)?",
         "falligkeit(?:sdatum)?", "fallig(?: am| bis)?", "zahlbar bis(?: zum)?", "zahlungsziel", "zu zahlen bis",
         "(?:fecha de )?vencimiento", "vence(?: el)?", "(?:data )?scadenza", "scade(?: il)?",
         "(?:data de )?vencimento", "pagar ate", "vervaldatum", "vervaldag", "te betalen (?:voor|uiterlijk)",
         "uiterlijk(?: op| voor)?", "termin (?:platnosci|zaplaty)", "platn[ey] do(?: dnia)?", "zaplata do(?: dnia)?",
         # In sentences: "Please pay the amount no later than 3 May 2024."
         "(?:no|not) later than", "on or before", "due by", "falls due(?: on)?",
         "(?:zahlung|zahlbar|fallig) spatestens(?: am| bis zum)?",
         "spatestens (?:am|bis zum)", "bis (?:spatestens|zum)", "au plus tard(?: le)?",
         "(?:a regler|payer|payable) (?:avant|pour)(?: le)?",
         "exigible le", "(?:a mas tardar|antes)(?: el| del)", "(?:da pagare )?entro (?:e non oltre )?il",
         "(?:pagar|pagamento) ate(?: ao dia)?",
         "vence em", "ate ao dia", "(?:te )?(?:betalen|voldoen) (?:voor|uiterlijk)(?: op)?", "vervalt op",
         "(?:zaplacic|uregulowac) do(?: dnia)?", "najpozniej(?: do| dnia)?"),
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
         "receipt date", "date of invoice", "tax invoice date", "(?:trans(?:action)?|trx) date",
         "date d[e'’] ?(?:la )?(?:facture|facturation|emission)", "facture du", "date facture", "emise? le",
         "rechnungs ?datum", "beleg ?datum", "ausstellungsdatum", "rechnung vom",
         "fecha (?:de )?(?:la )?(?:factura|emision|expedicion)", "data (?:della )?(?:fattura|emissione|documento)",
         "fattura del", "data d[ae] (?:fatura|emissao)", "emitida em", "factuurdatum", "data (?:wystawienia|faktury)",
         "wystawion[ao](?: dnia)?"),
    rule("dated", 1.0, "vom", "dated"),
    rule("date", 2.0, "date", "datum", "fecha", "data"),
)  # fmt: skip
_MAX_LABEL_DISTANCE = 1.2  # as label_distance measures it
_MAX_CANDIDATES = 500  # in reading order; a table may have a date in each of thousands of rows
_TITLE = re.compile(r"(?:invoice|rechnung|gutschrift|facture|factura|fattura|fatura|factuur|faktura|receipt|quittung)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_COMPACT_DAY_FIRST = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])((?:19|20)\d{2})(?!\d)")
_WITH_TIME = re.compile(r"(?<!\d)\d{1,2}([/.\-])\d{1,2}\1(?:20)?\d{2}(?=\d{2}:\d{2})")  # 20/06/1800:05: a blank is lost


@dataclass(frozen=True)
class _DateCandidate:
    """A date and its position; ``compact`` ones (20180428) may also be other numbers."""

    date: ParsedDate
    span: TextSpan
    compact: bool = False


@dataclass(frozen=True)
class DateCandidates:
    """The candidates of both dates of a document, and the order in which its dates were read."""

    invoice: Sequence[Candidate]
    due: Sequence[Candidate]


def find_dates(found: PageValues, order: DateOrder, is_sale: bool, kind: DocumentKind | None = None) -> list[KeyField]:
    """Finds the invoice date and the due date.

    Args:
        order: how to read dates whose day and month can be exchanged, where the document's other dates do not show it.
        is_sale: whether the document is known to be an invoice or a receipt. If not, its date must have a label.
        kind: of the document.
    """
    candidates = date_candidates(found, order, is_sale, kind)
    fields = []
    for name, of_field in ((FieldName.INVOICE_DATE, candidates.invoice), (FieldName.DUE_DATE, candidates.due)):
        if choice := choose(name, of_field):
            fields.append(
                KeyField.model_validate({**choice.candidate.place(), "name": name, "confidence": choice.probability})
            )
    return fields


def date_candidates(found: PageValues, order: DateOrder, is_sale: bool, kind: DocumentKind | None) -> DateCandidates:
    """Returns the dates that may be the invoice date and the due date, with their features."""
    dates = _dates(found, DateOrder.DAY_FIRST)
    known_order = _order_of_document(dates)
    if (known_order or order) is not DateOrder.DAY_FIRST:
        dates = _dates(found, DateOrder.MONTH_FIRST)
    labels = find_labels(found.pages, _RULES)
    lines_with_time = {(line.page.number, line.index) for line in found.lines if line.has(ValueKind.TIME)}
    is_only = len({each.date.value for each in dates}) == 1
    invoice, due = [], []
    for each in dates[:_MAX_CANDIDATES]:
        near = nearest_label(each.span, labels)
        meaning = near.label.meaning if near and near.distance <= _MAX_LABEL_DISTANCE else None
        page = found.page(each.span.page)
        in_prose = is_prose(page.lines[each.span.line].text)
        if not is_sale and (meaning not in ("invoice", "due", "date") or in_prose):  # contracts and news are dated, too
            continue
        features = {
            f"label_{meaning}": 1.0,
            "distance": near.distance if near and meaning else 0.0,
            "below": float(near is not None and meaning is not None and not _is_on_row(near.label.span, each.span)),
            "with_time": float((each.span.page, each.span.line) in lines_with_time),
            "compact": float(each.compact),
            "only": float(is_only),
            "down": each.span.box.top / page.height,
            "later_page": float(page is not found.pages[0]),
            "range": float(_is_in_range(page.lines[each.span.line].text, each.span)),
            "doubt": doubt(page, each.span),
            "on_title": float(_TITLE.search(fold_in_place(page.lines[each.span.line].text)) is not None),
            "form": float(kind is DocumentKind.FORM),
            "prose": float(in_prose),
        }
        candidate = _as_candidate(each, features, known_order)
        if meaning not in ("due", "other"):
            invoice.append(candidate)
        if meaning == "due":
            due.append(candidate)
    return DateCandidates(invoice, due)


def _is_on_row(label: TextSpan, value: TextSpan) -> bool:
    return label.line == value.line or share_row(label.box, value.box)


def _is_in_range(text: str, span: TextSpan) -> bool:
    """Whether the date is an end of a period, "01/27/20 - 02/23/20"."""
    before, after = text[: span.start].rstrip(), text[span.end :].lstrip()
    joint = r"(?:[-–—~]|to|bis|au|al|a|ate|tot|do)"
    follows = re.match(rf"{joint}\s*\d", after, re.IGNORECASE)
    return follows is not None or re.search(rf"\d\s*{joint}$", before, re.IGNORECASE) is not None


def _dates(found: PageValues, order: DateOrder) -> list[_DateCandidate]:
    """Collects all dates in reading order."""
    dates = []
    for line in found.lines:
        for value in line.values:
            if value.kind is ValueKind.DATE and (parsed := parse_date(value.text, order)):
                dates.append(_DateCandidate(parsed, line.span(value.start, value.end)))
            elif compact := _COMPACT.search(value.text):
                dates += _compact(line, value.start + compact.start(), compact[0], *compact.groups())
            elif compact := _COMPACT_DAY_FIRST.search(value.text):
                dates += _compact(line, value.start + compact.start(), compact[0], *reversed(compact.groups()))
        if not any(value.kind is ValueKind.DATE for value in line.values):
            for match in _WITH_TIME.finditer(line.text):
                if parsed := parse_date(match[0], order):
                    dates.append(_DateCandidate(parsed, line.span(*match.span())))
    return dates


def _compact(line: LineValues, start: int, text: str, year: str, month: str, day: str) -> list[_DateCandidate]:
    try:
        value = date(int(year), int(month), int(day))
    except ValueError:
        return []
    return [_DateCandidate(ParsedDate(text, value), line.span(start, start + len(text)), compact=True)]


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


def _as_candidate(each: _DateCandidate, features: dict[str, float], known_order: DateOrder | None) -> Candidate:
    parsed = each.date
    is_ambiguous = parsed.ambiguous and known_order is None
    return Candidate(
        value=parsed.iso,
        span=each.span,
        features=features,
        alternatives=tuple(other.isoformat() for other in parsed.alternatives) if is_ambiguous else (),
        flags=("order_told_by_other_dates",) if parsed.ambiguous and known_order else (),
    )
