"""The guard of single edits: accepts each proposed edit of a line, or refuses it under a name."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scanproof.correction.confusions import is_lookalike
from scanproof.correction.guards.units import (
    Shares,
    Unit,
    is_leet_word,
    is_misread_euro,
    is_word,
    kind_of_whole,
    parts_values,
    respells_currency,
    respells_month,
    restores_currency_sign,
    units_of,
)
from scanproof.edits import TextEdit, apply, words_around
from scanproof.values.kinds import ValueKind
from scanproof.values.words import WORD, is_number_word

_SIGNS = frozenset("%‰‱+±−×÷=<>")
_EURO = "€"
# A space between a digit and a letter, or a mark that is neither the number's sign nor inside a number; before a dash
# that a space follows; beside a mark that no code holds, since a letter follows or precedes it; beside leaders, between
# a letter and a slash, and beside a mark with a space on its other side.
_MARK = r"[^\w\s\-−–+±$€£¥%#~]"
_NUMBER_BORDER = re.compile(
    rf"(?:[^\W\d_]|(?<!\d){_MARK}) \d|\d (?:[^\W\d_]|{_MARK}(?!\d)|[-–—]\s)|[:;,)] [^\W\d_]|[^\W\d_] [:(]"
    r"|(?:\.\.|…) [\w€$£]|[\w)%] (?:\.\.|…)|\s[/|@&] [\w€$£#]|\d\d [€$£](?!\d)|[^\W\d_] &\s"
    r"|[^\W\d_] [/|@]|[/|@] [^\W\d_]"
)
_LEADER = re.compile(r"[.…]{2,}")
_ENUMERATION = re.compile(r"(?:^|\s)\d{1,2}[.)]\Z")
_DASHES = frozenset({"-", "–", "—"})
_MAX_PHRASE = 8  # words
_RUN = re.compile(r"(\S)\1{3}")
_LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


@dataclass(frozen=True)
class RefusedEdit:
    """An edit and the name of the guard that refused it."""

    edit: TextEdit
    guard: str


@dataclass(frozen=True)
class GuardedEdits:
    """A line's accepted and refused edits, both in order of position; the accepted ones do not overlap."""

    accepted: tuple[TextEdit, ...] = ()
    refused: tuple[RefusedEdit, ...] = ()


def guard_line(
    raw: str, candidates: Sequence[TextEdit], shares: Shares = lambda word: (), *, image_seen: bool = False
) -> GuardedEdits:
    """Judges the edits that a corrector proposes for one line; pure, and linear in the line's length.

    Look-alike edits of one misread token are accepted or refused together; its other edits are refused each by itself.
    Edits of words without digits are judged one by one.

    Args:
        raw: the line before the edits.
        candidates: in any order; of two that overlap the first one is judged, the other refused (``overlap``).
        shares: of the words of each language that the line may be in, how many are this one, whatever its case. A
            token with the shape of a code may become a word that is common there (``Phon3``); by default none is.
        image_seen: whether the image shows the changes, so that a space may come between a number and a word
            (``No:17``, ``2x``), and a currency sign in place of a letter (``RS 7,43``); without it nobody can know how
            they were printed.
    """
    judge = _Judge(raw, shares, image_seen)
    for edit in _ordered(raw, candidates, judge.refused):
        judge.assign(edit)
    judge.decide_units()
    judge.decide_gaps()
    judge.decide_number_words()
    accepted = sorted(judge.accepted, key=_position)
    distance = sum(max(edit.end - edit.start, len(edit.corrected)) for edit in accepted)
    texts = raw, apply(raw, accepted)
    if image_seen:  # so are the dots of leaders, which repeat themselves
        texts = _LEADER.sub("..", texts[0]), _LEADER.sub("..", texts[1])
    if accepted and (limit := exceeded_limit(*texts, distance)):
        judge.refused += [RefusedEdit(edit, limit) for edit in accepted]
        accepted = []
    return GuardedEdits(tuple(accepted), tuple(sorted(judge.refused, key=lambda refusal: _position(refusal.edit))))


