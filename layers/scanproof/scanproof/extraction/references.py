"""Finds the IBAN, the number of the buyer's order, and the terms of payment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.document import DocumentKind, Page
from scanproof.extraction.choice import Candidate
from scanproof.extraction.labels import Label, find_labels, fold_in_place, nearest_label, rule
from scanproof.extraction.page_values import LineValues, PageValues
from scanproof.extraction.spans import PageColumns, TextSpan, doubt, label_distance, share_row, text_span
from scanproof.extraction.tokens import number_tokens
from scanproof.values.check_digits import is_iban
from scanproof.values.dates import date_pattern
from scanproof.values.kinds import ValueKind

_MAX_CANDIDATES = 100
_MAX_DISTANCE = 1.2  # from a label, as label_distance measures it
_IBAN = re.compile(r"([A-Z]{2}[ ]?\d{2}(?:[ ]{0,2}[A-Z0-9]){11,30})")
_IBAN_LABEL = re.compile(r"(?i)iban\W{0,3}")
_SHORTEST_IBAN = 15  # characters, of Norway
_NO = r"(?:no\b|n[o°ºr]?\b|n\W{1,3}o?\b|num(?:ber|ero|mer)?\b|nr\b|nummer|numero|#|id\b|ref(?:erence)?\b)"
_ORDER_RULES = (
    rule("other", 0.0, "p ?o ?box", "order (?:date|total|flight|type|value|quantity)",
         "date (?:of |de )?(?:order|commande)", "sales order",
         "alt order", "bestell ?datum", "auftrags ?datum"),
    rule("buyers", 2.0, f"(?:your|customer|client|buyer s?) (?:purchase )?(?:order|po)(?: {_NO})?",
         f"(?:purchase|p ?o) ?(?:order)? {_NO}",
         "purchase order", f"(?:ihre )?bestell(?:ung|nummer|nr| nr)(?: {_NO})?", "ihr auftrag(?: vom)?",
         f"(?:votre )?(?:bon de )?commande(?: {_NO})?",
         f"(?:su )?pedido(?: {_NO})?", "orden de compra", f"(?:vs|vostro)? ?ordine(?: d acquisto)?(?: {_NO})?",
         f"(?:nota de )?encomenda(?: {_NO})?", f"(?:uw )?(?:bestelnummer|inkooporder|inkoopordernummer|"
             f"ordernummer)(?: {_NO})?",
         f"(?:numer )?zamowieni[ea](?: {_NO})?", r"po(?! ?\d)"),
    rule("order", 1.0, f"order {_NO}"),
)  # fmt: skip
_TERMS_RULES = (
    rule("terms", 1.0, "payment terms?", "terms of payment", "terms?", "zahlungs ?bedingung(?:en)?", "zahlungsziel",
         "zahlungs ?kondition(?:en)?",
         "conditions? (?:de )?(?:paiement|reglement)", "condiciones (?:de )?pago", "forma de pago",
         "condizioni (?:di )?pagamento", "pagamento",
         "condicoes (?:de )?pagamento", "prazo (?:de )?pagamento", "betalings ?(?:termijn|voorwaarden|conditie)",
         "warunki platnosci",
         "termin platnosci", "paiement", "skontovereinbarung"),
)  # fmt: skip
_DAYS = re.compile(
    r"\b(?:\d{1,3}|\w{0,3}thirty|sixty|ninety)[ -]{0,2}(?:days?|tagen?|jours|dias|giorni|giorno|dagen|dni)\b|"
    r"\bnet \d{1,3}\b"
)
_KNOWN_TERMS = re.compile(
    r"\b(?:cia|cod|cash in advance|cash on delivery|(?:due )?(?:up)?on receipt|sofort|prepaid|vorkasse|nachnahme|"
    r"comptant|"
    r"a reception|al contado|contado|rimessa diretta|alla consegna|a pronto|contant|gotowka|przelew|eom|prepayment|"
    r"immediate(?:ly)?)\b"
)
_MAX_TERMS = 90  # characters; more is a paragraph


def iban_candidates(found: PageValues) -> list[Candidate]:
    """Returns the IBANs whose check digits are right."""
    candidates: dict[str, Candidate] = {}
    for line in found.lines:
        for start, end in ibans_of(line):
            span = line.span(start, end)
            value = re.sub(r"\s", "", span.text)
            has_label = _IBAN_LABEL.search(line.text[max(start - 20, 0) : start]) is not None
            features = {"label": float(has_label), "rank": min(len(candidates), 3) / 3, "doubt": doubt(line.page, span)}
            candidates.setdefault(value, Candidate(value, span, features))
    return list(candidates.values())[:_MAX_CANDIDATES]


def ibans_of(line: LineValues) -> Iterator[tuple[int, int]]:
    """Yields start and end of each IBAN of a line whose check digits are right."""
    found = [(value.start, value.end) for value in line.values if value.kind is ValueKind.IBAN]
    yield from found
    if found or sum(char.isdigit() for char in line.text) < _SHORTEST_IBAN - 4:
        return
    text = _IBAN_LABEL.sub(lambda match: " " * len(match[0]), line.text)  # "IBANDE89…": the blank is lost
    for match in _IBAN.finditer(text):
        for end in range(match.end(), match.start() + _SHORTEST_IBAN - 1, -1):  # a word in capitals may follow
            if text[end - 1] != " " and is_iban(text[match.start() : end]):
                yield match.start(), end
                break


def order_candidates(found: PageValues, kind: DocumentKind | None) -> list[Candidate]:
    """Returns the tokens beside the label of an order's number."""
    labels = find_labels(found.pages, _ORDER_RULES)
    candidates: list[Candidate] = []
    for line in found.lines:
        for token in number_tokens(line, labels):
            near = nearest_label(token, labels)
            if near is None or near.label.meaning == "other" or near.distance > _MAX_DISTANCE:
                continue
            is_on_row = near.label.span.line == token.line or share_row(near.label.span.box, token.box)
            features = {
                f"label_{near.label.meaning}": 1.0,
                "gap": near.distance if is_on_row else 0.0,
                "below": 0.0 if is_on_row else near.distance,
                "short": float(len(token.text) < 4),
                "down": token.box.top / line.page.height,
                "form": float(kind is DocumentKind.FORM),
                "doubt": doubt(line.page, token),
            }
            candidates.append(Candidate(token.text, token, features))
            if len(candidates) == _MAX_CANDIDATES:
                return candidates
    return candidates


