"""Extracts the key fields of a document and flags numbers in it that do not agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanproof.document import CheckFlag, KeyField, Page
from scanproof.extraction.checks.cash import check_cash
from scanproof.extraction.checks.digits import check_digits
from scanproof.extraction.checks.rows import check_rows
from scanproof.extraction.currency import find_currency
from scanproof.extraction.dates import find_dates
from scanproof.extraction.invoice_number import find_invoice_number
from scanproof.extraction.total import find_total
from scanproof.extraction.vendor import find_vendor
from scanproof.values.dates import DateOrder


@dataclass(frozen=True)
class Extraction:
    """The key fields of a document and the flags of its consistency checks."""

    fields: tuple[KeyField, ...]
    flags: tuple[CheckFlag, ...]


def extract(pages: Sequence[Page]) -> Extraction:
    """Extracts the key fields and runs the consistency checks, on the corrected text. Pure.

    Args:
        pages: in order, as in a ``Document``.
    """
    return Extraction(extract_fields(pages), check_pages(pages))


def extract_fields(pages: Sequence[Page]) -> tuple[KeyField, ...]:
    """Extracts the key fields that the pages determine, at most one of each name."""
    number, total = find_invoice_number(pages), find_total(pages)
    is_sale = number is not None or total is not None  # an invoice or a receipt; letters contain dates and sums too
    currency = find_currency(pages, total, is_sale)
    # Only the United States write the month first; the date stays marked as ambiguous.
    order = DateOrder.MONTH_FIRST if currency and currency.value == "USD" else DateOrder.DAY_FIRST
    found = [number, *find_dates(pages, order, is_sale), total, currency, find_vendor(pages, is_sale)]
    return tuple(field for field in found if field is not None)


def check_pages(pages: Sequence[Page]) -> tuple[CheckFlag, ...]:
    """Runs all consistency checks; returns their flags in reading order."""
    found = [*check_rows(pages), *check_cash(pages), *check_digits(pages)]
    return tuple(sorted(found, key=lambda flag: (flag.places[0].page, flag.places[0].line)))
