"""The kinds of exact values, and where one stands in a line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ValueKind(StrEnum):
    """What a stretch of text parses as. The names are stable: guards show them in the audit."""

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
    """``text`` stands at ``line[start:end]`` and parses as ``kind``."""

    kind: ValueKind
    start: int
    end: int
    text: str
