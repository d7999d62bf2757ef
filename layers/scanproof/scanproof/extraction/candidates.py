"""Collects everything on the pages that parses as a date or as an amount; the fields are chosen from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scanproof.document import Page
from scanproof.extraction.spans import TextSpan, text_span
from scanproof.values.amounts import Amount, parse_amount
from scanproof.values.dates import DateOrder, ParsedDate, parse_date
from scanproof.values.find import find_values
from scanproof.values.kinds import ValueKind

_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class DateCandidate:
    """A date and its position; ``compact`` ones (20180428) may also be other numbers."""

    date: ParsedDate
    span: TextSpan
    compact: bool = False


@dataclass(frozen=True)
class AmountCandidate:
    """An amount, or a number that may be one, and its position."""

    amount: Amount
    span: TextSpan


def date_candidates(pages: Sequence[Page], order: DateOrder) -> list[DateCandidate]:
    """Collects all dates in reading order."""
    found = []
    for page in pages:
        for index, line in enumerate(page.lines):
            for value in find_values(line.text):
                span = text_span(page, index, value.start, value.end)
                if value.kind is ValueKind.DATE and (parsed := parse_date(value.text, order)):
                    found.append(DateCandidate(parsed, span))
                elif compact := _COMPACT.search(value.text):
                    found += _compact(page, index, value.start + compact.start(), compact)
    return found


def _compact(page: Page, index: int, start: int, match: re.Match[str]) -> list[DateCandidate]:
    try:
        value = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return []
    span = text_span(page, index, start, start + len(match[0]))
    return [DateCandidate(ParsedDate(match[0], value), span, compact=True)]


def amount_candidates(pages: Sequence[Page]) -> list[AmountCandidate]:
    """Collects all amounts and all plain numbers in reading order."""
    found = []
    for page in pages:
        for index, line in enumerate(page.lines):
            for value in find_values(line.text):
                if value.kind not in (ValueKind.AMOUNT, ValueKind.NUMBER):
                    continue
                if amount := parse_amount(value.text):
                    found.append(AmountCandidate(amount, text_span(page, index, value.start, value.end)))
    return found
