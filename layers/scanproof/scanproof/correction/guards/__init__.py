"""What a corrector may not do, whatever it proposes. Every refusal has a name that the audit shows.

``guard_line`` judges single edits (fast), ``guard_sentence`` a whole rewritten line (accurate), by the same rules:

- what parses as a number, amount, date, code, address or IBAN, or says one in words, stays as it is
  (``number_untouched``, ``date_untouched`` … one for each ``ValueKind``);
- a token in which digits and letters are mixed up may change look-alikes only (``only_lookalikes``), and only into a
  word or into something that parses (``not_a_repair``);
- no number, currency sign or minus comes from nowhere or goes (``number_invented``, ``sign_changed``), none is joined
  to its neighbour or cut from its place (``number_spacing``); but what can only be a € behind an amount may become it,
  an amount whose cents were set apart may be closed up (RM 65. 20), and one with the same sign before thousands and
  cents gets the one that its currency wants ($127.700.00), and a date and a time that were read as one token are parted
  (20.09.201815:39), as are a decimal and the word behind it (10.0Normal);
- a line stays one line (``line_break``), about as long (``line_length``), mostly itself (``edit_distance``), does not
  begin to repeat itself (``repetition``), and nothing is written where nothing stood (``blank_line``).

A language model, which writes freely, is held to more: the language and script stay (``language_changed``), no "not"
comes or goes (``negation_changed``), no word is added, dropped or replaced by one unlike it (``text_invented``,
``text_dropped``, ``word_replaced``), and nothing is dressed up (``markup_added``).

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
