"""The guards refuse what a corrector may not do, whatever it proposes; they never make an edit.

``guard_line`` judges single edits, ``guard_rewrite`` each word that a generating model wrote. Every refusal has a name
that the audit shows; docs/fast-corrector.md and docs/lm-corrector.md list the names with their rules.
"""

from scanproof.correction.guards.line import GuardedEdits, RefusedEdit, guard_line
from scanproof.correction.guards.rewrite import changes_negation, guard_rewrite

__all__ = ["GuardedEdits", "RefusedEdit", "changes_negation", "guard_line", "guard_rewrite"]
