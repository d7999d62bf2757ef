"""Faults that tests inject: invocations that are killed, refused or throttled."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Kill:
    """Time at which an invocation is killed: after some seconds, or when its n-th writing AWS call has taken effect."""

    after_seconds: float | None = None
    after_writes: int | None = None


@dataclass(frozen=True)
class Throttle:
    """AWS calls of an invocation that are refused: after ``after_calls`` calls, ``times`` in a row, with retries."""

    after_calls: int
    times: int


class Faults:
    """Pending faults by function name; each applies to one invocation."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kills: defaultdict[str, deque[Kill]] = defaultdict(deque)
        self._throttles: defaultdict[str, deque[Throttle]] = defaultdict(deque)
        self._refusals: Counter[str] = Counter()

    def kill_next(self, function_name: str, kill: Kill) -> None:
        """Kills the next invocation that starts."""
        with self._lock:
            self._kills[function_name].append(kill)

    def take_kill(self, function_name: str) -> Kill | None:
        """Takes the kill of the invocation that starts now; ``None`` if it is not to be killed."""
        with self._lock:
            kills = self._kills[function_name]
            return kills.popleft() if kills else None

    def throttle_next(self, function_name: str, throttle: Throttle) -> None:
        """Throttles calls of the next invocation that starts."""
        with self._lock:
            self._throttles[function_name].append(throttle)

    def take_throttle(self, function_name: str) -> Throttle | None:
        """Takes the throttle of the invocation that starts now; ``None`` if its calls are not to be refused."""
        with self._lock:
            throttles = self._throttles[function_name]
            return throttles.popleft() if throttles else None

    def refuse_next(self, function_name: str, times: int) -> None:
        """Refuses the next invocations, as for lack of capacity; none of them starts an environment."""
        with self._lock:
            self._refusals[function_name] += times

    def take_refusal(self, function_name: str) -> bool:
        """Takes the refusal of the invocation that would start now; false if it may start."""
        with self._lock:
            refused = self._refusals[function_name] > 0
            self._refusals[function_name] -= refused
            return refused