def _position(edit: TextEdit) -> tuple[int, int]:
    return edit.start, edit.end


def _ordered(raw: str, candidates: Sequence[TextEdit], refused: list[RefusedEdit]) -> list[TextEdit]:
    """Candidates that fit the line, in order and not overlapping; adds the others to ``refused``."""
    ordered: list[TextEdit] = []
    for edit in sorted(candidates, key=_position):
        last = ordered[-1] if ordered else None
        if edit.is_noop(raw):
            refused.append(RefusedEdit(edit, "no_change"))
        elif last and (edit.start < last.end or (edit.start, edit.end) == (last.start, last.end)):
            refused.append(RefusedEdit(edit, "overlap"))
        else:
            ordered.append(edit)
    return ordered


class _Judge:
    """Assigns edits to the unit or gap that they touch, then decides unit by unit and gap by gap."""

    def __init__(self, raw: str, shares: Shares, image_seen: bool) -> None:
        self.raw = raw
        self._shares, self._image_seen = shares, image_seen
        self.units = units_of(raw)
        self.accepted: list[TextEdit] = []
        self.refused: list[RefusedEdit] = []
        self._ends = [unit.end for unit in self.units]
        self._by_unit: dict[int, list[TextEdit]] = defaultdict(list)
        self._by_gap: dict[int, list[TextEdit]] = defaultdict(list)

    def assign(self, edit: TextEdit) -> None:
        """Accepts or refuses the edit at once, or assigns it to the unit or gap with which it is decided."""
        if not self.raw.strip():
            return self._refuse("blank_line", edit)
        if breaks_line(edit.corrected):
            return self._refuse("line_break", edit)
        if _doubles_space(self.raw, edit):
            return self._refuse("repetition", edit)
        touched = self._touched(edit)
        if self._keeps_value(edit) or (self._image_seen and self._is_space_beside_number(edit, touched)):
            self.accepted.append(edit)  # the rules for units and signs do not apply
            return None
        exact = next((self.units[index] for index in touched if not self.units[index].misread), None)
        if exact and not (exact.kind is ValueKind.CODE and len(touched) == 1 and self._restores_letters(edit)):
            return self._refuse(f"{exact.kind.value}_untouched", edit)
        if touched:
            return self._assign_to_misread(edit, touched)
        gap = bisect_right(self._ends, edit.start)
        if guard := self._gap_violation(edit, gap):
            return self._refuse(guard, edit)
        self._by_gap[gap].append(edit)
        return None

    def decide_units(self) -> None:
        """Accepts the look-alike edits of a misread token if together they make a word, or something that parses."""
        for index, edits in self._by_unit.items():
            unit = self.units[index]
            after = apply(self.raw, edits, unit.start, unit.end)
            if not unit.misread and not is_leet_word(self.raw[unit.start : unit.end], after, self._shares):
                self._refuse(f"{unit.kind.value}_untouched", *edits)
            elif not unit.misread or _is_repair(self.raw, unit, edits):
                self.accepted += edits
            else:
                self._refuse("not_a_repair", *edits)

    def decide_gaps(self) -> None:
        """Accepts the edits of a gap if letters remain between numbers, and no lone dash (a minus) comes or goes."""
        for gap, edits in self._by_gap.items():
            start, end = self._gap(gap)
            before, after = self.raw[start:end], apply(self.raw, edits, start, end)
            inner = 0 < gap < len(self.units)
            if inner and not any(char.isalpha() for char in after):
                self._refuse("number_spacing", *edits)
            elif _lone_dashes(before) != _lone_dashes(after):
                self._refuse("sign_changed", *edits)
            else:
                self.accepted += edits

    def decide_number_words(self) -> None:
        """Refuses edits that make a number in words of an ordinary word, unless they change look-alikes only (f1ve)."""
        kept: list[TextEdit] = []
        for start, end, edits in _by_words(self.raw, sorted(self.accepted, key=_position)):
            before, after = self.raw[start:end], apply(self.raw, edits, start, end)
            if _number_words(after) != _number_words(before) and not is_lookalike(before, after):
                self._refuse("number_invented", *edits)
            else:
                kept += edits
        self.accepted = kept

    def _refuse(self, guard: str, *edits: TextEdit) -> None:
        self.refused += [RefusedEdit(edit, guard) for edit in edits]

    def _keeps_value(self, edit: TextEdit) -> bool:
        """Whether the edit restores the currency of an amount or the name of a month, and the value stays the same."""
        if respells_currency(self.raw, edit) or respells_month(self.raw, edit):
            return True
        if self._image_seen and (restores_currency_sign(self.raw, edit) or self._restores_ordinal(edit)):
            return True
        return edit.corrected == _EURO and is_misread_euro(self.raw, edit.start, edit.end)

    def _restores_ordinal(self, edit: TextEdit) -> bool:
        """Whether the edit writes the sign of degrees as the ordinal that it looks like: N.° 12."""
        signs = self.raw[edit.start : edit.end], edit.corrected
        return signs == ("°", "º") and re.search(r"[^\W\d_]\.?\Z", self.raw[: edit.start]) is not None

    def _restores_letters(self, edit: TextEdit) -> bool:
        """Whether the edit replaces digits by letters that look like them."""
        raw = self.raw[edit.start : edit.end]
        return raw.isdigit() and edit.corrected.isalpha() and is_lookalike(raw, edit.corrected)

    def _is_space_beside_number(self, edit: TextEdit, touched: Sequence[int]) -> bool:
        """Whether the edit inserts a space at the border of a number or code, not inside it nor behind its sign."""
        start, end, corrected, _ = edit
        if start != end or corrected != " ":
            return False
        kinds = {self.units[index].kind for index in touched}
        around = f"{self.raw[max(0, start - 2) : start]} {self.raw[end : end + 2]}"
        if ValueKind.ADDRESS in kinds:
            return False
        if kinds == {ValueKind.PHONE}:  # has no value that a space would change
            return not re.search(r"\d \d", around)
        if kinds == {ValueKind.CODE} and _ENUMERATION.search(self.raw[:start]):
            return True
        return _NUMBER_BORDER.search(around) is not None or parts_values(self.raw, start)

    def _touched(self, edit: TextEdit) -> list[int]:
        """Indexes of the units that an edit touches."""
        index = max(bisect_right(self._ends, edit.start) - 1, 0)
        touched = []
        while index < len(self.units) and self.units[index].start <= edit.end:
            if edit.touches(self.units[index].start, self.units[index].end):
                touched.append(index)
            index += 1
        return touched

    def _assign_to_misread(self, edit: TextEdit, touched: list[int]) -> None:
        unit = self.units[touched[0]]
        inside = len(touched) == 1 and unit.start <= edit.start < edit.end <= unit.end
        if inside and is_lookalike(self.raw[edit.start : edit.end], edit.corrected):
            self._by_unit[touched[0]].append(edit)
        else:
            self._refuse("only_lookalikes", edit)

    def _gap(self, gap: int) -> tuple[int, int]:
        """Start and end of the text before unit ``gap``."""
        start = self.units[gap - 1].end if gap else 0
        return start, self.units[gap].start if gap < len(self.units) else len(self.raw)

    def _gap_violation(self, edit: TextEdit, gap: int) -> str | None:
        start, end = self._gap(gap)
        before = self.raw[edit.start : edit.end]
        if numeric_characters(before) != numeric_characters(edit.corrected):
            return "number_invented"
        is_times = self._image_seen and (before, edit.corrected) == ("×", "x")  # 2 × 4.50, as engines like to read it
        if _signs(before) != _signs(edit.corrected) and not is_times:
            return "sign_changed"
        after_number = gap > 0 and edit.start < start + _marks_length(self.raw[start:end])
        before_number = gap < len(self.units) and edit.end > end - _marks_length(self.raw[start:end][::-1])
        no_letters = 0 < gap < len(self.units) and not any(char.isalpha() for char in self.raw[start:end])
        return "number_spacing" if after_number or before_number or no_letters else None


