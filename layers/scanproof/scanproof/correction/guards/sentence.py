"""The guard of the accurate corrector: a rewritten line is taken or left as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from scanproof.correction.guards.edits import TextEdit
from scanproof.correction.guards.faithfulness import faithfulness_violation
from scanproof.correction.guards.language import changes_language
from scanproof.correction.guards.line import guard_line
from scanproof.correction.guards.whole_line import breaks_line, exceeded_limit


@dataclass(frozen=True)
class GuardedSentence:
    """``guard`` names what refused the rewritten line; None where it was taken. ``text`` is what stands in the end."""

    text: str
    edits: tuple[TextEdit, ...] = ()
    guard: str | None = None


def guard_sentence(raw: str, corrected: str, probability: float = 1.0) -> GuardedSentence:
    """Takes ``corrected`` only if its changes pass ``guard_line`` and language and wording stay; else ``raw`` stays.

    The changes are those of a shortest edit script, so the verdict does not depend on how a model came to its text.
    """
    if corrected == raw:
        return GuardedSentence(raw)
    if guard := ("line_break" if breaks_line(corrected) else exceeded_limit(raw, corrected, 0)):
        return GuardedSentence(raw, guard=guard)  # before the quadratic comparison: a run-away output is long
    edits = single_changes(raw, corrected, probability)
    guarded = guard_line(raw, edits)
    if guarded.refused:
        return GuardedSentence(raw, guard=guarded.refused[0].guard)
    if (
        guard := "language_changed"
        if changes_language(raw, corrected)
        else faithfulness_violation(raw, corrected, edits)
    ):
        return GuardedSentence(raw, guard=guard)
    return GuardedSentence(corrected, guarded.accepted)


def single_changes(raw: str, corrected: str, probability: float) -> list[TextEdit]:
    """The changes of a shortest edit script; neighbours are joined only where one inserts at the other's edge."""
    changes: list[TextEdit] = []
    for step in Levenshtein.opcodes(raw, corrected):
        if step.tag == "equal":
            continue
        start, new = step.src_start, corrected[step.dest_start : step.dest_end]
        if changes and changes[-1].end == start:
            last = changes.pop()
            start, new = last.start, last.corrected + new
        changes.append(TextEdit(start, step.src_end, new, probability))
    return changes
