"""Cleans up after the local stack: a small process that outlives its parent, ends its children and removes its files.

However the parent ends, even if it is killed, its end of the pipe closes, and the reaper reads the end of its input.
(Linux's parent death signal would fire when the *thread* that started a child ends, and macOS has none.)
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

_GRACE_SECONDS = 30.0  # the emulator writes its state on SIGTERM


class Reaper:
    """Ends the watched process groups when this process is gone; ``scratch`` is a folder for temporary files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.scratch = Path(tempfile.mkdtemp(prefix="scanproof-local-"))
        command = [sys.executable, "-S", "-E", __file__, str(self.scratch)]
        reading, writing = os.pipe()
        self._process = subprocess.Popen(command, stdin=reading, start_new_session=True)
        os.close(reading)
        self._pipe = os.fdopen(writing, "w")

    def watch(self, group: int) -> None:
        """Ends ``group`` when this process is gone."""
        self._send("+", group)

    def forget(self, group: int) -> None:
        """Stops watching a group that has ended: its number may be reused."""
        self._send("-", group)

    def close(self) -> None:
        """Ends the groups that are still watched and the reaper itself; removes the scratch folder."""
        self._pipe.close()
        self._process.wait()

    def _send(self, sign: str, group: int) -> None:
        with self._lock:
            self._pipe.write(f"{sign}{group}\n")
            self._pipe.flush()


def end_group(group: int, number: int) -> bool:
    """Signals a process group; returns whether it exists."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS raises EPERM for a group of zombies
        return False
    return True


def _reap_when_alone() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    deadline = time.monotonic() + _GRACE_SECONDS
    alive = {group for group in groups if end_group(group, signal.SIGTERM)}
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = {group for group in alive if end_group(group, 0)}
    for group in alive:
        end_group(group, signal.SIGKILL)


if __name__ == "__main__":
    _reap_when_alone()
    shutil.rmtree(sys.argv[1], ignore_errors=True)
