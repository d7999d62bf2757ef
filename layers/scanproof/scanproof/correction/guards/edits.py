"""Proposed, accepted and refused edits of one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TextEdit:
    """``raw[start:end]`` → ``corrected``; ``start == end`` inserts before ``raw[start]``. ``probability`` in [0, 1]."""

    start: int
    end: int
    corrected: str
    probability: float

    def is_noop(self, raw: str) -> bool:
        """Whether the edit does not fit ``raw`` or changes nothing."""
        return not 0 <= self.start <= self.end <= len(raw) or raw[self.start : self.end] == self.corrected

    def touches(self, start: int, end: int) -> bool:
        """Whether the edit changes something of ``[start, end)`` or adds something at its very edge."""
        if self.start == self.end:
            return start <= self.start <= end
        return self.start < end and start < self.end


@dataclass(frozen=True)
class RefusedEdit:
    """An edit and the name of the guard that refused it."""

    edit: TextEdit
    guard: str


@dataclass(frozen=True)
class GuardedEdits:
    """What a guard left of a line's proposals; both in order of position, ``accepted`` not overlapping."""

    accepted: tuple[TextEdit, ...] = ()
    refused: tuple[RefusedEdit, ...] = ()


def apply_text_edits(raw: str, edits: Iterable[TextEdit], start: int = 0, end: int | None = None) -> str:
    """``raw[start:end]`` with ``edits`` (ordered, not overlapping, within it) applied."""
    parts: list[str] = []
    position = start
    for edit in edits:
        parts += [raw[position : edit.start], edit.corrected]
        position = edit.end
    return "".join(parts) + raw[position : len(raw) if end is None else end]
