"""Extracts the key fields of a document and flags numbers in it that do not agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from scanproof.document import CheckFlag, DetailField, DocumentKind, FieldName, FoundField, KeyField, Page, Suggestion
from scanproof.extraction.amount_labels import LabelledAmounts
from scanproof.extraction.checks.cash import check_cash
from scanproof.extraction.checks.check import NumberCheck
from scanproof.extraction.checks.digits import check_digits
from scanproof.extraction.checks.rows import check_rows
from scanproof.extraction.choice import Candidate
from scanproof.extraction.currency import currency_candidates, find_currency
from scanproof.extraction.dates import date_candidates, find_dates
from scanproof.extraction.details import FIELDS_OF, detail_candidates, find_details
from scanproof.extraction.invoice_number import find_invoice_number, number_candidates
from scanproof.extraction.kind import document_kind
from scanproof.extraction.page_values import PageValues
from scanproof.extraction.payment_due import computed_due_date
from scanproof.extraction.resolution import apply_suggestions
from scanproof.extraction.suggestions import Lattices, no_lattices, suggest
from scanproof.extraction.sums import Sums
from scanproof.extraction.total import SUM_MISMATCH, Total, find_total, total_candidates
from scanproof.extraction.user_defined import find_user_fields
from scanproof.extraction.vendor import find_vendor, vendor_candidates
from scanproof.user_fields import UserField
from scanproof.values.dates import DateOrder

# Pages that are in memory at once: a dense one takes 1.5 MB, one at the limit of `opening.limits` 10 MB. The number and
# date of an invoice are on its first pages, its total on the first or the last ones.
PART_PAGES = 20
# Checking takes up to nine CPU seconds per million characters. 2,000 dense pages have eleven millions; as many pages at
# the limit of `opening.limits` would take longer than a function may run.
_MAX_CHECKED_CHARACTERS = 12_000_000

# Fields are stored on a DynamoDB item (400 KB) and are keys of its indexes (1,024 bytes). The longest names and numbers
# have 100 characters; more is a page without line breaks. Readings of a date or total that are worth a look are two or
# three.
_MAX_FIELD_CHARACTERS = 200
_MAX_ALTERNATIVES = 10
AnyField = TypeVar("AnyField", bound=FoundField)
_SALES = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.RECEIPT)


@dataclass(frozen=True)
class Extraction:
    """The key fields of pages, the flags of their consistency checks, and the pages, with numbers resolved if so."""

    fields: tuple[KeyField, ...]
    flags: tuple[CheckFlag, ...]
    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()
    kind: DocumentKind | None = None
    details: tuple[DetailField, ...] = ()


@dataclass(frozen=True)
class _CheckedPages:
    """Pages, their total if it was looked for, and a suggestion or None for each check that failed."""

    amounts: LabelledAmounts
    total: Total | None
    failed: tuple[tuple[NumberCheck, Suggestion | None], ...]

    @property
    def found(self) -> PageValues:
        return self.amounts.found

    @property
    def suggestions(self) -> list[tuple[str, Suggestion]]:
        return [(check.code, suggestion) for check, suggestion in self.failed if suggestion]


def extract_in_parts(
    numbers: Sequence[int],
    load: Callable[[int], Page],
    lattices: Lattices = no_lattices,
    *,
    resolve_numbers: bool = False,
    user_fields: Sequence[UserField] = (),
) -> Iterator[Extraction]:
    """Extracts the key fields and runs the consistency checks on a document of any length, in bounded memory.

    A document of at most ``PART_PAGES`` is one part. In a longer one, the key fields are those of its first and last
    pages, and numbers are compared within each part, up to ``_MAX_CHECKED_CHARACTERS``. Together the parts are the
    document's extraction, in order.

    Args:
        numbers: of the document's pages, in order.
        load: returns a page by its number; called once for each, when its part is due.
        lattices: returns the lattice of a page, by its number; called for pages with numbers that do not agree.
        resolve_numbers: applies the suggestions as edits, and extracts and checks again.
        user_fields: are looked for beside the built-in ones.
    """
    if len(numbers) <= PART_PAGES:
        yield _extract([load(number) for number in numbers], lattices, resolve_numbers, user_fields)
        return
    half = PART_PAGES // 2
    at_ends = [load(number) for number in (*numbers[:half], *numbers[-half:])]
    ends = _extract(at_ends, lattices, resolve_numbers, user_fields)
    first_flags = [flag for flag in ends.flags if flag.places[0].page < numbers[half]]
    yield Extraction(ends.fields, tuple(first_flags), ends.pages[:half], kind=ends.kind, details=ends.details)
    middle, characters, unchecked = numbers[half:-half], 0, 0
    for start in range(0, len(middle), PART_PAGES):
        pages = [load(number) for number in middle[start : start + PART_PAGES]]
        characters += sum(len(line.text) for page in pages for line in page.lines)
        if characters > _MAX_CHECKED_CHARACTERS:
            unchecked += len(pages)
            yield Extraction((), (), tuple(pages))
            continue
        checked = _resolved(pages, lattices, resolve_numbers, with_total=False)
        yield Extraction((), _flags(checked), tuple(checked.found.pages))
    warning = f"The numbers of {unchecked:,} pages before the last {half} were not compared: there is too much text."
    warnings = (warning,) if unchecked else ()
    yield Extraction((), ends.flags[len(first_flags) :], ends.pages[half:], warnings)


def extract(
    pages: Sequence[Page],
    lattices: Lattices = no_lattices,
    *,
    resolve_numbers: bool = False,
    user_fields: Sequence[UserField] = (),
) -> Extraction:
    """Extracts the key fields and runs the consistency checks, on the corrected text, as `extract_in_parts` does."""
    numbered = {page.number: page for page in pages}
    parts = list(
        extract_in_parts(
            list(numbered),
            numbered.__getitem__,
            lattices,
            resolve_numbers=resolve_numbers,
            user_fields=user_fields,
        )
    )
    return Extraction(
        tuple(field for part in parts for field in part.fields),
        tuple(flag for part in parts for flag in part.flags),
        tuple(page for part in parts for page in part.pages),
        tuple(warning for part in parts for warning in part.warnings),
        kind=next((part.kind for part in parts if part.kind), None),
        details=tuple(detail for part in parts for detail in part.details),
    )


def extract_fields(pages: Sequence[Page]) -> tuple[KeyField, ...]:
    """Extracts the key fields that the pages determine, at most one of each name."""
    found, kind = PageValues(pages), document_kind(pages)
    total = find_total(LabelledAmounts(found), kind)
    return _fields(found, kind, total.field if total else None)


def check_pages(pages: Sequence[Page], lattices: Lattices = no_lattices) -> tuple[CheckFlag, ...]:
    """Runs all consistency checks; returns their flags in reading order."""
    return _flags(_check(pages, lattices))


def _extract(
    pages: Sequence[Page], lattices: Lattices, resolve_numbers: bool, user_fields: Sequence[UserField]
) -> Extraction:
    checked = _resolved(pages, lattices, resolve_numbers)
    kind = document_kind(checked.found.pages)
    fields = _fields(checked.found, kind, _total_field(checked))
    currency = next((field for field in fields if field.name is FieldName.CURRENCY), None)
    details = (
        *find_details(checked.found, kind, fields, checked.amounts),
        *find_user_fields(checked.found, user_fields, date_order(currency)),
    )
    due = computed_due_date(kind, fields, details)
    if due:
        fields = tuple(sorted((*fields, due), key=lambda field: list(FieldName).index(field.name)))
    return Extraction(
        fields,
        _flags(checked),
        tuple(checked.found.pages),
        kind=kind,
        details=tuple(_bounded(detail) for detail in details if _is_short(detail)),
    )


def _resolved(
    pages: Sequence[Page], lattices: Lattices, resolve_numbers: bool, *, with_total: bool = True
) -> _CheckedPages:
    """Checks pages; if requested, applies the suggestions and checks again."""
    checked = _check(pages, lattices, with_total=with_total)
    if resolve_numbers and checked.suggestions:
        return _check(apply_suggestions(pages, checked.suggestions), lattices, with_total=with_total)
    return checked


def _check(pages: Sequence[Page], lattices: Lattices, *, with_total: bool = True) -> _CheckedPages:
    found = PageValues(pages)
    amounts = LabelledAmounts(found)
    total = find_total(amounts, document_kind(pages)) if with_total else None
    sums = [total.check] if total and total.check else []
    checks = [*check_rows(found), *check_cash(found), *check_digits(pages), *sums]
    failed = [check for check in checks if check.failed]
    return _CheckedPages(amounts, total, tuple((check, suggest(check, checks, pages, lattices)) for check in failed))


def _flags(checked: _CheckedPages) -> tuple[CheckFlag, ...]:
    found = [check.flag(suggestion) for check, suggestion in checked.failed if check.code != SUM_MISMATCH]
    return tuple(sorted(found, key=lambda flag: (flag.places[0].page, flag.places[0].line)))


def _total_field(checked: _CheckedPages) -> KeyField | None:
    """Returns the field of the total with the suggestion for its sum."""
    suggestion = next((suggestion for check, suggestion in checked.failed if check.code == SUM_MISMATCH), None)
    field = checked.total.field if checked.total else None
    return field.model_copy(update={"suggestion": suggestion}) if field and suggestion else field


def _fields(found: PageValues, kind: DocumentKind | None, total: KeyField | None) -> tuple[KeyField, ...]:
    number = find_invoice_number(found, kind)
    is_sale = is_sale_document(kind, number, total)
    currency = find_currency(found, total, is_sale or kind is DocumentKind.FORM)
    dates, vendor = find_dates(found, date_order(currency), is_sale, kind), find_vendor(found.pages, is_sale, kind)
    names = FIELDS_OF.get(kind, frozenset(FieldName))
    fields = [field for field in (number, *dates, total, currency, vendor) if field and field.name in names]
    return tuple(_bounded(field) for field in fields if _is_short(field))


def field_candidates(pages: Sequence[Page]) -> dict[str, list[Candidate]]:
    """Returns the candidates of each field, for fitting how they are weighed."""
    found, kind = PageValues(pages), document_kind(pages)
    amounts = LabelledAmounts(found)
    total = find_total(amounts, kind)
    is_sale = is_sale_document(kind, find_invoice_number(found, kind), total.field if total else None)
    total_field = total.field if total else None
    dates = date_candidates(
        found, date_order(find_currency(found, total_field, is_sale or kind is DocumentKind.FORM)), is_sale, kind
    )
    details = detail_candidates(found, kind, _fields(found, kind, total_field), amounts)
    return {
        FieldName.INVOICE_NUMBER: number_candidates(found, kind),
        FieldName.INVOICE_DATE: list(dates.invoice),
        FieldName.DUE_DATE: list(dates.due),
        FieldName.TOTAL: total_candidates(amounts, Sums(amounts), kind),
        FieldName.CURRENCY: currency_candidates(found, total_field, is_sale or kind is DocumentKind.FORM),
        FieldName.VENDOR: vendor_candidates(pages, is_sale, kind),
        **{str(name): candidates for name, candidates in details.items()},
    }


def is_sale_document(kind: DocumentKind | None, number: KeyField | None, total: KeyField | None) -> bool:
    """Whether a document is an invoice or a receipt: letters contain dates and sums too."""
    return kind in _SALES or number is not None or total is not None


def date_order(currency: KeyField | None) -> DateOrder:
    """Returns how dates are read: only the United States write the month first; the date stays marked as ambiguous."""
    return DateOrder.MONTH_FIRST if currency and currency.value == "USD" else DateOrder.DAY_FIRST


def _is_short(field: FoundField) -> bool:
    return max(len(field.value), len(field.written)) <= _MAX_FIELD_CHARACTERS


def _bounded(field: AnyField) -> AnyField:
    """Limits how many alternatives a field lists; it stays marked as ambiguous."""
    if len(field.alternatives) <= _MAX_ALTERNATIVES:
        return field
    return field.model_copy(update={"alternatives": field.alternatives[:_MAX_ALTERNATIVES]})
