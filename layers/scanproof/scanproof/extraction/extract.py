"""Extracts the key fields of a document and flags numbers in it that do not agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanproof.document import CheckFlag, KeyField, Page, Suggestion
from scanproof.extraction.checks.cash import check_cash
from scanproof.extraction.checks.check import NumberCheck
from scanproof.extraction.checks.digits import check_digits
from scanproof.extraction.checks.rows import check_rows
from scanproof.extraction.currency import find_currency
from scanproof.extraction.dates import find_dates
from scanproof.extraction.invoice_number import find_invoice_number
from scanproof.extraction.resolution import apply_suggestions
from scanproof.extraction.suggestions import Lattices, no_lattices, suggest
from scanproof.extraction.total import SUM_MISMATCH, Total, find_total
from scanproof.extraction.vendor import find_vendor
from scanproof.values.dates import DateOrder

# Fields are stored on a DynamoDB item (400 KB) and are keys of its indexes (1,024 bytes). The longest names and numbers
# have 100 characters; more is a page without line breaks. Readings of a date or total that are worth a look are two or
# three.
_MAX_FIELD_CHARACTERS = 200
_MAX_ALTERNATIVES = 10


@dataclass(frozen=True)
class Extraction:
    """The key fields of a document, the flags of its consistency checks, and its pages, with numbers resolved if so."""

    fields: tuple[KeyField, ...]
    flags: tuple[CheckFlag, ...]
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class _CheckedPages:
    """The total of the pages, their checks, and a suggestion or None for each check that failed."""

    total: Total | None
    failed: tuple[tuple[NumberCheck, Suggestion | None], ...]

    @property
    def suggestions(self) -> list[tuple[str, Suggestion]]:
        return [(check.code, suggestion) for check, suggestion in self.failed if suggestion]


def extract(pages: Sequence[Page], lattices: Lattices = no_lattices, *, resolve_numbers: bool = False) -> Extraction:
    """Extracts the key fields and runs the consistency checks, on the corrected text.

    Args:
        pages: in order, as in a ``Document``.
        lattices: returns the lattice of a page, by its number; called for pages with numbers that do not agree.
        resolve_numbers: applies the suggestions as edits, and extracts and checks again.
    """
    checked = _check(pages, lattices)
    if resolve_numbers and checked.suggestions:
        pages = apply_suggestions(pages, checked.suggestions)
        checked = _check(pages, lattices)
    return Extraction(_fields(pages, _total_field(checked)), _flags(checked), tuple(pages))


def extract_fields(pages: Sequence[Page]) -> tuple[KeyField, ...]:
    """Extracts the key fields that the pages determine, at most one of each name."""
    total = find_total(pages)
    return _fields(pages, total.field if total else None)


def check_pages(pages: Sequence[Page], lattices: Lattices = no_lattices) -> tuple[CheckFlag, ...]:
    """Runs all consistency checks; returns their flags in reading order."""
    return _flags(_check(pages, lattices))


def _check(pages: Sequence[Page], lattices: Lattices) -> _CheckedPages:
    total = find_total(pages)
    sums = [total.check] if total and total.check else []
    checks = [*check_rows(pages), *check_cash(pages), *check_digits(pages), *sums]
    failed = [check for check in checks if check.failed]
    return _CheckedPages(total, tuple((check, suggest(check, checks, pages, lattices)) for check in failed))


def _flags(checked: _CheckedPages) -> tuple[CheckFlag, ...]:
    found = [check.flag(suggestion) for check, suggestion in checked.failed if check.code != SUM_MISMATCH]
    return tuple(sorted(found, key=lambda flag: (flag.places[0].page, flag.places[0].line)))


def _total_field(checked: _CheckedPages) -> KeyField | None:
    """Returns the field of the total with the suggestion for its sum."""
    suggestion = next((suggestion for check, suggestion in checked.failed if check.code == SUM_MISMATCH), None)
    field = checked.total.field if checked.total else None
    return field.model_copy(update={"suggestion": suggestion}) if field and suggestion else field


def _fields(pages: Sequence[Page], total: KeyField | None) -> tuple[KeyField, ...]:
    number = find_invoice_number(pages)
    is_sale = number is not None or total is not None  # an invoice or a receipt; letters contain dates and sums too
    currency = find_currency(pages, total, is_sale)
    # Only the United States write the month first; the date stays marked as ambiguous.
    order = DateOrder.MONTH_FIRST if currency and currency.value == "USD" else DateOrder.DAY_FIRST
    found = [number, *find_dates(pages, order, is_sale), total, currency, find_vendor(pages, is_sale)]
    return tuple(_bounded(field) for field in found if field is not None and _is_short(field))


def _is_short(field: KeyField) -> bool:
    return max(len(field.value), len(field.written)) <= _MAX_FIELD_CHARACTERS


def _bounded(field: KeyField) -> KeyField:
    """Limits how many alternatives a field lists; it stays marked as ambiguous."""
    if len(field.alternatives) <= _MAX_ALTERNATIVES:
        return field
    return field.model_copy(update={"alternatives": field.alternatives[:_MAX_ALTERNATIVES]})
