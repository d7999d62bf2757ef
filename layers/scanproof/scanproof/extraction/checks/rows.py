"""Checks order rows: quantity x unit price is the amount.

A row counts only if it holds exactly three numbers, the last two with a decimal point, and if other rows of the same
form confirm what the columns mean. Differences that a tax or a discount explains are not flagged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from scanproof.document import CheckCode
from scanproof.extraction.checks.check import NumberCheck, values_of
from scanproof.extraction.page_values import AmountCandidate, PageValues
from scanproof.extraction.spans import share_row
from scanproof.extraction.vertical_index import VerticalIndex

_MIN_AGREEING = 2  # rows that add up; there must also be more of them than of those that do not
_CENT = Decimal("0.01")
_ROUND_PERCENT = frozenset(Decimal(rate) for rate in (5, 6, 7, 8, 10, 12, 13, 15, 18, 19, 20, 21, 22, 23, 25, 30, 50))


@dataclass(frozen=True)
class OrderRow:
    """Three numbers of one row of a page, from left to right."""

    quantity: AmountCandidate
    price: AmountCandidate
    amount: AmountCandidate

    @property
    def product(self) -> Decimal:
        """Quantity x unit price."""
        return self.quantity.amount.value * self.price.amount.value

    @property
    def agrees(self) -> bool:
        """Whether the product is the amount, within the rounding of the unit price and of the amount."""
        tolerance = self.quantity.amount.value * _CENT / 2 + _CENT
        return abs(self.product - self.amount.amount.value) <= tolerance


def check_rows(found: PageValues) -> Iterator[NumberCheck]:
    """Yields a check for each row, in documents where most rows add up; it fails for one that does not."""
    rows = [
        row
        for _, on_page in groupby(found.amounts, key=lambda each: each.span.page)
        for row in _order_rows(list(on_page))
    ]
    agreeing = sum(row.agrees for row in rows)
    if agreeing < _MIN_AGREEING or agreeing <= len(rows) - agreeing:
        return
    for row in rows:
        if row.agrees or not _is_explained(row):
            yield _check(row)


def _order_rows(candidates: Sequence[AmountCandidate]) -> Iterator[OrderRow]:
    """Yields the rows of a page that have the form of an order row."""
    for numbers in _group_by_row(candidates):
        if len(numbers) != 3:
            continue
        row = OrderRow(*sorted(numbers, key=lambda each: each.span.box.left))
        is_priced = row.price.amount.decimals >= 2 and row.amount.amount.decimals == 2
        is_unambiguous = not any(each.amount.alternatives for each in numbers)
        is_positive = row.quantity.amount.value > 0 and row.product > 0 and row.amount.amount.value > 0
        if is_priced and is_unambiguous and is_positive:
            yield row


def _group_by_row(candidates: Sequence[AmountCandidate]) -> list[list[AmountCandidate]]:
    rows: list[list[AmountCandidate]] = []
    index: VerticalIndex[list[AmountCandidate]] = VerticalIndex(each.span.box for each in candidates)
    for each in candidates:
        box = each.span.box
        row = next((row for row in index.overlapping(box.top, box.bottom) if share_row(row[0].span.box, box)), None)
        if row is None:
            rows.append([each])
            index.add(box.top, box.bottom, rows[-1])
        else:
            row.append(each)
    return rows


def _is_explained(row: OrderRow) -> bool:
    """Whether the row belongs to a tax summary, or a tax or discount of a round rate separates product and amount."""
    first, second, last = (each.amount.value for each in (row.quantity, row.price, row.amount))
    if abs(first + second - last) <= 2 * _CENT or abs(row.product / 100 - last) <= 2 * _CENT:
        return True
    percent = abs(last / row.product - 1) * 100
    return any(abs(percent - rate) < Decimal("0.05") for rate in _ROUND_PERCENT)


def _check(row: OrderRow) -> NumberCheck:
    spans = (row.quantity.span, row.price.span, row.amount.span)
    quantity, price, amount = (span.text for span in spans)
    return NumberCheck(
        code=CheckCode.ROW_PRODUCT,
        numbers=spans,
        message=f"{quantity} x {price} is {row.product.quantize(_CENT)}, but the amount says {amount}",
        failed=not row.agrees,
        fits=_fits,
    )


def _fits(texts: Sequence[str]) -> bool:
    """Whether quantity x unit price is the amount, within the rounding of the amount alone."""
    values = values_of(texts)
    return values is not None and abs(values[0] * values[1] - values[2]) <= _CENT / 2
