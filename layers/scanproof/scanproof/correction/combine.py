"""Combines the results of two correctors that ran one after the other into edits of the raw line."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.base import CorrectedLine
from scanproof.document import Edit, Refusal, apply_edits
from scanproof.edits import TextEdit, apply, compose, to_edited, to_raw, widened


def combined(raw: str, first: CorrectedLine, second: CorrectedLine) -> CorrectedLine:
    """Combines what ``first`` made of ``raw`` with what ``second`` made of ``first.text``.

    An edit that only one corrector contributed to keeps its name. An edit that both contributed to carries both names
    and versions, and the lower probability.
    """
    composed = compose(raw, first.edits, second.edits)
    edits = tuple(edit for change in composed for edit in _attributed(raw, change, first.edits, second.edits))
    refusals = (*first.refusals, *(_mapped_to_raw(refusal, raw, first) for refusal in second.refusals))
    return CorrectedLine(apply_edits(raw, edits), edits, refusals)


def _attributed(raw: str, change: TextEdit, first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """Turns ``change`` into published edits that name the correctors behind it."""
    earlier = [edit for edit in first if change.start <= edit.start and edit.end <= change.end]
    if apply(raw, earlier, change.start, change.end) == change.corrected:
        return earlier
    contributors = [earlier[0], second[0]] if earlier else [second[0]]
    start, end = to_edited(first, change.start), to_edited(first, change.end)
    gains = [edit.lm_gain for edit in second if edit.start <= end and start <= edit.end and edit.lm_gain is not None]
    return [
        Edit(
            start=change.start,
            end=change.end,
            raw=raw[change.start : change.end],
            corrected=change.corrected,
            probability=change.probability,
            lm_gain=min(gains, default=None),
            corrector="+".join(edit.corrector for edit in contributors),
            model="+".join(edit.model for edit in contributors),
            model_version=" + ".join(edit.model_version for edit in contributors),
        )
    ]


def _mapped_to_raw(refusal: Refusal, raw: str, first: CorrectedLine) -> Refusal:
    """Maps a refusal of a change of ``first.text`` to ``raw``; a refusal that cuts an edit of ``first`` takes it in."""
    start, end = widened(first.edits, refusal.start, refusal.end)
    proposed = first.text[start : refusal.start] + refusal.proposed + first.text[refusal.end : end]
    raw_start, raw_end = to_raw(first.edits, start), to_raw(first.edits, end)
    place = {"start": raw_start, "end": raw_end, "raw": raw[raw_start:raw_end], "proposed": proposed}
    return refusal.model_copy(update=place)
