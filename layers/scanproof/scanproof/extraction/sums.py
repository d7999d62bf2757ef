"""Finds which amounts of a document the others explain: net plus tax, cash less change, the sum of a column."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property

from scanproof.document import Box
from scanproof.extraction.amount_labels import TOTALS, LabelledAmounts
from scanproof.extraction.page_values import AmountCandidate
from scanproof.extraction.vertical_index import VerticalIndex

TOLERANCE = Decimal("0.02")
_MAX_ROUNDING = Decimal("0.05")  # the smallest coin to which cash is rounded
_MAX_SUMS = 1_000  # of a subtotal and a tax; an invoice has a few of each, on one or two pages
_MAX_COLUMN = 60  # amounts of a column that are added up; a page has as many rows
_NEXT_ROW = 2.5  # line heights from an amount down to the next one of its column
_MAX_COLUMN_HEIGHT = 80.0  # line heights above a sum


def possible_totals(subtotals: Iterable[Decimal], taxes: Iterable[Decimal]) -> set[Decimal]:
    """Returns what the total of labelled subtotals and taxes may be."""
    taxes = list(taxes)
    several_rates = sum(set(taxes), Decimal(0))
    possible_taxes = {Decimal(0), several_rates, *taxes}  # none: the tax may be included
    return {subtotal + tax for subtotal in set(subtotals) for tax in possible_taxes}


class Sums:
    """The arithmetic between the amounts of a document."""

    def __init__(self, amounts: LabelledAmounts) -> None:
        self._amounts = amounts
        self.net = amounts.named("subtotal")
        self.tax = amounts.named("tax")
        self._counts = Counter(each.amount.value for each in amounts.found.amounts if each.amount.decimals == 2)

    @cached_property
    def with_tax(self) -> frozenset[Decimal]:
        """Sums of a labelled subtotal and a labelled tax that is not zero."""
        taxes = {abs(each.amount.value) for each in self.tax} - {Decimal(0)}
        nets = {each.amount.value for each in self.net}
        if len(taxes) * len(nets) > _MAX_SUMS:
            return frozenset()
        return frozenset(possible_totals(nets, taxes) - nets)

    @cached_property
    def paid(self) -> frozenset[Decimal]:
        """Cash less change."""
        cash = {each.amount.value for each in self._amounts.named("payment")}
        change = {abs(each.amount.value) for each in self._amounts.named("change")}
        if len(cash) * len(change) > _MAX_SUMS:
            return frozenset()
        return frozenset(given - back for given in cash for back in change if given > back)

    @cached_property
    def tendered(self) -> frozenset[Decimal]:
        """What was paid by card or in cash."""
        return frozenset(each.amount.value for each in self._amounts.named("payment"))

    @cached_property
    def roundings(self) -> frozenset[Decimal]:
        """Amounts labelled as rounding, of at most the smallest coin."""
        found = {each.amount.value for each in self._amounts.named("rounding")}
        return frozenset(value for value in found if 0 < abs(value) <= _MAX_ROUNDING)

    def is_rounded_away(self, value: Decimal) -> bool:
        """Whether a total that is printed, too, is this one after rounding."""
        return any(value + sign * rounding in self._totals for rounding in self.roundings for sign in (1, -1)) and not (
            self.is_rounded(value) and value % _MAX_ROUNDING == 0
        )

    def is_rounded(self, value: Decimal) -> bool:
        """Whether this is another printed total after rounding to the smallest coin."""
        before = {value + sign * rounding for rounding in self.roundings for sign in (1, -1)}
        return value % _MAX_ROUNDING == 0 and any(each in self._counts for each in before)

    @cached_property
    def _totals(self) -> frozenset[Decimal]:
        return frozenset(each.amount.value for each in self._amounts.named(*TOTALS, "payment"))

    def is_net_of_total(self, value: Decimal) -> bool:
        """Whether the amount and a labelled tax are a labelled total: then it is no total itself."""
        return any(value + abs(tax.amount.value) in self._totals for tax in self.tax if tax.amount.value)

    def count(self, value: Decimal) -> int:
        """How often an amount with cents occurs."""
        return self._counts[value]

    def is_column_sum(self, candidate: AmountCandidate) -> bool:
        """Whether at least two amounts right above, in one column, add up to this one."""
        total, value, count = Decimal(0), candidate.amount.value, 0
        for above in self._above(candidate):
            total, count = total + above, count + 1
            if count >= 2 and total == value:
                return True
        return False

    def has_below(self, candidate: AmountCandidate) -> bool:
        """Whether another amount stands right below, in one column."""
        box = candidate.span.box
        height = max(box.bottom - box.top, 1.0)
        index = self._columns.get(candidate.span.page)
        below = index.overlapping(box.bottom, box.bottom + _NEXT_ROW * height) if index else ()
        return any(each.span.box.top > box.top + height / 2 and _is_in_column(each.span.box, box) for each in below)

    def _above(self, candidate: AmountCandidate) -> Iterator[Decimal]:
        box = candidate.span.box
        height = max(box.bottom - box.top, 1.0)
        index = self._columns.get(candidate.span.page)
        if index is None:
            return
        near = [
            each
            for each in index.overlapping(box.top - _MAX_COLUMN_HEIGHT * height, box.top)
            if each.span.box.bottom <= box.top + height / 2 and _is_in_column(each.span.box, box)
        ]
        near.sort(key=lambda each: -each.span.box.bottom)
        yield from (each.amount.value for each in near[:_MAX_COLUMN])

    @cached_property
    def _columns(self) -> dict[int, VerticalIndex[AmountCandidate]]:
        by_page: defaultdict[int, list[AmountCandidate]] = defaultdict(list)
        for each in self._amounts.found.amounts:
            if each.amount.decimals == 2:
                by_page[each.span.page].append(each)
        indexes = {}
        for page, on_page in by_page.items():
            index: VerticalIndex[AmountCandidate] = VerticalIndex(each.span.box for each in on_page)
            for each in on_page:
                index.add(each.span.box.top, each.span.box.bottom, each)
            indexes[page] = index
        return indexes


def _is_in_column(above: Box, below: Box) -> bool:
    """Whether two amounts are set flush right, or one above the other."""
    height = max(below.bottom - below.top, 1.0)
    overlap = min(above.right, below.right) - max(above.left, below.left)
    return abs(above.right - below.right) <= 1.5 * height or overlap > 0.5 * min(
        above.right - above.left, below.right - below.left
    )