def _by_words(raw: str, edits: Sequence[TextEdit]) -> Iterator[tuple[int, int, list[TextEdit]]]:
    """Groups edits by the text between blanks that they change: (start, end, its edits)."""
    span: tuple[int, int, list[TextEdit]] | None = None
    for edit in edits:
        start, end = words_around(raw, edit.start, edit.end)
        if span and start <= span[1]:
            span = span[0], max(end, span[1]), [*span[2], edit]
        else:
            if span:
                yield span
            span = start, end, [edit]
    if span:
        yield span


def _doubles_space(raw: str, edit: TextEdit) -> bool:
    neighbours = raw[max(0, edit.start - 1) : edit.start] + raw[edit.end : edit.end + 1]
    return edit.start == edit.end and edit.corrected.isspace() and any(map(str.isspace, neighbours))


def _number_words(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if is_number_word(word)]


def _is_repair(raw: str, unit: Unit, edits: Sequence[TextEdit]) -> bool:
    """Whether the edits turn a misread unit into a word, or something that parses."""
    after = apply(raw, edits, unit.start, unit.end)
    if "word" in unit.misread and is_word(after):
        return True
    if "number" not in unit.misread or any(char.isdigit() for edit in edits for char in raw[edit.start : edit.end]):
        return False
    kind = kind_of_whole(after)
    return kind is ValueKind.AMOUNT or (kind is not None and not any(map(str.isalpha, after)))


