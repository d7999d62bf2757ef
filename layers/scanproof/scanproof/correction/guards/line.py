"""The guard of the fast corrector: each proposed edit of a line is accepted or refused by name."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from scanproof.correction.guards.character_normalisation import Found, misprinted
from scanproof.correction.guards.digit_confusion import Shares, is_leet_word, is_misread_euro, is_split_amount, is_word
from scanproof.correction.guards.edits import GuardedEdits, RefusedEdit, TextEdit, apply_text_edits
from scanproof.correction.guards.exact_words import WORD, is_number_word
from scanproof.correction.guards.lookalikes import is_lookalike
from scanproof.correction.guards.merged_tokens import parted
from scanproof.correction.guards.units import Unit, is_one_letter_word, units_of
from scanproof.correction.guards.whole_line import breaks_line, exceeded_limit, numeric_characters
from scanproof.values.find import find_values
from scanproof.values.kinds import ValueKind

_SIGNS = frozenset("%‰‱+±−×÷=<>")
_EURO = "€"
_DASHES = frozenset({"-", "–", "—"})


def guard_line(raw: str, proposals: Sequence[TextEdit], shares: Shares = lambda word: ()) -> GuardedEdits:
    """Judges the edits that a model proposes for one line; pure, and linear in the line's length.

    Edits of one misread token stand or fall together, except those that are no look-alikes, which fall alone. Edits of
    words without digits are judged one by one.

    Args:
        raw: the line before the edits.
        proposals: in any order; of two that overlap the first one is heard, the other refused (``overlap``).
        shares: of the words of each language that the line may be in, how many are this one, whatever its case. What
            has the shape of a code may become a word that there is (``Phon3``); by default there is none.
    """
    judge = _Judge(raw, shares)
    for edit in _ordered(raw, proposals, judge.refused):
        judge.hear(edit)
    judge.decide_units()
    judge.decide_gaps()
    judge.decide_number_words()
    accepted = sorted(judge.accepted, key=_position)
    distance = sum(max(edit.end - edit.start, len(edit.corrected)) for edit in accepted)
    if accepted and (bound := exceeded_limit(raw, apply_text_edits(raw, accepted), distance)):
        judge.refused += [RefusedEdit(edit, bound) for edit in accepted]
        accepted = []
    return GuardedEdits(tuple(accepted), tuple(sorted(judge.refused, key=lambda refusal: _position(refusal.edit))))


def deterministic_rewrites(text: str, shares: Shares) -> Iterator[Found]:
    """(start, end, what to write there) of what no model is asked about.

    Signs that no printer set, and values that were read as one token.
    """
    yield from misprinted(text)
    yield from parted(text, shares)


def _position(edit: TextEdit) -> tuple[int, int]:
    return edit.start, edit.end


def _ordered(raw: str, proposals: Sequence[TextEdit], refused: list[RefusedEdit]) -> list[TextEdit]:
    """Proposals that fit the line, in order and not overlapping."""
    ordered: list[TextEdit] = []
    for edit in sorted(proposals, key=_position):
        last = ordered[-1] if ordered else None
        if edit.is_noop(raw):
            refused.append(RefusedEdit(edit, "no_change"))
        elif last and (edit.start < last.end or (edit.start, edit.end) == (last.start, last.end)):
            refused.append(RefusedEdit(edit, "overlap"))
        else:
            ordered.append(edit)
    return ordered


class _Judge:
    """Sorts edits by the unit or gap that they touch, then decides unit by unit and gap by gap."""

    def __init__(self, raw: str, shares: Shares) -> None:
        self.raw = raw
        self._shares = shares
        self.units = units_of(raw)
        self.accepted: list[TextEdit] = []
        self.refused: list[RefusedEdit] = []
        self._ends = [unit.end for unit in self.units]
        self._of_unit: dict[int, list[TextEdit]] = defaultdict(list)
        self._of_gap: dict[int, list[TextEdit]] = defaultdict(list)

    def hear(self, edit: TextEdit) -> None:
        """Refuses the edit at once, or puts it where it is decided."""
        if not self.raw.strip():
            return self._refuse("blank_line", edit)
        if breaks_line(edit.corrected):
            return self._refuse("line_break", edit)
        if self._completes_amount(edit) or (edit.start, edit.end, edit.corrected) in self._deterministic_rewrites:
            self.accepted.append(edit)
            return None
        touched = self._touched(edit)
        exact = next((self.units[index] for index in touched if not self.units[index].misread), None)
        if exact and not (exact.kind is ValueKind.CODE and len(touched) == 1 and self._may_be_disguised(edit)):
            return self._refuse(f"{exact.kind.value}_untouched", edit)
        if touched:
            return self._hear_misread(edit, touched)
        gap = bisect_right(self._ends, edit.start)
        if guard := self._gap_objection(edit, gap):
            return self._refuse(guard, edit)
        self._of_gap[gap].append(edit)
        return None

    def decide_units(self) -> None:
        """All look-alike edits of a misread token together must make a word, or something that parses."""
        for index, edits in self._of_unit.items():
            unit = self.units[index]
            after = apply_text_edits(self.raw, edits, unit.start, unit.end)
            if not unit.misread and not is_leet_word(self.raw[unit.start : unit.end], after, self._shares):
                self._refuse(f"{unit.kind.value}_untouched", *edits)
            elif not unit.misread or _is_repair(self.raw, unit, edits):
                self.accepted += edits
            else:
                self._refuse("not_a_repair", *edits)

    def decide_gaps(self) -> None:
        """What stands between two numbers keeps its letters, and no lone dash (a minus) comes or goes."""
        for gap, edits in self._of_gap.items():
            start, end = self._gap(gap)
            before, after = self.raw[start:end], apply_text_edits(self.raw, edits, start, end)
            inner = 0 < gap < len(self.units)
            if inner and not any(char.isalpha() for char in after):
                self._refuse("number_spacing", *edits)
            elif _lone_dashes(before) != _lone_dashes(after):
                self._refuse("sign_changed", *edits)
            else:
                self.accepted += edits

    def decide_number_words(self) -> None:
        """No ordinary word becomes a number in words, unless it differs from it in look-alikes only (f1ve)."""
        kept: list[TextEdit] = []
        for start, end, edits in _by_words(self.raw, sorted(self.accepted, key=_position)):
            before, after = self.raw[start:end], apply_text_edits(self.raw, edits, start, end)
            if _number_words(after) != _number_words(before) and not is_lookalike(before, after):
                self._refuse("number_invented", *edits)
            else:
                kept += edits
        self.accepted = kept

    def _refuse(self, guard: str, *edits: TextEdit) -> None:
        self.refused += [RefusedEdit(edit, guard) for edit in edits]

    def _completes_amount(self, edit: TextEdit) -> bool:
        if edit.corrected == _EURO:
            return is_misread_euro(self.raw, edit.start, edit.end)
        return not edit.corrected and is_split_amount(self.raw, edit.start, edit.end)

    @cached_property
    def _deterministic_rewrites(self) -> frozenset[Found]:
        return frozenset(deterministic_rewrites(self.raw, self._shares))

    def _may_be_disguised(self, edit: TextEdit) -> bool:
        raw = self.raw[edit.start : edit.end]
        return raw.isdigit() and edit.corrected.isalpha() and is_lookalike(raw, edit.corrected)

    def _touched(self, edit: TextEdit) -> list[int]:
        """Indexes of the units that an edit touches."""
        index = max(bisect_right(self._ends, edit.start) - 1, 0)
        touched = []
        while index < len(self.units) and self.units[index].start <= edit.end:
            if edit.touches(self.units[index].start, self.units[index].end):
                touched.append(index)
            index += 1
        return touched

    def _hear_misread(self, edit: TextEdit, touched: list[int]) -> None:
        unit = self.units[touched[0]]
        inside = len(touched) == 1 and unit.start <= edit.start < edit.end <= unit.end
        if inside and is_lookalike(self.raw[edit.start : edit.end], edit.corrected):
            self._of_unit[touched[0]].append(edit)
        else:
            self._refuse("only_lookalikes", edit)

    def _gap(self, gap: int) -> tuple[int, int]:
        """Start and end of the stretch before unit ``gap``."""
        start = self.units[gap - 1].end if gap else 0
        return start, self.units[gap].start if gap < len(self.units) else len(self.raw)

    def _gap_objection(self, edit: TextEdit, gap: int) -> str | None:
        start, end = self._gap(gap)
        before = self.raw[edit.start : edit.end]
        if numeric_characters(before) != numeric_characters(edit.corrected):
            return "number_invented"
        if _signs(before) != _signs(edit.corrected):
            return "sign_changed"
        after_number = gap > 0 and edit.start < start + _marks_beside(self.raw[start:end])
        before_number = gap < len(self.units) and edit.end > end - _marks_beside(self.raw[start:end][::-1])
        no_letters = 0 < gap < len(self.units) and not any(char.isalpha() for char in self.raw[start:end])
        return "number_spacing" if after_number or before_number or no_letters else None


def _by_words(raw: str, edits: Sequence[TextEdit]) -> Iterator[tuple[int, int, list[TextEdit]]]:
    """Edits by the stretch between blanks that they change: (start, end, its edits)."""
    stretch: tuple[int, int, list[TextEdit]] | None = None
    for edit in edits:
        start, end = edit.start, edit.end
        while start > 0 and not raw[start - 1].isspace():
            start -= 1
        while end < len(raw) and not raw[end].isspace():
            end += 1
        if stretch and start <= stretch[1]:
            stretch = stretch[0], max(end, stretch[1]), [*stretch[2], edit]
        else:
            if stretch:
                yield stretch
            stretch = start, end, [edit]
    if stretch:
        yield stretch


def _number_words(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if is_number_word(word)]


def _is_repair(raw: str, unit: Unit, edits: Sequence[TextEdit]) -> bool:
    """Whether the edits turn a misread unit into a word, a one-letter word, or something that parses."""
    after = apply_text_edits(raw, edits, unit.start, unit.end)
    if "word" in unit.misread and is_word(after):
        return True
    if "letter" in unit.misread and is_one_letter_word(after):
        return True
    digits_stay = not any(char.isdigit() for edit in edits for char in raw[edit.start : edit.end])
    return "number" in unit.misread and digits_stay and _parses(after)


def _parses(text: str) -> bool:
    values = find_values(text)
    return len(values) == 1 and values[0].text == text and not any(char.isalpha() for char in text)


def _marks_beside(gap: str) -> int:
    """How far the marks at the beginning of ``gap`` reach that stick to the number before it, with one space."""
    for index, char in enumerate(gap):
        if char.isspace():
            return index + 1
        if char.isalpha():
            return index
    return len(gap) + 1  # to the very edge of the line: nothing may be put there either


def _signs(text: str) -> Counter[str]:
    """Currency signs, per cent, plus and their kind."""
    return Counter(char for char in text if char in _SIGNS or unicodedata.category(char) == "Sc")


def _lone_dashes(text: str) -> int:
    return sum(token in _DASHES for token in text.split())
