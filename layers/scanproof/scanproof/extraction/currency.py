"""Finds the currency: from the total's own currency mark, from a label, or from the marks at other amounts."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scanproof.document import FieldName, KeyField, Page
from scanproof.extraction.choice import Candidate, choose
from scanproof.extraction.page_values import PageValues
from scanproof.extraction.spans import TextSpan, text_span
from scanproof.values.currencies import currencies_of, currency_marks
from scanproof.values.kinds import ValueKind

_LABEL = re.compile(
    r"(?i)(?<![^\W_])(?:currency|devise|w[äa]hrung|(?:rechnungs|belegs?)w[äa]hrung|moneda|divisa|valuta|moeda|waluta)\b"
)
_LABEL_REACH = 24  # characters before a mark: of two labels on a line, the nearer one counts
_MAX_DAY = 31
_WEEKDAYS = frozenset({"Fr", "Fr."})  # francs at an amount, Friday anywhere else


@dataclass(frozen=True)
class _Mark:
    """A sign or code, and whether it stands at an amount, next to a label, or alone as a unit."""

    span: TextSpan
    at_amount: bool
    labelled: bool
    alone: bool


def find_currency(found: PageValues, total: KeyField | None, is_sale: bool) -> KeyField | None:
    """Finds the currency as ISO 4217 code. A sign that several currencies share is ``ambiguous``, with alternatives.

    Args:
        is_sale: whether the document is known to be an invoice or a receipt. If not, only a label makes a currency.
    """
    choice = choose(FieldName.CURRENCY, currency_candidates(found, total, is_sale))
    if choice is None:
        return None
    return KeyField.model_validate(
        {**choice.candidate.place(), "name": FieldName.CURRENCY, "confidence": choice.probability}
    )


def currency_candidates(found: PageValues, total: KeyField | None, is_sale: bool) -> list[Candidate]:
    """Returns one candidate for each currency that a mark stands for, with its features."""
    amounts = _amounts_by_line(found)
    marks = [mark for page in found.pages for mark in _marks(page, amounts)]
    of_total = _mark_of_total([mark.span for mark in marks], total)
    by_currency: defaultdict[tuple[str, ...], list[_Mark]] = defaultdict(list)
    spans = [mark.span for mark in marks]
    for mark in marks:
        if mark.at_amount or mark.labelled or mark.alone or mark.span is of_total:
            by_currency[_disambiguated(currencies_of(mark.span.text), spans)].append(mark)
    at_amounts = sum(mark.at_amount for mark in marks)
    candidates = []
    for (code, *others), own in by_currency.items():
        is_of_total = of_total is not None and any(mark.span is of_total for mark in own)
        is_labelled = any(mark.labelled for mark in own)
        if not (is_sale or is_labelled):
            continue
        shown = next((mark.span for mark in own if mark.span is of_total), None) or own[0].span
        count = sum(mark.at_amount for mark in own)
        features = {
            "of_total": float(is_of_total),
            "labelled": float(is_labelled),
            "alone": float(any(mark.alone for mark in own)),
            "share": count / at_amounts if at_amounts else 0.0,
            "count": math.log1p(min(count, 20)),
            "sign": float(not shown.text.isalpha()),
        }
        candidates.append(Candidate(code, shown, features, alternatives=tuple(others)))
    return candidates


@lru_cache(maxsize=1)
def _mark_pattern() -> re.Pattern[str]:
    alternatives = "|".join(re.escape(mark) for mark in currency_marks())
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?![^\W\d_])")


def _amounts_by_line(found: PageValues) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Returns the places of the amounts with a currency mark on each line."""
    return {
        (line.page.number, line.index): [
            (value.start, value.end) for value in line.values if value.kind is ValueKind.AMOUNT
        ]
        for line in found.lines
    }


def _marks(page: Page, amounts: dict[tuple[int, int], list[tuple[int, int]]]) -> Iterator[_Mark]:
    """Finds the signs and codes of a page. Those inside a sentence are words as likely as currencies."""
    for index, line in enumerate(page.lines):
        for match in _mark_pattern().finditer(line.text):
            start, end = match.span()
            before, after = line.text[:start], line.text[end:]
            own = [
                line.text[first:last] for first, last in amounts[page.number, index] if first <= start and end <= last
            ]
            at_amount = any(match[0] not in _WEEKDAYS or not _may_be_hour(amount) for amount in own)
            is_labelled = _LABEL.search(before[-_LABEL_REACH:]) is not None
            is_alone = match[0] not in _WEEKDAYS and _is_unit(before, after, match[0])
            yield _Mark(text_span(page, index, start, end), at_amount, is_labelled, is_alone)


def _may_be_hour(amount: str) -> bool:
    """Whether "Fr 8.00" or "Fr. 12" may be a day with its hour or its date."""
    hour = re.search(r"(\d{1,2})(?:[.,]([0-5]\d))?(?!\d)", amount)
    return hour is not None and int(hour[1]) <= _MAX_DAY and re.search(r"\d{3}", amount) is None


def _is_unit(before: str, after: str, mark: str) -> bool:
    """Whether a mark is the unit of a column: in brackets, or alone on its line, perhaps once for each column."""
    is_in_brackets = before.endswith(("(", "[")) and after.startswith((")", "]"))
    is_per_unit = before.endswith("/") and not after[:1].strip()  # "Price/€"
    return is_in_brackets or is_per_unit or set(f"{before} {after}".split()) <= {mark, f"({mark})"}


def _mark_of_total(found: Sequence[TextSpan], total: KeyField | None) -> TextSpan | None:
    if total is None:
        return None
    inside = [mark for mark in found if (mark.page, mark.line) == (total.page, total.line)]
    inside = [mark for mark in inside if mark.text in total.written]
    codes = [mark for mark in inside if mark.text.isalpha()]  # "$100.00 USD": the code is more specific than the sign
    return next(iter(codes or inside), None)


def _disambiguated(currencies: tuple[str, ...], found: Sequence[TextSpan]) -> tuple[str, ...]:
    """Narrows an ambiguous sign to the one code on the pages that it may stand for."""
    if len(currencies) == 1:
        return currencies
    codes = {known[0] for mark in found if len(known := currencies_of(mark.text)) == 1 and known[0] in currencies}
    return tuple(codes) if len(codes) == 1 else currencies
