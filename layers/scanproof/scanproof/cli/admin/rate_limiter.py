"""Limits the rate of calls, so that bulk work does not flood the stack."""

from __future__ import annotations

import time
from collections.abc import Callable

from scanproof.errors import PermanentError


class RateLimiter:
    """Spaces calls evenly in time.

    Args:
        per_second: calls per second, above 0; infinity sets no limit.
        clock: returns monotonic seconds.
        sleep: waits for a number of seconds.

    Raises:
        PermanentError: ``invalid_option``.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not per_second > 0:  # also NaN, which a comparison with a minimum does not find
            raise PermanentError("invalid_option", f"{per_second} is not a rate above 0.", "Name a number above 0.")
        self._interval = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    def wait(self) -> None:
        """Returns when the next call may be made."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._interval
