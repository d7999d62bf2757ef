"""The guards refuse what a corrector may not do, whatever it proposes; they never make an edit.

``guard_line`` judges single edits (fast), ``guard_sentence`` a rewritten sentence, which has to keep its wording, too,
and ``guard_rewrite`` each word that a generating model wrote (accurate). Every refusal has a name that the audit shows;
docs/fast-corrector.md and docs/lm-corrector.md list the names with their rules.
"""

from scanproof.correction.guards.line import GuardedEdits, RefusedEdit, guard_line
from scanproof.correction.guards.rewrite import guard_rewrite
from scanproof.correction.guards.sentence import GuardedSentence, changes_negation, guard_sentence

__all__ = [
    "GuardedEdits",
    "GuardedSentence",
    "RefusedEdit",
    "changes_negation",
    "guard_line",
    "guard_rewrite",
    "guard_sentence",
]
