"""Splits a line into units for the guards: exact ones that stay, and misread ones that may be repaired."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanproof.correction.guards.digit_confusion import is_misread_number, is_misread_word
from scanproof.correction.guards.exact_words import exact_words
from scanproof.values.find import find_values, pieces_with_digits
from scanproof.values.kinds import Value, ValueKind

_ONE_LETTER_WORDS = frozenset("aAeEiIoOzZ")  # of the eight languages, as far as a digit looks like them
_LOOSE_KINDS = (
    ValueKind.CODE,
    ValueKind.QUANTITY,
    ValueKind.NUMBER,
)  # recognised by shape alone, which a misread word may share


@dataclass(frozen=True)
class Unit:
    """``raw[start:end]``, which holds a digit, is an address, or is a word with an exact meaning (seven, March).

    Attributes:
        kind: what it parses as; ``code`` for a token with digits that parses as nothing.
        misread: what it may be instead if it was misread: "word", "number" or "letter".
    """

    start: int
    end: int
    kind: ValueKind
    misread: frozenset[str] = frozenset()


def units_of(raw: str) -> list[Unit]:
    """The units of a line, in order, none overlapping."""
    values = find_values(raw)
    garbled = is_garbled_line(raw)
    lone = garbled and not any(_is_figure(value) for value in values)
    units = [Unit(value.start, value.end, value.kind, _misreadings(value, garbled, lone)) for value in values]
    covered = bytearray(len(raw))
    for unit in units:
        covered[unit.start : unit.end] = b"\x01" * (unit.end - unit.start)
    for start, end in pieces_with_digits(raw):
        if not any(covered[start:end]):
            value = Value(ValueKind.CODE, start, end, raw[start:end])
            units.append(Unit(start, end, ValueKind.CODE, _misreadings(value, garbled, lone)))
            covered[start:end] = b"\x01" * (end - start)
    units += [Unit(start, end, kind) for start, end, kind in exact_words(raw) if not any(covered[start:end])]
    return _disjoint(sorted(units, key=lambda unit: unit.start), list(pieces_with_digits(raw)))


def is_garbled_line(raw: str) -> bool:
    """Whether most words of the line have digits for letters; a lone digit may be a letter then."""
    words = [word.strip(".,;:!?()\"'") for word in raw.split() if any(char.isalpha() for char in word)]
    with_digits = [word for word in words if any(map(str.isdigit, word))]  # the others are not misread so
    garbled = sum(is_misread_word(word, leet=True) for word in with_digits)
    surely = sum(is_misread_word(word) for word in with_digits)
    return garbled >= 3 and surely >= 2 and garbled * 2 > len(words)


def is_one_letter_word(text: str) -> bool:
    """Whether ``text`` is a word of one letter: a, I, o …"""
    return text in _ONE_LETTER_WORDS


def _is_figure(value: Value) -> bool:
    """Whether the value shows that its line contains figures, so that a lone digit is probably one of them."""
    return value.kind is not ValueKind.QUANTITY and len(value.text) > 1 and not is_misread_word(value.text, leet=True)


def _misreadings(value: Value, garbled: bool, lone: bool) -> frozenset[str]:
    if value.kind not in _LOOSE_KINDS:
        return frozenset()
    found = set()
    if is_misread_word(value.text, leet=garbled):
        found.add("word")
    if value.kind is ValueKind.CODE and is_misread_number(value.text):
        found.add("number")
    if lone and len(value.text) == 1:
        found.add("letter")
    return frozenset(found)


def _disjoint(units: Iterable[Unit], pieces: list[tuple[int, int]]) -> list[Unit]:
    """Merges units with the pieces that they cover in part, into exact units (a date inside a longer reference)."""
    joined: list[Unit] = []
    index = 0
    for unit in units:
        start, end = unit.start, unit.end
        while index < len(pieces) and pieces[index][1] <= start:
            index += 1
        ahead = index
        while ahead < len(pieces) and pieces[ahead][0] < end:
            start, end = min(start, pieces[ahead][0]), max(end, pieces[ahead][1])
            ahead += 1
        if joined and start < joined[-1].end:
            last = joined.pop()
            start, end, unit = min(start, last.start), max(end, last.end), last
        alone = (start, end) == (unit.start, unit.end)
        joined.append(Unit(start, end, unit.kind, unit.misread if alone else frozenset()))
    return joined
