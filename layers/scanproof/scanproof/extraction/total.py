"""Finds the total to be paid: what is due ranks before totals, totals before other amounts; subtotals never count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from scanproof.document import DocumentKind, FieldName, KeyField
from scanproof.extraction.amount_labels import TOTALS, LabelledAmount, LabelledAmounts
from scanproof.extraction.checks.check import NumberCheck, values_of
from scanproof.extraction.choice import Candidate, choose
from scanproof.extraction.labels import Label
from scanproof.extraction.page_values import AmountCandidate
from scanproof.extraction.spans import doubt, is_prose, share_row
from scanproof.extraction.sums import TOLERANCE, Sums, possible_totals

_MAX_DISTANCE = 1.3  # from a total's label to its amount, as label_distance measures it
_MIN_WITH_CENTS = 3  # amounts, and half of all, after which a number without cents and currency is no total
_MAX_SUMS = 1_000  # of a subtotal and a tax that one check compares
_MAX_CANDIDATES = 200  # in reading order from the end; a table may repeat a label on each of thousands of rows
SUM_MISMATCH = "sum_mismatch"
NO_LABEL = "no_label"


@dataclass(frozen=True)
class Total:
    """The total and the check of its sum, None where no subtotal and tax are labelled."""

    field: KeyField
    check: NumberCheck | None = None


@dataclass(frozen=True)
class _Document:
    """What the features of all its totals depend on.

    Attributes:
        point: decimal point of its amounts, if they agree on one.
        summed: labels one of whose amounts is the sum of a column.
        largest: of the amounts that a total's label names.
        is_only: whether all these are equal.
    """

    amounts: LabelledAmounts
    sums: Sums
    kind: DocumentKind | None
    point: str | None
    summed: frozenset[Label]
    largest: Decimal | None
    is_only: bool


def find_total(amounts: LabelledAmounts, kind: DocumentKind | None = None) -> Total | None:
    """Finds the total, or None where none is probable enough.

    A total without a label has the flag ``no_label``: it is what cash less change leaves. A total that is not the sum
    of the labelled subtotal and taxes is flagged ``sum_mismatch`` and kept.
    """
    choice = choose(FieldName.TOTAL, total_candidates(amounts, Sums(amounts), kind))
    if choice is None:
        return None
    candidate = choice.candidate
    check = None
    if NO_LABEL not in candidate.flags:
        chosen = next(each for each in amounts.found.amounts if each.span == candidate.span)
        check = _sum_check(chosen, amounts)
    flags = (*candidate.flags, *((SUM_MISMATCH,) if check and check.failed else ()))
    field = KeyField.model_validate(
        {**candidate.place(), "name": FieldName.TOTAL, "flags": flags, "confidence": choice.probability}
    )
    return Total(field, check)


def total_candidates(amounts: LabelledAmounts, sums: Sums, kind: DocumentKind | None) -> list[Candidate]:
    """Returns the amounts that a total's label or what was paid speaks for, with their features."""
    is_credit = kind is DocumentKind.CREDIT_NOTE
    with_cents = sum(each.amount.decimals == 2 for each in amounts.found.amounts)
    needs_cents = with_cents >= _MIN_WITH_CENTS and with_cents * 2 > len(amounts.found.amounts)
    labelled = [
        each
        for each in amounts.all
        if _may_be_total(each, is_credit, kind)
        and (each.candidate.amount.decimals == 2 or each.candidate.amount.currencies or not needs_cents)
    ][-_MAX_CANDIDATES:]
    unlabelled = [
        each
        for each in amounts.all
        if each.candidate.amount.value in sums.paid | sums.tendered
        and each.candidate.amount.decimals == 2
        and not each.has_label(*TOTALS, "change", "tax")
    ][-_MAX_CANDIDATES:]
    point = _decimal_point(amounts.found.amounts)
    largest = max((each.candidate.amount.value for each in labelled), default=None)
    summed = {each.near.label for each in labelled if each.near and sums.is_column_sum(each.candidate)}
    is_only = len({each.candidate.amount.value for each in labelled}) == 1
    document = _Document(amounts, sums, kind, point, frozenset(summed), largest, is_only)
    found = [_candidate(each, document) for each in labelled]
    return [*found, *(_unlabelled(each, amounts, sums, point) for each in unlabelled)]


def _may_be_total(each: LabelledAmount, is_credit: bool, kind: DocumentKind | None) -> bool:
    amount = each.candidate.amount
    # Of a document without a kind, a bare 22,675 may count anything.
    is_money = amount.currencies or amount.decimals == 2 or (kind is not None and _is_large_round(each.candidate))
    has_sign = amount.value > 0 or (is_credit and amount.value < 0)
    is_near = each.near is not None and each.near.distance <= _MAX_DISTANCE
    return bool(each.has_label(*TOTALS) and has_sign and is_money and is_near)


def _is_large_round(candidate: AmountCandidate) -> bool:
    """Accepts 1,200 or 45 000 as an amount of money; a bare 3 counts articles."""
    return candidate.amount.value >= 10 and len(candidate.span.text) <= 11


