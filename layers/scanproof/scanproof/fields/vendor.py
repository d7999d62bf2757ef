"""Who issued the document: a labelled seller, a name with a legal form near the top, or the first name-like line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanproof.document import Box, FieldName, KeyField, Page
from scanproof.fields.labels import fold_in_place
from scanproof.fields.places import Spot, spot

_TOP_LINES = 14
_FAR_DOWN = 4
_LEGAL_FORM = re.compile(
    r"(?<![^\W\d_])(?:s(?:dn)\.? ?b(?:hd)\.?|s/b|bhd|gmbh(?: ?& ?co\.? ?kg)?|ag|kg|ohg|ug|e\.? ?k\.|a\. ?g\.|se|ltd|limited|llc|l\.l\.c|inc|"
    r"incorporated|corp|corporation|plc|llp|pvt|pte|s\.?a\.?r\.?l|s\.?a\.?s|s\.a|sasu|eurl|snc|s\.? ?r\. ?l|s\.? ?p\. ?a|spa|srl|s\.?l\.?u?|"
    r"lda|ltda|b\.?v|n\.?v|v\.?o\.?f|sp\.? ?z ?o\.? ?o|s\.? ?a|s\.? ?c|sp\. ?j|co)(?!\w)\.?",
)
_TRADE = re.compile(
    r"\b(?:enterprise|trading|restaurant|restoran|hardware|stationery|market|hypermarket|supermarket|marketing|shop|store|bakery|house|"
    r"station|holdings|services?|centre|center|hotel|cafe|pharmacy|clinic|company|group|industries|industrie|boutique|pharmacie|apotheke|"
    r"libreria|farmacia|sklep|hurtownia|bakkerij|winkel)\b"
)
_SELLER = re.compile(
    r"^(?:sold by|seller|vendor|supplier|from|remit to|issued by|verk[a]ufer|lieferant|vendeur|fournisseur|emetteur|vendedor|emisor|"
    r"fornitore|cedente|fornecedor|emitente|verkoper|leverancier|sprzedawca|wystawca)\b\s*[:\-]?\s*"
)
_NAME_LABEL = re.compile(r"^(?:name|firma|nom|nombre|nome|naam|nazwa|nummer|numero|number|no)\b\s*[:.]?\s*")
_BUYER = re.compile(
    r"^(?:bill(?:ed)? to|invoice to|sold to|ship to|deliver to|customer|client|buyer|attn|attention|to\b|kaufer|kunde|herrn?\b|frau\b|"
    r"acheteur|cliente|klant|nabywca|odbiorca|destinatario|advertiser|agency)"
)
_NOT_A_NAME = re.compile(
    r"^(?:(?:simplified |original |official |sales |cash |tax |retail |commercial |payment |guest )*(?:invoices?|receipts?|bill|sales?|order|"
    r"copy|statement|quotation|check)(?:/bill)?\b.*|contract\b.*|\W*thank\b.*|welcome\b.*|page\b.*|date\b.*|time\b.*|tel\b.*|fax\b.*|gst\b.*|vat\b.*|"
    r"reg\b.*|co\W*(?:reg|no)\b.*|company (?:no|reg)\b.*|(?:no|lot|jalan|jln|unit|level|tingkat|street|road|ground|floor)\b.*|"
    r"print\b.*|invoice\b.*|rechnung.*|\w*rechnung\b.*|facture.*|factura.*|fattura.*|fatura.*|factuur.*|faktura.*|paragon.*|bienvenue.*|ticket.*|"
    r"posted|paid|signa\w*|account\b.*|email\b.*|remit\b.*|stylesheet\b.*|beispiel\b.*|duplicate\b.*|cashier\b.*|tq\b.*)$"
)
_TAIL = re.compile(
    r"\s*[\[({]?\b(?:co\.?\W?(?:reg|no).*|(?:reg|gst|roc)\b.*|[A-Z]{0,3}\d{4,}\s?-?\s?[A-Z]?)\W*$", re.IGNORECASE
)


def find_vendor(pages: Sequence[Page]) -> KeyField | None:
    """The vendor's name as it stands on the first page, or None. A name broken over lines is put together."""
    if not pages or not pages[0].lines:
        return None
    page = pages[0]
    rows = _labelled(page) or _with_legal_form(page) or _first_name(page)
    if not rows:
        return None
    name = _without_number(" ".join(row.text for row in rows))
    if not name:
        return None
    return KeyField(
        name=FieldName.VENDOR,
        value=name,
        written=name if len(rows) > 1 else rows[0].text,
        page=rows[0].page,
        line=rows[0].line,
        box=Box.around([row.box for row in rows]),
    )


