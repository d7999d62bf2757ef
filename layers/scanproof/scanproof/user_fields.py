"""Fields that a user defines: labels whose values are extracted like those of the built-in fields.

They are a TOML file with one table a field::

    [[field]]
    name = "cost_centre"
    labels = ["Cost centre", "Kostenstelle"]
    type = "code"
    place = "right"
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from scanproof.document import DetailName, FieldName, Model
from scanproof.list_files import entry_error, has_control, invalid_list, list_entries, list_text

MAX_FIELDS = 100  # each is searched for on every page that fields are read from
MAX_LABELS = 30  # of a field
MAX_LABEL_LENGTH = 80  # characters
_NEXT_STEP = (
    "Each [[field]] has `name` and `labels`, and may have `type` and `place`, as docs/fields.md describes. Correct it "
    "and try again."
)
_ENTRY = re.compile(r"^\s*\[\[\s*field\s*\]\]", re.MULTILINE)
_KEYS = {"name", "labels", "type", "place"}


class FieldType(StrEnum):
    """What the value of a user's field is."""

    TEXT = "text"  # the rest of the label's line or column, or what stands below
    CODE = "code"  # letters and digits, with at least one digit
    NUMBER = "number"
    AMOUNT = "amount"  # a number, with or without a currency
    DATE = "date"
    PERCENTAGE = "percentage"
    IBAN = "iban"


class FieldPlace(StrEnum):
    """Where a value stands, seen from its label."""

    ANY = "any"
    RIGHT = "right"  # on the label's line, or right of it on the same row of the page
    BELOW = "below"


class UserField(Model):
    """A field of a user: the value of ``type`` at ``place`` of one of ``labels``."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    labels: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=MAX_LABEL_LENGTH)], ...],
        Field(min_length=1, max_length=MAX_LABELS),
    ]
    type: FieldType = FieldType.TEXT
    place: FieldPlace = FieldPlace.ANY

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name in {*FieldName, *DetailName}:
            raise ValueError(f"the name {self.name!r} is that of a built-in field")
        if any(not re.search(r"\w", label) or has_control(label) for label in self.labels):
            raise ValueError("a label has no letter or digit, or holds a control character")
        return self


def parse_fields(content: bytes, name: str) -> tuple[UserField, ...]:
    """Parses a file of fields.

    Args:
        name: of the file or object, for the error.

    Raises:
        PermanentError: ``list_invalid``; the message names the line, the entry and the cause.
    """
    text = list_text(content, name, _NEXT_STEP)
    entries = list_entries(text, name, "field", (MAX_FIELDS, "fields"), _NEXT_STEP)
    fields: dict[str, UserField] = {}
    for number, entry in enumerate(entries, start=1):
        field = _field(entry, text, number, name)
        if field.name in fields:
            place = _place(text, number, "name", name)
            raise invalid_list(place, f"the name {field.name!r} occurs twice", _NEXT_STEP)
        fields[field.name] = field
    return tuple(fields.values())


def _field(entry: object, text: str, number: int, name: str) -> UserField:
    if not isinstance(entry, dict):
        raise invalid_list(f"{name}, entry {number}", "it is not a table", _NEXT_STEP)
    if unknown := entry.keys() - _KEYS:
        key = min(unknown)
        raise invalid_list(_place(text, number, key, name), f"the key {key!r} is unknown", _NEXT_STEP)
    try:
        return UserField.model_validate(entry)
    except ValidationError as error:
        key, cause = entry_error(error)
        raise invalid_list(_place(text, number, key or "name", name), cause, _NEXT_STEP) from error


def _place(text: str, number: int, key: str, name: str) -> str:
    """Names the line of a key in the ``number``-th entry; of the entry where the key has no line of its own."""
    starts = [match.start() for match in _ENTRY.finditer(text)]
    if number > len(starts):  # written as an array of inline tables
        return f"{name}, entry {number}"
    start = starts[number - 1]
    end = starts[number] if number < len(starts) else len(text)
    found = re.search(rf"^\s*['\"]?{re.escape(key)}['\"]?\s*=", text[start:end], re.MULTILINE)
    position = start + (found.end() if found else len(text[start:end]) - len(text[start:end].lstrip()))
    return f"{name}, line {text.count(chr(10), 0, position) + 1} (entry {number})"
