"""Applies what a reviewer decided on the review page to a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from scanproof.document import (
    DetailField,
    DetailName,
    Document,
    Edit,
    FieldName,
    KeyField,
    Line,
    Model,
    ObjectId,
    Reviewed,
)
from scanproof.edits import apply, around, widened
from scanproof.errors import PermanentError
from scanproof.extraction.extract import extract

REVIEWER = "reviewer"  # the corrector of a person's edits
_MAX_CHARACTERS = 1000  # of a word or a few, or of a field

Text = Annotated[str, Field(max_length=_MAX_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Correction(Model):
    """A decision about ``text``, which is ``pages[page - 1].lines[line].text[start:end]``."""

    page: PositiveInt
    line: NonNegativeInt
    start: NonNegativeInt
    end: NonNegativeInt
    text: str
    action: Literal["accepted", "undone", "retyped"]
    replacement: Text


class FieldCorrection(Model):
    """The value that a reviewer gave a key field."""

    name: FieldName
    value: Text


class Corrections(Model):
    """The content of ``corrections.json``, as the review page saves it."""

    format_version: Literal[1]
    document_id: str
    attempt: PositiveInt
    scan: ObjectId | None = None
    made_at: str
    corrections: tuple[Correction, ...] = ()
    fields: tuple[FieldCorrection, ...] = ()


def parse_corrections(content: str | bytes, name: str = "corrections.json") -> Corrections:
    """Parses a file that the review page saved.

    Raises:
        PermanentError: ``corrections_invalid``.
    """
    try:
        return Corrections.model_validate_json(content)
    except (ValidationError, RecursionError) as error:
        where = ""
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False, include_url=False)[0]
            where = f" ({'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']})"
        raise _invalid(f"{name} is not what the review page saves{where}.") from error


def apply_corrections(document: Document, corrections: Corrections, at: str, by: str | None = None) -> Document:
    """Returns the document as reviewed: with a new text where the reviewer changed it, its fields found anew.

    Args:
        document: that was reviewed.
        at: ISO 8601, UTC.
        by: who reviewed it.

    Raises:
        PermanentError: ``corrections_stale``, ``corrections_invalid``; the document is as before.
    """
    if (document.id, document.attempt) != (corrections.document_id, corrections.attempt):
        raise PermanentError(
            "corrections_stale",
            f"The corrections are of document {corrections.document_id}, attempt {corrections.attempt}; "
            f"this is {document.id}, attempt {document.attempt}.",
            "Open the review page of this attempt and review that.",
        )
    by_line: dict[tuple[int, int], list[Correction]] = defaultdict(list)
    for correction in corrections.corrections:
        by_line[correction.page, correction.line].append(correction)
    numbered = {page.number: page for page in document.pages}
    for (number, index), made in by_line.items():
        page = numbered.get(number)
        if page is None or index >= len(page.lines):
            raise _invalid(f"There is no line {index + 1} on page {number}.")
        line = _reviewed(page.lines[index], made, f"page {number}, line {index + 1}", at, by)
        numbered[number] = page.model_copy(update={"lines": (*page.lines[:index], line, *page.lines[index + 1 :])})
    extraction = extract([numbered[page.number] for page in document.pages])
    return document.model_copy(
        update={
            "pages": extraction.pages,
            "fields": _with_values(extraction.fields or document.fields, document.fields, corrections.fields),
            "flags": extraction.flags,
            "kind": extraction.kind,
            "details": (*extraction.details, *_of_users(document.details)),
            "needs_review": False,
            "review_reasons": (),
            "reviewed": Reviewed(
                by=by,
                at=at,
                attempt=document.attempt,
                accepted=sum(one.action == "accepted" for one in corrections.corrections),
                changed=sum(one.action != "accepted" for one in corrections.corrections),
                fields=tuple(dict.fromkeys(field.name for field in corrections.fields)),
            ),
        }
    )


def _reviewed(line: Line, corrections: Sequence[Correction], place: str, at: str, by: str | None) -> Line:
    changes: list[tuple[int, int, str]] = []
    for correction in sorted(corrections, key=lambda one: one.start):
        if not correction.text or line.text[correction.start : correction.end] != correction.text:
            raise _invalid(f"The text of a correction on {place} is not the document's.")
        if correction.action == "accepted" and correction.replacement == correction.text:
            continue
        start, end = widened(line.edits, correction.start, correction.end)
        if changes and start < changes[-1][1]:
            raise _invalid(f"Corrections on {place} overlap.")
        text = line.text[start : correction.start] + correction.replacement + line.text[correction.end : end]
        changes.append((start, end, text))
    edits = list(line.edits)
    for start, end, text in reversed(changes):  # from the end, so that the offsets of the others stay
        span = around(edits, start, end)
        raw = line.raw[span.start : span.end]
        made = Edit(
            start=span.start,
            end=span.end,
            raw=raw,
            corrected=text,
            probability=1.0,
            corrector=REVIEWER,
            model=by or "",
            model_version=at,
        )
        edits = [*span.before, *([] if raw == text else [made]), *span.after]
    return line.corrected(apply(line.raw, edits), tuple(edits), line.refusals)


def _of_users(details: Sequence[DetailField]) -> list[DetailField]:
    """Returns the details that a user defined: the document does not say how to find them anew."""
    return [detail for detail in details if detail.name not in set(DetailName)]


def _with_values(
    found: Sequence[KeyField], before: Sequence[KeyField], corrections: Sequence[FieldCorrection]
) -> tuple[KeyField, ...]:
    """Sets the values that the reviewer gave; fields that are found no more keep their place."""
    fields = {field.name: field for field in (*before, *found) if field.name in _names(found, corrections)}
    for correction in corrections:
        if correction.name not in fields:
            raise _invalid(f"The document has no field {correction.name.value}.")
        update = {"value": correction.value, "ambiguous": False, "alternatives": (), "flags": (REVIEWER,)}
        fields[correction.name] = fields[correction.name].model_copy(update=update)
    return tuple(fields[name] for name in FieldName if name in fields)


def _names(found: Sequence[KeyField], corrections: Sequence[FieldCorrection]) -> set[FieldName]:
    return {field.name for field in found} | {correction.name for correction in corrections}


def _invalid(message: str) -> PermanentError:
    return PermanentError(
        "corrections_invalid", message, "Save the corrections on the review page again, and apply that file unchanged."
    )
