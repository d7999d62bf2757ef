"""The guards refuse what a corrector may not do, whatever it proposes; they never make an edit.

``guard_line`` judges single edits (fast), ``guard_sentence`` a whole rewritten sentence (accurate). Every refusal has a
name that the audit shows, by these rules:

- what parses as a number, amount, date, code, address or IBAN, or is a number in words, stays as it is
  (``number_untouched``, ``date_untouched`` …, one for each ``ValueKind``);
- in a token that mixes digits and letters only look-alikes may change (``only_lookalikes``), and only so that it
  becomes a word or something that parses (``not_a_repair``);
- no number, currency sign or minus is added or removed (``number_invented``, ``sign_changed``), none is joined to its
  neighbour or moved away from it (``number_spacing``);
- a line stays one line (``line_break``), of about the same length (``line_length``), mostly the same
  (``edit_distance``), without new repetition (``repetition``), and a blank line stays blank (``blank_line``).

One exception: what can only be a € behind an amount may become one.

A language model writes freely, so more rules apply to it: the language and script stay (``language_changed``), no
"not" is added or removed (``negation_changed``), no word is added, dropped or replaced by a dissimilar one
(``text_invented``, ``text_dropped``, ``word_replaced``), and no markup is added (``markup_added``).

Edits that overlap another or change nothing are refused as ``overlap`` and ``no_change``.
"""

from scanproof.correction.guards.line import GuardedEdits, RefusedEdit, guard_line
from scanproof.correction.guards.sentence import GuardedSentence, guard_sentence

__all__ = [
    "GuardedEdits",
    "GuardedSentence",
    "RefusedEdit",
    "guard_line",
    "guard_sentence",
]