def _marks_length(gap: str) -> int:
    """Length of the marks at the beginning of ``gap`` that belong to the number before it, and of one space."""
    for index, char in enumerate(gap):
        if char.isspace():
            return index + 1
        if char.isalpha():
            return index
    return len(gap) + 1  # up to the edge of the line: nothing may be inserted there either


def _signs(text: str) -> Counter[str]:
    """Currency signs, per cent, plus and the like."""
    return Counter(char for char in text if char in _SIGNS or unicodedata.category(char) == "Sc")


def _lone_dashes(text: str) -> int:
    return sum(token in _DASHES for token in text.split())


def breaks_line(text: str) -> bool:
    """Whether ``text`` holds a character that would end a line, or another control character."""
    return any(char in _LINE_ENDS or (char < " " and char != "\t") or char == "\x7f" for char in text)


def exceeded_limit(raw: str, corrected: str, distance: int) -> str | None:
    """The name of the first limit that ``corrected`` exceeds, or None.

    Args:
        raw: the line before.
        corrected: the line after.
        distance: at least the edit distance of the two.
    """
    if not raw.strip():
        return None if corrected == raw else "blank_line"
    if not corrected.strip() or abs(len(corrected) - len(raw)) > max(3, 0.3 * len(raw)):
        return "line_length"
    if distance > max(3, 0.5 * len(raw)):
        return "edit_distance"
    return "repetition" if _adds_repetition(raw, corrected) else None


def numeric_characters(text: str) -> Counter[str]:
    """Digits of any script, fractions, Roman numeral signs: all that Unicode calls numeric."""
    return Counter(char for char in text if char.isnumeric())


def _adds_repetition(raw: str, corrected: str) -> bool:
    if _RUN.search(corrected) and _longest_run(corrected) > max(3, _longest_run(raw)):
        return True
    return _phrase_repeats(corrected.split()) > max(2, _phrase_repeats(raw.split()))


def _longest_run(text: str) -> int:
    """Length of the longest run of one character other than a space."""
    return max((len(list(run)) for char, run in groupby(text) if not char.isspace()), default=0)


def _phrase_repeats(words: list[str]) -> int:
    """How often the most repeated phrase (of up to eight words) occurs in a row."""
    most = 1
    for size in range(1, _MAX_PHRASE + 1):
        run = 0
        for word, earlier in zip(words[size:], words, strict=False):
            run = run + 1 if word == earlier else 0
            most = max(most, run // size + 1)
    return most
