"""Applies suggestions as edits, where an upload requests it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from scanproof import __version__
from scanproof.document import Edit, Line, Page, Suggestion, apply_edits

CORRECTOR = "arithmetic"


def apply_suggestions(pages: Sequence[Page], suggestions: Iterable[tuple[str, Suggestion]]) -> list[Page]:
    """Applies suggestions to ``pages``; where two suggest different readings of one number, neither.

    Args:
        pages: of the document.
        suggestions: each with the code of its check, which becomes the edit's model.
    """
    edits: dict[tuple[int, int], list[Edit]] = {}
    ordered = sorted(suggestions, key=lambda pair: _position(pair[1]))
    for (page, line, _), group in groupby(ordered, key=lambda pair: _position(pair[1])):
        same = list(group)
        if len({suggestion.suggested for _, suggestion in same}) == 1:
            edits.setdefault((page, line), []).append(_edit(*same[0]))
    return [_edited_page(page, edits) for page in pages]


def _position(suggestion: Suggestion) -> tuple[int, int, int]:
    return suggestion.page, suggestion.line, suggestion.start


def _edit(code: str, suggestion: Suggestion) -> Edit:
    return Edit(
        start=suggestion.start,
        end=suggestion.end,
        raw=suggestion.raw,
        corrected=suggestion.suggested,
        probability=suggestion.probability,
        corrector=CORRECTOR,
        model=code,
        model_version=__version__,
    )


def _edited_page(page: Page, edits: dict[tuple[int, int], list[Edit]]) -> Page:
    lines = tuple(
        _edited_line(line, edits[page.number, index]) if (page.number, index) in edits else line
        for index, line in enumerate(page.lines)
    )
    return page if lines == page.lines else page.model_copy(update={"lines": lines})


def _edited_line(line: Line, added: Sequence[Edit]) -> Line:
    """Adds edits of parts of a line that no other edit touches."""
    edits = tuple(sorted((*line.edits, *added), key=lambda edit: (edit.start, edit.end)))
    return line.corrected(apply_edits(line.raw, edits), edits, line.refusals)
