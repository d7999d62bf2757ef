"""The currency, from the total's own mark, a label, or the marks that stand elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from scanproof.document import FieldName, KeyField, Page
from scanproof.extraction.places import Spot, spot
from scanproof.values.currencies import currencies_of, marks

_LABEL = re.compile(r"(?i)\b(?:currency|devise|w[äa]hrung|rechnungsw[äa]hrung|moneda|divisa|valuta|moeda|waluta)\b")


def find_currency(pages: Sequence[Page], total: KeyField | None, sale: bool) -> KeyField | None:
    """The currency as ISO 4217 code. A sign that several currencies share is ``ambiguous``, with the others named.

    Args:
        sale: whether the document is known to be an invoice or a receipt. If not, only a label makes a currency.
    """
    found = [(where, mark) for page in pages for where, mark in _marks(page)]
    chosen = _of_total(found, total) or _labelled(found, pages) or (_commonest(found) if sale else None)
    if chosen is None:
        return None
    where, mark = chosen
    code, *others = _narrowed(currencies_of(mark), found)
    return KeyField(
        name=FieldName.CURRENCY,
        value=code,
        written=where.text,
        page=where.page,
        line=where.line,
        box=where.box,
        ambiguous=bool(others),
        alternatives=tuple(others),
    )


def _mark_pattern() -> re.Pattern[str]:
    alternatives = "|".join(re.escape(mark) for mark in marks())
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?![^\W\d_])")


def _marks(page: Page) -> Iterator[tuple[Spot, str]]:
    """Signs and codes that stand alone or at a figure."""
    pattern = _mark_pattern()
    for index, line in enumerate(page.lines):
        for match in pattern.finditer(line.text):
            yield spot(page, index, match.start(), match.end()), match[0]


def _of_total(found: Sequence[tuple[Spot, str]], total: KeyField | None) -> tuple[Spot, str] | None:
    if total is None:
        return None
    inside = [it for it in found if (it[0].page, it[0].line) == (total.page, total.line) and it[1] in total.written]
    codes = [it for it in inside if it[1].isalpha()]  # "$100.00 USD": the code says more than the sign
    return next(iter(codes or inside), None)


def _labelled(found: Sequence[tuple[Spot, str]], pages: Sequence[Page]) -> tuple[Spot, str] | None:
    lines = {(page.number, index): line.text for page in pages for index, line in enumerate(page.lines)}
    return next((it for it in found if _LABEL.search(lines[it[0].page, it[0].line])), None)


def _commonest(found: Sequence[tuple[Spot, str]]) -> tuple[Spot, str] | None:
    if not found:
        return None
    counted = Counter(currencies_of(mark) for _, mark in found)
    winner = counted.most_common(1)[0][0]
    return next(it for it in found if currencies_of(it[1]) == winner)


def _narrowed(currencies: tuple[str, ...], found: Sequence[tuple[Spot, str]]) -> tuple[str, ...]:
    """An ambiguous sign is settled by the one code on the pages that it may stand for."""
    if len(currencies) == 1:
        return currencies
    codes = {known[0] for _, mark in found if len(known := currencies_of(mark)) == 1 and known[0] in currencies}
    return tuple(codes) if len(codes) == 1 else currencies
