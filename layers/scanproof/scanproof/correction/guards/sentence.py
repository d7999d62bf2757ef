"""The guard of rewritten sentences: accepts what a language model wrote, or refuses it as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.correction.guards.faithfulness import faithfulness_violation
from scanproof.correction.guards.line import breaks_line, exceeded_limit, guard_line
from scanproof.edits import TextEdit, diff


@dataclass(frozen=True)
class GuardedSentence:
    """The text that stands in the end, and how it came about.

    Attributes:
        text: the rewritten sentence, or the raw one.
        edits: from the raw sentence to ``text``.
        guard: name of the guard that refused the rewritten sentence; None if it was accepted.
    """

    text: str
    edits: tuple[TextEdit, ...] = ()
    guard: str | None = None


def guard_sentence(raw: str, corrected: str, probability: float = 1.0, language: str | None = None) -> GuardedSentence:
    """Accepts ``corrected`` if `guard_line` accepts all its changes, and language and wording stay.

    The changes are those of a shortest edit script, so the verdict does not depend on how a model came to its text.

    Args:
        raw: the sentence before.
        corrected: the sentence as rewritten.
        probability: of the edits.
        language: of the page, as an ISO 639 code, if known.
    """
    if corrected == raw:
        return GuardedSentence(raw)
    if guard := ("line_break" if breaks_line(corrected) else exceeded_limit(raw, corrected, 0)):
        return GuardedSentence(raw, guard=guard)  # before the quadratic comparison: a run-away output is long
    edits = diff(raw, corrected, probability)
    guarded = guard_line(raw, edits)
    if guarded.refused:
        return GuardedSentence(raw, guard=guarded.refused[0].guard)
    if guard := faithfulness_violation(raw, corrected, edits, language):
        return GuardedSentence(raw, guard=guard)
    return GuardedSentence(corrected, guarded.accepted)
