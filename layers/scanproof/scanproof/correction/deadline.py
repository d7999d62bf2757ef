"""The time by which work has to end, so that an invocation is not killed in the middle of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_RESERVE_SHARE = 0.1  # of an invocation's time, for the pass that is running and for writing what is done
_NEAR_SHARE = 0.5  # a page that is begun with less than this may end half done only because it came late


@dataclass(frozen=True)
class Deadline:
    """A moment after which no further work is begun.

    Attributes:
        seconds_left: returns the seconds until then; negative afterwards.
        total_seconds: from the beginning of the work until then.
    """

    seconds_left: Callable[[], float]
    total_seconds: float = math.inf

    @classmethod
    def of_invocation(cls, remaining_milliseconds: Callable[[], int]) -> Deadline:
        """Returns the deadline of a Lambda invocation that has just begun.

        Args:
            remaining_milliseconds: the context's ``get_remaining_time_in_millis``.
        """
        remaining = remaining_milliseconds() / 1000
        reserve = _RESERVE_SHARE * remaining
        return cls(lambda: remaining_milliseconds() / 1000 - reserve, remaining - reserve)

    @property
    def is_over(self) -> bool:
        """Whether no further work may begin."""
        return self.seconds_left() <= 0

    @property
    def is_near(self) -> bool:
        """Whether a page that is begun now has less than half of the time."""
        return self.seconds_left() < _NEAR_SHARE * self.total_seconds


NO_DEADLINE = Deadline(lambda: math.inf)
