"""Edits of several passes, told as one list of edits of the raw line."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.guards import TextEdit, apply_text_edits


def compose(raw: str, earlier: Sequence[TextEdit], later: Sequence[TextEdit]) -> list[TextEdit]:
    """The edits of ``raw`` that do what ``earlier`` and then ``later`` (edits of the text between) do.

    Both are ordered and do not overlap. Edits that touch become one, with the lowest probability of them.
    """
    between = apply_text_edits(raw, earlier)
    spans = _spans(earlier)
    groups = _touching([*spans, *((edit.start, edit.end, edit) for edit in later)])
    composed = []
    for group in groups:
        start, end = group[0][0], max(span_end for _, span_end, _ in group)
        new = [edit for _, _, edit in group if any(edit is other for other in later)]
        written = apply_text_edits(between, new, start, end)
        raw_start, raw_end = _origin(start, spans, before=True), _origin(end, spans, before=False)
        probability = min(edit.probability for _, _, edit in group)
        if raw[raw_start:raw_end] != written:
            composed.append(TextEdit(raw_start, raw_end, written, probability))
    return composed


_Span = tuple[int, int, TextEdit]


def _spans(edits: Sequence[TextEdit]) -> list[_Span]:
    """Where each edit's writing stands in the edited text."""
    spans, shift = [], 0
    for edit in edits:
        start = edit.start + shift
        spans.append((start, start + len(edit.corrected), edit))
        shift += len(edit.corrected) - (edit.end - edit.start)
    return spans


def _touching(spans: Sequence[_Span]) -> list[list[_Span]]:
    """Spans in order, those that overlap or touch in one group."""
    groups: list[list[_Span]] = []
    reach = -1
    for span in sorted(spans, key=lambda span: (span[0], span[1])):
        if groups and span[0] <= reach:
            groups[-1].append(span)
        else:
            groups.append([span])
        reach = max(reach, span[1])
    return groups


def _origin(position: int, spans: Sequence[_Span], before: bool) -> int:
    """The raw position of a position of the edited text that lies inside no edit.

    ``before``: at an edit's edge, the side before it; else the side behind.
    """
    shift = 0
    for start, end, edit in spans:
        if start > position or (before and start == position) or end > position:
            break
        shift += (edit.end - edit.start) - (end - start)
    return position + shift
