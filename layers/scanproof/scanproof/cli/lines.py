"""Correcting whole texts for the command line: lines in, lines out, nothing else touched."""

from __future__ import annotations

from typing import Any

from scanproof.correction.base import CorrectedLine, Corrector, detected_language


def correct_text(text: str, corrector: Corrector, language: str | None = None) -> tuple[str, list[CorrectedLine]]:
    """``text``, a page, with each of its lines corrected; line ends stay as they are."""
    pieces = text.splitlines(keepends=True)
    bodies = [piece.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029") for piece in pieces]
    results = corrector.correct(bodies, language or detected_language(corrector, text))
    ends = (piece[len(body) :] for piece, body in zip(pieces, bodies, strict=True))
    return "".join(result.text + end for result, end in zip(results, ends, strict=True)), results


def edit_rows(results: list[CorrectedLine]) -> list[dict[str, Any]]:
    """Every edit with its line, counted from 1."""
    return [
        {"line": number, **edit.model_dump()} for number, result in enumerate(results, start=1) for edit in result.edits
    ]
