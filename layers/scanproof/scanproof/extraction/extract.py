"""The key fields of a document, each with the place that it was read from."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.document import KeyField, Page
from scanproof.extraction.currency import find_currency
from scanproof.extraction.dates import find_dates
from scanproof.extraction.invoice_number import find_invoice_number
from scanproof.extraction.total import find_total
from scanproof.extraction.vendor import find_vendor
from scanproof.values.dates import DateOrder


def extract_fields(pages: Sequence[Page]) -> tuple[KeyField, ...]:
    """The key fields that can be told, from the proofread text; at most one of each name. Pure.

    Args:
        pages: in order, as in a ``Document``.
    """
    number, total = find_invoice_number(pages), find_total(pages)
    sale = number is not None or total is not None  # an invoice or a receipt; a letter names dates and sums as well
    currency = find_currency(pages, total, sale)
    # Nobody but the United States writes the month first; the date stays marked as ambiguous all the same.
    order = DateOrder.MONTH_FIRST if currency and currency.value == "USD" else DateOrder.DAY_FIRST
    found = [number, *find_dates(pages, order, sale), total, currency, find_vendor(pages, sale)]
    return tuple(field for field in found if field is not None)
