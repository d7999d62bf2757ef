"""What a flag points at."""

from __future__ import annotations

from scanproof.document import CheckPlace
from scanproof.extraction.places import Spot


def place(where: Spot) -> CheckPlace:
    """The place of a value for a flag."""
    return CheckPlace(page=where.page, line=where.line, box=where.box, written=where.text)
