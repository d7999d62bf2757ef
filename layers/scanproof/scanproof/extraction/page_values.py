"""Finds the values of pages once, for all fields and checks: finding them takes most of the time of an extraction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from scanproof.document import Page
from scanproof.extraction.labels import CURRENCY
from scanproof.extraction.spans import TextSpan, text_span
from scanproof.values.amounts import Amount, parse_amount
from scanproof.values.find import find_values
from scanproof.values.kinds import Value, ValueKind

# A comma that is read as a point, or reversed: 8.730.96. Before two digits it is the decimal point.
_POINTS_ALIKE = re.compile(r"(?<![\w.,])\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(\1)\d{2}(?![\w.,])")
# A word that has lost the blank before an amount: Total14.20, TotalRM14.20.
_CENTS = r"\d{1,6}[.,]\d{2}(?![\w.,])"
_GLUED_WORD = re.compile(
    rf"(?i)(?<![^\W_])(?:[^\W\d_]{{4,20}}(?={CURRENCY}?{_CENTS})|[^\W\d_]{{3,20}}\d(?={CURRENCY}{_CENTS}))"
)


@dataclass(frozen=True)
class LineValues:
    """The values of ``page.lines[index].text``."""

    page: Page
    index: int
    values: tuple[Value, ...]

    @property
    def text(self) -> str:
        """The line's corrected text."""
        return self.page.lines[self.index].text

    def span(self, start: int, end: int) -> TextSpan:
        """Locates a stretch of the line."""
        return text_span(self.page, self.index, start, end)

    def has(self, kind: ValueKind) -> bool:
        """Whether one of the values is of this kind."""
        return any(value.kind is kind for value in self.values)


@dataclass(frozen=True)
class AmountCandidate:
    """An amount, or a number that may be one, and its position."""

    amount: Amount
    span: TextSpan


@dataclass(frozen=True)
class PageValues:
    """Pages, in order, with the values of their lines."""

    pages: Sequence[Page]

    def page(self, number: int) -> Page:
        """Returns the page with a number.

        Raises:
            KeyError: there is none.
        """
        return self._numbered[number]

    @cached_property
    def _numbered(self) -> dict[int, Page]:
        return {page.number: page for page in self.pages}

    @cached_property
    def lines(self) -> tuple[LineValues, ...]:
        """All lines with their values, in reading order."""
        return tuple(
            LineValues(page, index, find_values(_readable(line.text)))
            for page in self.pages
            for index, line in enumerate(page.lines)
        )

    @cached_property
    def amounts(self) -> tuple[AmountCandidate, ...]:
        """All amounts and all plain numbers, in reading order."""
        return tuple(
            AmountCandidate(amount, line.span(value.start, value.end))
            for line in self.lines
            for value in line.values
            if value.kind in (ValueKind.AMOUNT, ValueKind.NUMBER) and (amount := parse_amount(value.text))
        )


def _readable(text: str) -> str:
    """Returns text whose amounts stand alone and have a decimal point of their own; its length stays."""
    text = _GLUED_WORD.sub(lambda match: " " * len(match[0]), text)
    return _POINTS_ALIKE.sub(_exchanged, text)


def _exchanged(match: re.Match[str]) -> str:
    at = match.start(2) - match.start()
    return match[0][:at] + (",."[match[2] == ","]) + match[0][at + 1 :]
