"""Finds the currency: from the total's own currency mark, from a label, or from the marks elsewhere on the pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from scanproof.document import FieldName, KeyField, Page
from scanproof.extraction.spans import TextSpan, text_span
from scanproof.values.currencies import currencies_of, currency_marks

_LABEL = re.compile(r"(?i)\b(?:currency|devise|w[äa]hrung|rechnungsw[äa]hrung|moneda|divisa|valuta|moeda|waluta)\b")


def find_currency(pages: Sequence[Page], total: KeyField | None, is_sale: bool) -> KeyField | None:
    """Finds the currency as ISO 4217 code. A sign that several currencies share is ``ambiguous``, with alternatives.

    Args:
        is_sale: whether the document is known to be an invoice or a receipt. If not, only a label makes a currency.
    """
    found = [mark for page in pages for mark in _currency_marks(page)]
    chosen = _mark_of_total(found, total) or _labelled_mark(found, pages) or (_most_common(found) if is_sale else None)
    if chosen is None:
        return None
    code, *others = _disambiguated(currencies_of(chosen.text), found)
    return KeyField(
        name=FieldName.CURRENCY,
        value=code,
        written=chosen.text,
        page=chosen.page,
        line=chosen.line,
        box=chosen.box,
        ambiguous=bool(others),
        alternatives=tuple(others),
    )


def _mark_pattern() -> re.Pattern[str]:
    alternatives = "|".join(re.escape(mark) for mark in currency_marks())
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?![^\W\d_])")


def _currency_marks(page: Page) -> Iterator[TextSpan]:
    """Finds the signs and codes that stand alone or next to a digit."""
    pattern = _mark_pattern()
    for index, line in enumerate(page.lines):
        for match in pattern.finditer(line.text):
            yield text_span(page, index, match.start(), match.end())


def _mark_of_total(found: Sequence[TextSpan], total: KeyField | None) -> TextSpan | None:
    if total is None:
        return None
    inside = [mark for mark in found if (mark.page, mark.line) == (total.page, total.line)]
    inside = [mark for mark in inside if mark.text in total.written]
    codes = [mark for mark in inside if mark.text.isalpha()]  # "$100.00 USD": the code is more specific than the sign
    return next(iter(codes or inside), None)


def _labelled_mark(found: Sequence[TextSpan], pages: Sequence[Page]) -> TextSpan | None:
    lines = {(page.number, index): line.text for page in pages for index, line in enumerate(page.lines)}
    return next((mark for mark in found if _LABEL.search(lines[mark.page, mark.line])), None)


def _most_common(found: Sequence[TextSpan]) -> TextSpan | None:
    if not found:
        return None
    counts = Counter(currencies_of(mark.text) for mark in found)
    winner = counts.most_common(1)[0][0]
    return next(mark for mark in found if currencies_of(mark.text) == winner)


def _disambiguated(currencies: tuple[str, ...], found: Sequence[TextSpan]) -> tuple[str, ...]:
    """Narrows an ambiguous sign to the one code on the pages that it may stand for."""
    if len(currencies) == 1:
        return currencies
    codes = {known[0] for mark in found if len(known := currencies_of(mark.text)) == 1 and known[0] in currencies}
    return tuple(codes) if len(codes) == 1 else currencies
