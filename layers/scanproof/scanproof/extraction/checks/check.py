"""Defines the outcome of a consistency check: numbers that belong together, and whether they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scanproof.document import CheckCode, CheckFlag, Suggestion
from scanproof.extraction.spans import TextSpan
from scanproof.values.amounts import parse_amount


@dataclass(frozen=True)
class NumberCheck:
    """Numbers that belong together.

    Attributes:
        code: a `CheckCode`, or ``sum_mismatch``, which is a flag of the total.
        numbers: in the order in which a flag lists them.
        message: of the flag.
        failed: whether the numbers disagree, with all tolerances for rounding.
        fits: whether these texts, in place of those of ``numbers``, agree exactly.
        min_probability: of a suggestion, where wrong readings often fit by accident.
    """

    code: str
    numbers: tuple[TextSpan, ...]
    message: str
    failed: bool
    fits: Callable[[Sequence[str]], bool]
    min_probability: float = 0.0

    @property
    def texts(self) -> list[str]:
        """The numbers as written."""
        return [number.text for number in self.numbers]

    def flag(self, suggestion: Suggestion | None = None) -> CheckFlag:
        """Converts a failed check to its flag."""
        places = tuple(number.check_place() for number in self.numbers)
        return CheckFlag(code=CheckCode(self.code), message=self.message, places=places, suggestion=suggestion)


def values_of(texts: Sequence[str]) -> list[Decimal] | None:
    """Parses amounts; None where a text is none or has several readings."""
    amounts = [parse_amount(text) for text in texts]
    values = [amount.value for amount in amounts if amount and not amount.alternatives]
    return values if len(values) == len(texts) else None
