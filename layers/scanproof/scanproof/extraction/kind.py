"""Determines what kind of document pages are: by titles, by labels, and by how receipts end.

Only the first page's upper half has titles; labels count anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scanproof.document import DocumentKind, Page
from scanproof.extraction.labels import fold_in_place
from scanproof.extraction.spans import PageColumns, is_prose

_TITLE_WORDS = 9  # a longer text is a sentence about an invoice
_TITLE_LINES = 40  # of the first page
_TITLES = {  # searched in texts that are short enough for a title
    DocumentKind.CREDIT_NOTE: r"credit (?:note|memo)|gutschrift(?! \(selbst)|avoir|facture d.avoir|"
    r"nota d[ei] credito|creditnota|"
    r"creditfactuur|faktura korygujaca|nota de credito",
    DocumentKind.STATEMENT: r"statement of accounts?|account statement|bank statement|statement|kontoauszug|"
    r"releve(?: de compte)?|"
    r"estado de cuenta|extracto|estratto conto|extrato(?: de conta)?|rekeningoverzicht|rekeningafschrift|"
    r"wyciag(?: bankowy)?",
    DocumentKind.FORM: r"(?:sales |purchase |work |insertion )?order|contract(?: agreement between)?|agreement|"
    r"application(?: form)?|auftrag(?:sbestatigung)?|"
    r"bestellung|vertrag|antrag|angebot|lieferschein|delivery note|packing list|quotation|quote|estimate|devis|"
    r"bon de commande|"
    r"contrat|pedido|presupuesto|contrato|solicitud|ordine|preventivo|contratto|encomenda|orcamento|bestelling|offerte|"
    r"overeenkomst|zamowienie|oferta|umowa|wniosek|formular|form",
    DocumentKind.RECEIPT: r"(?:cash |official |payment |sales )?receipt|cash (?:bill|sale)|kassenbon|kassenbeleg|"
    r"quittung|ticket(?: de caisse)?|recu|recibo|"
    r"ticket de compra|scontrino|ricevuta|kassabon|bon|talao|paragon(?: fiskalny)?",
    DocumentKind.INVOICE: r"(?:tax |official billing |commercial |sales |simplified tax )*invoice(?! (?:to|"
    r"address)\b)|\w*rechnung(?:s?nr|s?nummer)?|gutschrift \(selbst|"
    r"(?:facture|factura|fattura|fatura|factuur|faktura(?: vat)?)(?! (?:a|aan|to|do)\b)|factuur(?:nummer|datum)|"
    r"(?:numero|no|nr|n\W?) (?:de |da )?(?:facture|factura|fattura|fatura|faktury)",
}
# A form has its title alone on a line: "Order 17" is a reference on an invoice.
_END = {DocumentKind.FORM: r"\W*$"}
_PATTERNS = {kind: re.compile(rf"^\W*(?:{words})" + _END.get(kind, r"\b")) for kind, words in _TITLES.items()}
_NUMBERED = re.compile(r"^\W*contract\s*(?:#|no\b|number)")
_LABELS = {
    DocumentKind.INVOICE: re.compile(
        r"\b(?:invoice (?:no|number|date|#)|inv date|due date|payment terms|bill(?:ing)? (?:to|address)|"
        r"rechnungs(?:nummer|nr|datum)|"
        r"(?:date|numero) de (?:la )?facture|fecha de (?:la )?factura|data (?:della )?fattura|numero fattura|"
        r"factuur(?:nummer|datum)|"
        r"numer faktury|data wystawienia)\b"
    ),
    DocumentKind.RECEIPT: re.compile(
        r"\b(?:change|cash|tendered|cashier|till|pos|visa|master ?card|ruckgeld|kassierer|rendu|especes|caissier|"
        r"cambio|efectivo|"
        r"contanti|resto|troco|wisselgeld|contant|gotowka|reszta)\b"
    ),
}
_NARROW = 1.7  # height by width of a page that is likelier a receipt than a sheet
_MIN_SCORE = 2.0
_PREFERENCE = (
    DocumentKind.CREDIT_NOTE, DocumentKind.INVOICE, DocumentKind.RECEIPT, DocumentKind.STATEMENT, DocumentKind.FORM,
)  # fmt: skip


def document_kind(pages: Sequence[Page]) -> DocumentKind | None:
    """Returns the kind of document, None where nothing tells it."""
    if not pages:
        return None
    scores: Counter[DocumentKind] = Counter()
    for text in _titles(pages[0]):
        for kind, pattern in _PATTERNS.items():
            if pattern.match(text):
                scores[kind] += 3 if kind in (DocumentKind.CREDIT_NOTE, DocumentKind.STATEMENT) else 2
                break
        scores[DocumentKind.FORM] += 2 * bool(_NUMBERED.match(text))
    texts = [fold_in_place(line.text) for page in pages for line in page.lines if not is_prose(line.text)]
    for kind, pattern in _LABELS.items():
        found = {match[0] for text in texts for match in pattern.finditer(text)}
        scores[kind] += min(len(found), 3)
    has_rows = 2 * len(texts) > sum(len(page.lines) for page in pages)  # rather than running text, as a newspaper
    if has_rows and pages[0].height > _NARROW * pages[0].width:
        scores[DocumentKind.RECEIPT] += 1
    kind = max(_PREFERENCE, key=scores.__getitem__)  # of equals the first
    return kind if scores[kind] >= _MIN_SCORE else None


def _titles(page: Page) -> set[str]:
    """Returns the short texts of the upper half of a page, folded."""
    found, columns = set(), PageColumns(page)
    for index, line in enumerate(page.lines[:_TITLE_LINES]):
        if line.box.top > page.height / 2:
            continue
        for span in columns.of(index):
            text = " ".join(fold_in_place(span.text).split())
            if 0 < len(text.split()) <= _TITLE_WORDS:
                found.add(text)
    return found
