"""Reads the stored data of earlier releases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RELEASES = sorted(path for path in Path(__file__).parent.iterdir() if (path / "template.yaml").is_file())


def load(release: Path, name: str) -> Any:
    return json.loads((release / name).read_text(encoding="utf-8"), object_hook=_sets)


def _sets(value: dict[str, Any]) -> Any:
    return set(value["__set__"]) if "__set__" in value else value