def terms_candidates(found: PageValues) -> list[Candidate]:
    """Returns the texts behind, right of or below the label of terms of payment."""
    candidates: list[Candidate] = []
    for page in found.pages:
        labels, page_columns = find_labels([page], _TERMS_RULES), PageColumns(page)
        for index in range(len(page.lines)):
            for label in labels.of_line(page.number, index):
                span = text_for(label, page, page_columns, index)
                if span is None or not 0 < len(span.text) <= _MAX_TERMS or date_pattern().search(span.text):
                    continue  # a date is when payment is due, not on what terms
                folded = fold_in_place(span.text)
                features = {
                    "days": float(_DAYS.search(folded) is not None),
                    "known": float(_KNOWN_TERMS.search(folded) is not None),
                    "same_line": float(span.line == index),
                    "short_label": float(
                        fold_in_place(label.span.text).strip() in ("term", "terms", "pagamento", "paiement")
                    ),
                    "words": min(len(folded.split()), 12) / 12,
                    "doubt": doubt(page, span),
                }
                candidates.append(Candidate(span.text, span, features))
                if len(candidates) == _MAX_CANDIDATES:
                    return candidates
    return candidates


def text_for(label: Label, page: Page, page_columns: PageColumns, index: int) -> TextSpan | None:
    """Returns the rest of the label's column, or else the next text beside or below it."""
    for column in page_columns.of(index):
        if column.start <= label.span.start < column.end:
            rest = column.text[label.span.end - column.start :]
            text = rest.lstrip(" :.-–").rstrip()
            if text:
                start = column.end - len(rest) + (len(rest) - len(rest.lstrip(" :.-–")))
                return text_span(page, index, start, start + len(text))
    others = [
        column
        for other in range(max(index - 2, 0), min(index + 4, len(page.lines)))
        for column in page_columns.of(other)
        if not (column.line == index and column.start <= label.span.start)
    ]
    measured = [(distance, other) for other in others if (distance := label_distance(label.span, other)) is not None]
    nearest = min(measured, key=lambda pair: pair[0], default=None)
    return nearest[1] if nearest and nearest[0] <= _MAX_DISTANCE else None
