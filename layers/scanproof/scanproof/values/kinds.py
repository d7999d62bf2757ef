"""Defines the kinds of exact values, and a value with its position in a line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ValueKind(StrEnum):
    """The kind that a stretch of text parses as. The names are stable: guards write them to the audit."""

    ADDRESS = "address"  # e-mail or URL
    IBAN = "iban"
    TAX_ID = "tax_id"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    QUANTITY = "quantity"  # number and unit, ordinals
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    NUMBER = "number"
    CODE = "code"  # invoice numbers, article codes, references


@dataclass(frozen=True)
class Value:
    """A stretch of a line, ``text == line[start:end]``, that parses as ``kind``."""

    kind: ValueKind
    start: int
    end: int
    text: str
