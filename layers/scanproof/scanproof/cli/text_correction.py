"""Correction of plain text for the commands `correct` and `evaluate`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanproof.correction.base import Corrector, language_warnings, page_language
from scanproof.correction.text import CorrectionResult
from scanproof.correction.text import correct_text as correct_text_by_lines
from scanproof.correction.user_lists import UserLists
from scanproof.language import language_of


def correct_text(text: str, corrector: Corrector, language: str | None, lists: UserLists) -> CorrectionResult:
    """Corrects each line of a text and keeps its line ends.

    Args:
        text: one page; its lines give each other context.
        corrector: corrects the lines.
        language: tag of the text's language; ``None`` lets the corrector detect it.
        lists: the user's words and replacements.
    """
    found = page_language(corrector, text, language_of(language) if language else None)
    result = correct_text_by_lines(text, lambda lines: corrector.correct(lines, found), found.code, lists)
    return replace(result, warnings=(*language_warnings(corrector, found), *result.warnings))


def edit_rows(result: CorrectionResult) -> list[dict[str, Any]]:
    """Lists every edit with the number of its line, counted from 1; offsets count from the line's start."""
    return [
        {"line": number, **edit.model_dump()}
        for number, line in enumerate(result.lines, start=1)
        for edit in line.edits
    ]
