"""Applies what a reviewer decided on the review page to a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from scanproof.document import (
    CheckFlag,
    DetailField,
    DetailName,
    Document,
    DocumentKind,
    Edit,
    FieldName,
    KeyField,
    Line,
    Model,
    ObjectId,
    Page,
    Reviewed,
    ReviewedLine,
)
from scanproof.edits import apply, around, widened
from scanproof.errors import PermanentError
from scanproof.extraction.extract import extract
from scanproof.output.review_page import review_items
from scanproof.tables.find import DocumentTables

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
    review = Review(document, corrections, at, by)
    pages = [review.page(page) for page in document.pages]
    review.check_all_applied()
    extraction = extract(pages)
    tables = DocumentTables()
    found = {
        "pages": tuple(tables.add(page) for page in extraction.pages),
        "line_items": tables.line_items,
        "line_items_sum": tables.line_items_sum,
    }
    document = review.document(extraction.fields, extraction.flags, extraction.details, extraction.kind)
    return document.model_copy(update=found)


class Review:
    """A reviewer's decisions about one document, applied page by page: a document may be more than memory holds."""

    def __init__(self, document: Document, corrections: Corrections, at: str, by: str | None = None) -> None:
        """Checks that the corrections are of this document.

        Args:
            document: with or without its pages; the others are those of `apply_corrections`.

        Raises:
            PermanentError: ``corrections_stale``.
        """
        self._is_older = _check_attempt(document, corrections)
        self._document, self._corrections, self._at, self._by = document, corrections, at, by
        self._complete = {(one.page, one.line) for one in document.reviewed.lines} if document.reviewed else set()
        self._pending: dict[int, dict[int, list[Correction]]] = defaultdict(lambda: defaultdict(list))
        for correction in corrections.corrections:
            self._pending[correction.page][correction.line].append(correction)

    def page(self, page: Page) -> Page:
        """Applies what was decided about a page.

        Raises:
            PermanentError: ``corrections_stale``, ``corrections_invalid``.
        """
        lines = list(page.lines)
        for index, made in self._pending.pop(page.number, {}).items():
            if index >= len(lines):
                raise _no_line(page.number, index)
            lines[index] = self._line(page.number, index, lines[index], made)
        return page.model_copy(update={"lines": tuple(lines)})

    def check_all_applied(self) -> None:
        """Checks that all pages that were decided about were there.

        Raises:
            PermanentError: ``corrections_invalid``.
        """
        for number, lines in self._pending.items():
            raise _no_line(number, min(lines))

    def document(
        self,
        fields: Sequence[KeyField],
        flags: Sequence[CheckFlag],
        details: Sequence[DetailField],
        kind: DocumentKind | None,
    ) -> Document:
        """Returns the document as reviewed, with the pages that it had.

        Args:
            fields: that were found on the reviewed pages.
            flags: of the checks on these.
            details: that were found, without the user's: the document does not say how to find these anew.
            kind: of the reviewed document.

        Raises:
            PermanentError: ``corrections_invalid``.
        """
        before, made = self._document, self._corrections
        return before.model_copy(
            update={
                "fields": _with_values(fields or before.fields, before.fields, made.fields),
                "flags": tuple(flags),
                "kind": kind,
                "details": (*details, *_of_users(before.details)),
                "needs_review": False,
                "review_reasons": (),
                "reviewed": Reviewed(
                    by=self._by,
                    at=self._at,
                    attempt=before.attempt,
                    recognised_attempt=recognised_attempt(before),
                    accepted=sum(one.action == "accepted" for one in made.corrections),
                    changed=sum(one.action != "accepted" for one in made.corrections),
                    lines=tuple(ReviewedLine(page=page, line=line) for page, line in sorted(self._complete)),
                    fields=tuple(dict.fromkeys(field.name for field in made.fields)),
                ),
            }
        )

    def _line(self, number: int, index: int, line: Line, made: Sequence[Correction]) -> Line:
        place = f"page {number}, line {index + 1}"
        if self._is_older and not all(_fits(line, correction) for correction in made):
            raise _stale(f"Another review of attempt {self._corrections.attempt} changed {place}.")
        reviewed = _reviewed(line, made, place, self._at, self._by)
        if _is_complete(line, made):
            self._complete.add((number, index))
        return reviewed


def recognised_attempt(document: Document) -> int:
    """Returns the attempt whose recognition a document shows: its own, or that which its reviews go back to."""
    if document.reviewed is None:
        return document.attempt
    return document.reviewed.recognised_attempt or document.reviewed.attempt


def _check_attempt(document: Document, corrections: Corrections) -> bool:
    """Checks that the corrections are of this document; returns whether of an earlier review of the same recognition.

    A long document is reviewed in parts, each of the attempt that its page shows; each correction states the text that
    it is about, so whether another review changed it meanwhile can be told.
    """
    is_same = document.id == corrections.document_id
    if not is_same or not recognised_attempt(document) <= corrections.attempt <= document.attempt:
        raise _stale(
            f"The corrections are of document {corrections.document_id}, attempt {corrections.attempt}; "
            f"this is {document.id}, attempt {document.attempt}."
        )
    return corrections.attempt < document.attempt


def _is_complete(line: Line, corrections: Sequence[Correction]) -> bool:
    """Whether the corrections decide about every place of a line that the review page lists."""
    return all(
        any(one.start < item["end"] and item["start"] < one.end for one in corrections) for item in review_items(line)
    )


def _fits(line: Line, correction: Correction) -> bool:
    return bool(correction.text) and line.text[correction.start : correction.end] == correction.text


def _reviewed(line: Line, corrections: Sequence[Correction], place: str, at: str, by: str | None) -> Line:
    changes: list[tuple[int, int, str]] = []
    for correction in sorted(corrections, key=lambda one: one.start):
        if not _fits(line, correction):
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


def _no_line(page: int, index: int) -> PermanentError:
    return _invalid(f"There is no line {index + 1} on page {page}.")


def _stale(message: str) -> PermanentError:
    return PermanentError("corrections_stale", message, "Open the review page of the newest attempt and review that.")


def _invalid(message: str) -> PermanentError:
    return PermanentError(
        "corrections_invalid", message, "Save the corrections on the review page again, and apply that file unchanged."
    )
