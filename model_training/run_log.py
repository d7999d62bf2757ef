"""The log of a training run: appends a JSON object per event to ``run.jsonl`` and prints it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


class RunLog:
    """Appends events to ``run.jsonl``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "run.jsonl"

    def write(self, event: str, **facts: object) -> None:
        """Appends an event with its facts and the time."""
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **facts}
        line = json.dumps(entry, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        sys.stderr.write(line + "\n")
