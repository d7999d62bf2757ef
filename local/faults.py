"""Faults that a test asks for: an environment that dies in the middle of its work."""

from __future__ import annotations

from collections import defaultdict, deque
from threading import Lock


class Faults:
    """What is still to happen, by function name; each fault happens once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kills: defaultdict[str, deque[float]] = defaultdict(deque)

    def kill_next(self, function_name: str, after_seconds: float) -> None:
        """The next invocation that is still running after so many seconds is killed without a warning."""
        with self._lock:
            self._kills[function_name].append(after_seconds)

    def take_kill(self, function_name: str) -> float | None:
        """After how many seconds the invocation that starts now is to be killed, ``None`` if it is not."""
        with self._lock:
            kills = self._kills[function_name]
            return kills.popleft() if kills else None
