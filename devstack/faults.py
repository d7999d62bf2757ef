"""Faults that a test asks for: an environment that dies in the middle of its work, invocations that are refused."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Kill:
    """When an invocation dies: after so many seconds, or as its n-th writing AWS call has taken effect."""

    after_seconds: float | None = None
    after_writes: int | None = None


class Faults:
    """What is still to happen, by function name; each fault meets one invocation."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kills: defaultdict[str, deque[Kill]] = defaultdict(deque)
        self._refusals: Counter[str] = Counter()

    def kill_next(self, function_name: str, kill: Kill) -> None:
        """The next invocation that starts is killed without a warning."""
        with self._lock:
            self._kills[function_name].append(kill)

    def take_kill(self, function_name: str) -> Kill | None:
        """How the invocation that starts now is to be killed, ``None`` if it is not."""
        with self._lock:
            kills = self._kills[function_name]
            return kills.popleft() if kills else None

    def refuse_next(self, function_name: str, times: int) -> None:
        """So many invocations are refused, as for want of capacity; none starts an environment."""
        with self._lock:
            self._refusals[function_name] += times

    def take_refusal(self, function_name: str) -> bool:
        """Whether the invocation that would start now is refused."""
        with self._lock:
            refused = self._refusals[function_name] > 0
            self._refusals[function_name] -= refused
            return refused
