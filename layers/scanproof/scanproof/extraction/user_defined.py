"""Finds the fields that a user defines: the value of a type right of, or below, one of the field's labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from scanproof.document import DetailField
from scanproof.extraction.choice import Candidate, choose
from scanproof.extraction.labels import Labels, find_labels, fold_in_place, nearest_label, rule
from scanproof.extraction.page_values import LineValues, PageValues
from scanproof.extraction.references import ibans_of, text_for
from scanproof.extraction.spans import PageColumns, TextSpan, doubt, share_row
from scanproof.extraction.tokens import number_tokens
from scanproof.user_fields import FieldPlace, FieldType, UserField
from scanproof.values.amounts import parse_amount
from scanproof.values.dates import DateOrder, parse_date
from scanproof.values.kinds import ValueKind
from scanproof.values.numbers import parse_number

NAME = "user_field"  # of the weights of all fields of users
_MAX_DISTANCE = 1.2  # from a label, as label_distance measures it
_MAX_CANDIDATES = 100


def find_user_fields(found: PageValues, fields: Sequence[UserField], order: DateOrder) -> tuple[DetailField, ...]:
    """Finds the values of a user's fields that are probable enough.

    Args:
        order: of day and month in dates that do not show it.
    """
    details = []
    for field in fields:
        choice = choose(NAME, _candidates(found, field, order))
        if choice:
            details.append(
                DetailField.model_validate(
                    {**choice.candidate.place(), "name": field.name, "confidence": choice.probability}
                )
            )
    return tuple(details)


def _candidates(found: PageValues, field: UserField, order: DateOrder) -> list[Candidate]:
    wordings = (re.escape(" ".join(fold_in_place(label).split())).replace(r"\ ", " ") for label in field.labels)
    labels = find_labels(found.pages, (rule("field", 1.0, *wordings),))
    pairs = _texts(found, labels) if field.type is FieldType.TEXT else _values(found, labels, field.type)
    candidates: list[Candidate] = []
    for span, label in pairs:
        is_on_row = label.line == span.line or share_row(label.box, span.box)
        value = _NORMALISE[field.type](span.text, order)
        wanted = {FieldPlace.ANY: True, FieldPlace.RIGHT: is_on_row, FieldPlace.BELOW: not is_on_row}[field.place]
        if value and wanted:
            page = found.page(span.page)
            features = {"on_row": float(is_on_row), "rank": min(len(candidates), 5) / 5, "doubt": doubt(page, span)}
            candidates.append(Candidate(value, span, features))
        if len(candidates) == _MAX_CANDIDATES:
            break
    return candidates


def _texts(found: PageValues, labels: Labels) -> Iterator[tuple[TextSpan, TextSpan]]:
    for page in found.pages:
        page_columns = PageColumns(page)
        for index in range(len(page.lines)):
            for label in labels.of_line(page.number, index):
                if span := text_for(label, page, page_columns, index):
                    yield span, label.span


def _values(found: PageValues, labels: Labels, kind: FieldType) -> Iterator[tuple[TextSpan, TextSpan]]:
    for line in found.lines:
        for span in _SPANS[kind](line, labels):
            near = nearest_label(span, labels)
            if near and near.distance <= _MAX_DISTANCE:
                yield span, near.label.span


def _of_kinds(*kinds: ValueKind) -> Callable[[LineValues, Labels], Iterator[TextSpan]]:
    def spans(line: LineValues, _labels: Labels) -> Iterator[TextSpan]:
        return (line.span(value.start, value.end) for value in line.values if value.kind in kinds)

    return spans


def _ibans(line: LineValues, _labels: Labels) -> Iterator[TextSpan]:
    return (line.span(start, end) for start, end in ibans_of(line))


def _amount(text: str, _order: DateOrder) -> str | None:
    amount = parse_amount(text)
    return format(amount.value, "f") if amount else None


def _number(text: str, _order: DateOrder) -> str | None:
    number = parse_number(text)
    return format(number.value, "f") if number else None


def _percentage(text: str, order: DateOrder) -> str | None:
    return _number(text.rstrip("% \u00a0"), order)


def _date(text: str, order: DateOrder) -> str | None:
    date = parse_date(text, order)
    return date.iso if date else None


def _iban(text: str, _order: DateOrder) -> str | None:
    return re.sub(r"\s", "", text)


def _text(text: str, _order: DateOrder) -> str | None:
    return text.strip()


_SPANS: Mapping[FieldType, Callable[[LineValues, Labels], Iterator[TextSpan]]] = {
    FieldType.CODE: number_tokens,
    FieldType.NUMBER: _of_kinds(ValueKind.NUMBER),
    FieldType.AMOUNT: _of_kinds(ValueKind.AMOUNT, ValueKind.NUMBER),
    FieldType.DATE: _of_kinds(ValueKind.DATE),
    FieldType.PERCENTAGE: _of_kinds(ValueKind.PERCENTAGE),
    FieldType.IBAN: _ibans,
}
_NORMALISE: Mapping[FieldType, Callable[[str, DateOrder], str | None]] = {
    FieldType.TEXT: _text,
    FieldType.CODE: _text,
    FieldType.NUMBER: _number,
    FieldType.AMOUNT: _amount,
    FieldType.DATE: _date,
    FieldType.PERCENTAGE: _percentage,
    FieldType.IBAN: _iban,
}
