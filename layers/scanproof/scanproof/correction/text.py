"""Corrects whole texts line by line and reports the edits by their offsets in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from scanproof.correction.base import CorrectedLine
from scanproof.correction.known_words import protect_known_words
from scanproof.correction.replacements import with_replacements
from scanproof.correction.user_lists import UserLists
from scanproof.document import Edit, Refusal

_LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # what str.splitlines splits at

Placed = TypeVar("Placed", Edit, Refusal)
NO_LISTS = UserLists()

CorrectLines = Callable[[Sequence[str]], Sequence[CorrectedLine]]


@dataclass(frozen=True)
class CorrectionResult:
    """A corrected text; ``apply_edits(raw, edits) == text``.

    Attributes:
        raw: the text as it was given; a sequence of lines is joined with line feeds.
        text: the corrected text. Line ends stay as they are.
        lines: the result of each line; offsets of its edits and refusals count from the line's start.
        language: ISO 639 code of the language that the lines were corrected in, None where it is not known.
        edits: every change, with offsets in ``raw``.
        refusals: every change that a guard refused, with offsets in ``raw``.
        warnings: a language that the corrector does not support; replacements of the user that were not made.
    """

    raw: str
    text: str
    lines: tuple[CorrectedLine, ...]
    language: str | None = None
    edits: tuple[Edit, ...] = field(default=())
    refusals: tuple[Refusal, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())


def correct_text(
    text: str, correct: CorrectLines, language: str | None = None, lists: UserLists = NO_LISTS
) -> CorrectionResult:
    """Returns ``text`` with each of its lines corrected.

    Args:
        text: any number of lines, with any line ends.
        correct: returns one result for each line.
        language: recorded in the result.
        lists: the user's words, which stay as they are, and replacements, which are made last.
    """
    pieces = text.splitlines(keepends=True)
    return _combined([(piece.rstrip(_LINE_ENDS), piece) for piece in pieces], correct, language, lists)


def correct_lines(
    lines: Sequence[str], correct: CorrectLines, language: str | None = None, lists: UserLists = NO_LISTS
) -> CorrectionResult:
    """Returns ``lines``, each corrected, as one text joined with line feeds.

    Raises:
        ValueError: a line holds a line break.
    """
    if any(len(line.splitlines()) > 1 or line.endswith(tuple(_LINE_ENDS)) for line in lines):
        raise ValueError("a line of a sequence of lines holds a line break; give such a text as one string")
    ends = ["\n"] * (len(lines) - 1) + [""] * bool(lines)
    return _combined([(line, line + end) for line, end in zip(lines, ends, strict=True)], correct, language, lists)


def _combined(
    pieces: Sequence[tuple[str, str]], correct: CorrectLines, language: str | None, lists: UserLists
) -> CorrectionResult:
    """Corrects the first of each pair, a line; the second is the line with its end."""
    raws = [line for line, _ in pieces]
    lines, warnings = _with_lists(raws, correct(raws), lists) if pieces else ([], [])
    text = "".join(result.text + piece[len(line) :] for result, (line, piece) in zip(lines, pieces, strict=True))
    starts = list(_starts([piece for _, piece in pieces]))
    edits = tuple(_moved(edit, start) for result, start in zip(lines, starts, strict=True) for edit in result.edits)
    refusals = tuple(
        _moved(refusal, start) for result, start in zip(lines, starts, strict=True) for refusal in result.refusals
    )
    raw = "".join(piece for _, piece in pieces)
    return CorrectionResult(raw, text, tuple(lines), language, edits, refusals, tuple(warnings))


def _with_lists(
    raws: Sequence[str], results: Sequence[CorrectedLine], lists: UserLists
) -> tuple[list[CorrectedLine], list[str]]:
    kept = [protect_known_words(raw, result, lists.words) for raw, result in zip(raws, results, strict=True)]
    return with_replacements(raws, kept, lists) if lists.replacements else (kept, [])


def _starts(pieces: Sequence[str]) -> Iterator[int]:
    position = 0
    for piece in pieces:
        yield position
        position += len(piece)


def _moved(placed: Placed, by: int) -> Placed:
    return placed.model_copy(update={"start": placed.start + by, "end": placed.end + by})
