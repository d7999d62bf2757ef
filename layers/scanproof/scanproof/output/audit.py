"""Lists every change and every refused change of a document, one audit row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scanproof.document import Document, Model, Page


class AuditRow(Model):
    """One change (``action`` is ``changed``) or refused change (``refused``, with the guard's name).

    ``line`` counts from 1, ``start`` and ``end`` are characters of the raw line. ``lm_gain`` is that of `Edit`.
    """

    action: Literal["changed", "refused"]
    page: int
    line: int
    start: int
    end: int
    raw: str
    corrected: str
    raw_line: str
    corrected_line: str
    probability: float | None
    lm_gain: float | None = Field(default=None, exclude_if=lambda gain: gain is None)
    guard: str | None = None
    corrector: str | None
    model: str | None
    model_version: str | None


def audit_rows(document: Document) -> Iterator[AuditRow]:
    """Yields rows in reading order; within a line, changes before refused changes."""
    for page in document.pages:
        yield from audit_rows_of_page(page)


def audit_rows_of_page(page: Page) -> Iterator[AuditRow]:
    """Yields the rows of one page."""
    for number, line in enumerate(page.lines, start=1):
        position = {"page": page.number, "line": number, "raw_line": line.raw, "corrected_line": line.text}
        for edit in line.edits:
            yield AuditRow.model_validate({"action": "changed", **position, **edit.model_dump()})
        for refusal in line.refusals:
            row = refusal.model_dump(exclude={"proposed"}) | {"corrected": refusal.proposed, "model": None}
            if refusal.corrector is None:
                row |= {"corrector": page.corrector, "model_version": page.model_version}
            yield AuditRow.model_validate({"action": "refused", **position, **row})
