"""Two correctors, one after the other: what became of a line, told as edits of the raw line, each with who made it."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.base import CorrectedLine
from scanproof.correction.fast.compose import compose
from scanproof.correction.guards import TextEdit
from scanproof.document import Edit, Refusal, apply_edits


def combined(raw: str, first: CorrectedLine, second: CorrectedLine) -> CorrectedLine:
    """What ``first`` made of ``raw`` and then ``second`` of ``first.text``.

    An edit that only one of them had a part in stays that one's; where both had, it carries both names and versions,
    and the lower probability.
    """
    composed = compose(raw, _proposals(first.edits), _proposals(second.edits))
    edits = tuple(edit for change in composed for edit in _attributed(raw, change, first.edits, second.edits))
    refusals = (*first.refusals, *(_of_raw(refusal, raw, first) for refusal in second.refusals))
    return CorrectedLine(apply_edits(raw, edits), edits, refusals)


def _proposals(edits: Sequence[Edit]) -> list[TextEdit]:
    return [TextEdit(edit.start, edit.end, edit.corrected, edit.probability) for edit in edits]


def _attributed(raw: str, change: TextEdit, first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """``change`` as the edits of who made it."""
    earlier = [edit for edit in first if change.start <= edit.start and edit.end <= change.end]
    if _written(raw, change.start, change.end, earlier) == change.corrected:
        return earlier
    makers = [earlier[0], second[0]] if earlier else [second[0]]
    return [
        Edit(
            start=change.start,
            end=change.end,
            raw=raw[change.start : change.end],
            corrected=change.corrected,
            probability=change.probability,
            corrector="+".join(edit.corrector for edit in makers),
            model="+".join(edit.model for edit in makers),
            model_version=" + ".join(edit.model_version for edit in makers),
        )
    ]


def _written(raw: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    """What ``edits``, all within ``start`` and ``end``, make of that part of ``raw``."""
    here = [edit.model_copy(update={"start": edit.start - start, "end": edit.end - start}) for edit in edits]
    return apply_edits(raw[start:end], here)


def _of_raw(refusal: Refusal, raw: str, first: CorrectedLine) -> Refusal:
    """A refusal of a change of ``first.text``, told of ``raw``; if it cuts an edit of ``first``, it takes all of it."""
    start, end = refusal.start, refusal.end
    shift = before = behind = 0  # from the text between to raw: where the refusal starts, where it ends
    for edit in first.edits:
        at, to = edit.start + shift, edit.start + shift + len(edit.corrected)
        if at < end and start < to:
            start, end = min(start, at), max(end, to)
        shift += len(edit.corrected) - (edit.end - edit.start)
        before = shift if to <= start else before
        behind = shift if to <= end else behind
    proposed = first.text[start : refusal.start] + refusal.proposed + first.text[refusal.end : end]
    raw_start, raw_end = start - before, end - behind
    place = {"start": raw_start, "end": raw_end, "raw": raw[raw_start:raw_end], "proposed": proposed}
    return refusal.model_copy(update=place)