def _candidate(each: LabelledAmount, document: _Document) -> Candidate:
    assert each.near is not None  # noqa: S101 - `_may_be_total`
    amounts, sums = document.amounts, document.sums
    candidate, label, value = each.candidate, each.near.label, each.candidate.amount.value
    is_column_sum = sums.is_column_sum(candidate)
    is_on_row = label.span.line == candidate.span.line or share_row(label.span.box, candidate.span.box)
    features = {
        **_common(candidate, amounts, sums),
        f"label_{label.meaning}": 1.0,
        "distance": 0.0 if is_on_row else each.near.distance,
        "gap": each.near.distance if is_on_row else 0.0,
        "heading": float(
            not (is_on_row or is_column_sum or value in sums.with_tax)
            and (amounts.is_heading(label, candidate) or sums.has_below(candidate))
        ),
        "column_sum": float(is_column_sum),
        "sum": float(value in sums.with_tax),
        "net_of_total": float(sums.is_net_of_total(value)),
        "rounded_away": float(sums.is_rounded_away(value)),
        "largest": float(value == document.largest),
        "only": float(document.is_only),
        "summand": float(not (is_on_row or is_column_sum) and label in document.summed),
        "beside_larger": float(_is_beside_larger(candidate, amounts)),
        "form": float(document.kind is DocumentKind.FORM),
        "prose": float(document.kind is None and is_prose(_line_of(candidate, amounts))),
    }
    return _as_candidate(candidate, features, document.point, ())


def _common(candidate: AmountCandidate, amounts: LabelledAmounts, sums: Sums) -> dict[str, float]:
    page = amounts.found.page(candidate.span.page)
    value = candidate.amount.value
    return {
        "leading_zero": float(re.search(r"(?<![\d.,])0\d", candidate.span.text) is not None),
        "cents": float(candidate.amount.decimals == 2),
        "currency": float(bool(candidate.amount.currencies)),
        "paid": float(value in sums.paid),
        "tendered": float(value in sums.tendered),
        "repeated": float(sums.count(value) > 1),
        "rounded": float(sums.is_rounded(value)),
        "down": candidate.span.box.bottom / page.height,
        "last_page": float(page is amounts.found.pages[-1]),
        "doubt": doubt(page, candidate.span),
    }


def _line_of(candidate: AmountCandidate, amounts: LabelledAmounts) -> str:
    return amounts.found.page(candidate.span.page).lines[candidate.span.line].text


def _unlabelled(each: LabelledAmount, amounts: LabelledAmounts, sums: Sums, point: str | None) -> Candidate:
    features = {**_common(each.candidate, amounts, sums), "unlabelled": 1.0}
    if each.has_label("subtotal", "payment"):
        assert each.near is not None  # noqa: S101 - `has_label`
        features[f"named_{each.near.label.meaning}"] = 1.0
    return _as_candidate(each.candidate, features, point, (NO_LABEL,))


def _is_beside_larger(candidate: AmountCandidate, amounts: LabelledAmounts) -> bool:
    """Whether the line has a larger amount: of several amounts of a total's line, the largest is the total."""
    largest = max(other.candidate.amount.value for other in amounts.on_line(candidate))
    return largest > candidate.amount.value


def _as_candidate(
    candidate: AmountCandidate, features: dict[str, float], point: str | None, flags: tuple[str, ...]
) -> Candidate:
    amount, span = candidate.amount, candidate.span
    is_unambiguous = point is not None and point not in span.text  # 1,200 next to 12.50 is not 1.2
    alternatives = () if is_unambiguous else amount.alternatives
    written = tuple(format(other, "f") for other in alternatives)
    return Candidate(format(amount.value, "f"), span, features, written, flags)


def _sum_check(total: AmountCandidate, amounts: LabelledAmounts) -> NumberCheck | None:
    """Builds the check of subtotal, taxes and total; it fails where none of their sums is the total."""
    subtotals, taxes = amounts.named("subtotal"), amounts.named("tax")
    if len(subtotals) * len(taxes) > _MAX_SUMS:  # many invoices in one file
        subtotals, taxes = (
            [each for each in found if each.span.page == total.span.page] for found in (subtotals, taxes)
        )
    if not subtotals or not taxes:
        return None
    sums = possible_totals([each.amount.value for each in subtotals], [each.amount.value for each in taxes])
    return NumberCheck(
        code=SUM_MISMATCH,
        numbers=tuple(each.span for each in (total, *subtotals, *taxes)),
        message=f"the subtotal and the taxes do not add up to the total {total.span.text}",
        failed=all(abs(each - total.amount.value) > TOLERANCE for each in sums),
        fits=partial(_fits, len(subtotals)),
    )


def _fits(subtotal_count: int, texts: Sequence[str]) -> bool:
    values = values_of(texts)
    if values is None:
        return False
    total, *others = values
    return total in possible_totals(others[:subtotal_count], others[subtotal_count:])


def _decimal_point(candidates: Sequence[AmountCandidate]) -> str | None:
    """Determines the decimal point of the pages' other amounts, if they agree on one."""
    points = {match[1] for candidate in candidates if (match := re.search(r"([.,])\d{2}\D*$", candidate.span.text))}
    return points.pop() if len(points) == 1 else None
