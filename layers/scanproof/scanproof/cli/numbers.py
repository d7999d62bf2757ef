"""Numbers on the command line."""

from __future__ import annotations

import math
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