def _labelled(page: Page) -> list[Spot]:
    """ "Sold By: X", or the first line under "Seller"."""
    for index, line in enumerate(page.lines):
        match = _SELLER.match(fold_in_place(line.text.strip()))
        if match is None:
            continue
        offset = len(line.text) - len(line.text.lstrip()) + match.end()
        if line.text[offset:].strip() and _is_name(line.text[offset:]):
            return [_trimmed(page, index, offset)]
        for below in range(index + 1, min(index + 4, len(page.lines))):
            label = _NAME_LABEL.match(fold_in_place(page.lines[below].text))
            rest = label.end() if label else 0
            if _is_name(page.lines[below].text[rest:]):
                return [_trimmed(page, below, rest)]
    return []


def _with_legal_form(page: Page) -> list[Spot]:
    """The first name with a legal form near the top that is not the buyer's, with the line before it if it began there."""
    for index, line in enumerate(page.lines[:_TOP_LINES]):
        folded = fold_in_place(line.text.strip())
        if _BUYER.match(folded):
            break
        if not _LEGAL_FORM.search(folded) or _NOT_A_NAME.match(folded):
            continue
        if index > _FAR_DOWN and _trade_name_above(page):
            break  # "owned by ..." under a shop's own name
        first = index
        while first > 0 and index - first < 2 and _continues(page, first):
            first -= 1
        return [_trimmed(page, row, 0) for row in range(first, index + 1)]
    return []


def _trade_name_above(page: Page) -> bool:
    return any(_is_name(line.text) and _TRADE.search(fold_in_place(line.text)) for line in page.lines[:2])


def _continues(page: Page, index: int) -> bool:
    """Whether the line at ``index`` is only the end of a name: "SDN BHD", "ALAM) SDN BHD"."""
    text, above = page.lines[index].text.strip(), page.lines[index - 1].text
    bare = _LEGAL_FORM.sub("", fold_in_place(text)).strip(" .,&()")
    unclosed = text.count(")") > text.count("(") and above.count("(") > above.count(")")
    trade_below = above.count("(") == above.count(")") and "(" in text and _TRADE.match(fold_in_place(text)) is not None
    return _is_name(above) and (not bare or unclosed or trade_below)


def _first_name(page: Page) -> list[Spot]:
    names = [index for index, line in enumerate(page.lines[:_TOP_LINES]) if _is_name(line.text)]
    buyer = next(
        (i for i, line in enumerate(page.lines) if _BUYER.match(fold_in_place(line.text.strip()))), len(page.lines)
    )
    names = [index for index in names if index < buyer]
    if not names:
        return []
    trade = [index for index in names[:3] if _TRADE.search(fold_in_place(page.lines[index].text))]
    return [_trimmed(page, (trade or names)[0], 0)]


def _is_name(text: str) -> bool:
    """Whether a line may be a name: words, few digits, no title or label."""
    folded = fold_in_place(text.strip())
    letters = sum(char.isalpha() for char in folded)
    digits = sum(char.isdigit() for char in folded)
    return letters >= 4 and digits * 2 <= letters and _NOT_A_NAME.match(folded) is None and not folded.endswith(":")


def _trimmed(page: Page, index: int, start: int) -> Spot:
    text = page.lines[index].text
    begin = start + len(text[start:]) - len(text[start:].lstrip(" ,;:-"))
    return spot(page, index, begin, len(text.rstrip(" ,;:-")))


def _without_number(name: str) -> str:
    """The name less the registration number that often follows it."""
    shorter = _TAIL.sub("", name).rstrip(" ,;:-([{")
    return shorter if sum(char.isalpha() for char in shorter) >= 3 else name.strip()
