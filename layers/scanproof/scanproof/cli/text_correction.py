"""Correction of plain text for the commands `correct` and `evaluate`."""

from __future__ import annotations

from typing import Any

from scanproof.correction.base import CorrectedLine, Corrector, language_told_by

# What `str.splitlines` takes for a line end.
_LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def correct_text(text: str, corrector: Corrector, language: str | None = None) -> tuple[str, list[CorrectedLine]]:
    """Corrects each line of a text and keeps its line ends.

    Args:
        text: one page; its lines give each other context.
        corrector: corrects the lines.
        language: of the text; ``None`` lets the corrector detect it.

    Returns:
        The corrected text and the result for each line.
    """
    pieces = text.splitlines(keepends=True)
    bodies = [piece.rstrip(_LINE_ENDS) for piece in pieces]
    results = corrector.correct(bodies, language or language_told_by(corrector, text))
    ends = (piece[len(body) :] for piece, body in zip(pieces, bodies, strict=True))
    return "".join(result.text + end for result, end in zip(results, ends, strict=True)), results


def edit_rows(results: list[CorrectedLine]) -> list[dict[str, Any]]:
    """Lists every edit with the number of its line, counted from 1."""
    return [
        {"line": number, **edit.model_dump()} for number, result in enumerate(results, start=1) for edit in result.edits
    ]
