"""Numbers on the command line."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any

import click

DAY_SECONDS = 86_400.0


class FiniteRange(click.FloatRange):
    """A float within limits, which neither "nan" nor "inf" passes: comparisons with NaN hold nowhere."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Returns the number; any other text is a usage error."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def plain_amount(_: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    """Callback of options whose value is a plain decimal number, as key fields have it."""
    if value is None:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise click.BadParameter(f"{value!r} is no amount such as 264.66.", param=param)
    return amount
