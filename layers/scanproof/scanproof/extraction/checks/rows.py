"""Order rows: quantity x unit price is the amount.

A row counts only if it holds exactly three numbers, the last two with a decimal point, and other rows of the same form
show that this document's rows are meant so. Differences that a tax or a discount explains are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scanproof.document import CheckCode, CheckFlag, Page
from scanproof.extraction.candidates import AmountCandidate, amount_candidates
from scanproof.extraction.checks.places import place
from scanproof.extraction.places import share_row

_WITNESSES = 2  # rows that add up, and more of them than of those that do not
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
        """What the amount should be."""
        return self.quantity.amount.value * self.price.amount.value

    @property
    def agrees(self) -> bool:
        """Whether it is, but for the rounding of the unit price and of the amount."""
        slack = self.quantity.amount.value * _CENT / 2 + _CENT
        return abs(self.product - self.amount.amount.value) <= slack


def check_rows(pages: Sequence[Page]) -> Iterator[CheckFlag]:
    """Rows that do not add up, in documents most of whose rows do."""
    rows = [row for page in pages for row in order_rows(page)]
    agreeing = sum(row.agrees for row in rows)
    if agreeing < _WITNESSES or agreeing <= len(rows) - agreeing:
        return
    for row in rows:
        if not row.agrees and not _explained(row):
            yield _flag(row)


def order_rows(page: Page) -> Iterator[OrderRow]:
    """The rows of a page that have the form of an order row."""
    for numbers in _on_one_row(amount_candidates([page])):
        if len(numbers) != 3:
            continue
        row = OrderRow(*sorted(numbers, key=lambda it: it.spot.box.left))
        priced = row.price.amount.decimals >= 2 and row.amount.amount.decimals == 2
        sure = not any(each.amount.alternatives for each in numbers)
        if priced and sure and row.quantity.amount.value > 0 and row.product > 0 and row.amount.amount.value > 0:
            yield row


def _on_one_row(candidates: Sequence[AmountCandidate]) -> list[list[AmountCandidate]]:
    rows: list[list[AmountCandidate]] = []
    for each in candidates:
        home = next((row for row in rows if share_row(row[0].spot.box, each.spot.box)), None)
        if home is None:
            rows.append([each])
        else:
            home.append(each)
    return rows


def _explained(row: OrderRow) -> bool:
    """Whether it is a row of a tax summary, or a tax or a discount of a round rate lies between product and amount."""
    first, second, last = (each.amount.value for each in (row.quantity, row.price, row.amount))
    if abs(first + second - last) <= 2 * _CENT or abs(row.product / 100 - last) <= 2 * _CENT:
        return True
    percent = abs(last / row.product - 1) * 100
    return any(abs(percent - rate) < Decimal("0.05") for rate in _ROUND_PERCENT)


def _flag(row: OrderRow) -> CheckFlag:
    spots = [each.spot for each in (row.quantity, row.price, row.amount)]
    quantity, price, amount = (where.text for where in spots)
    message = f"{quantity} x {price} is {row.product.quantize(_CENT)}, but the amount says {amount}"
    return CheckFlag(code=CheckCode.ROW_PRODUCT, message=message, places=tuple(map(place, spots)))
