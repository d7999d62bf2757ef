"""Finds the values of a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from scanproof.values.amounts import amount_pattern, parse_amount
from scanproof.values.check_digits import is_iban
from scanproof.values.codes import is_code
from scanproof.values.dates import date_pattern, parse_date
from scanproof.values.kinds import Value, ValueKind
from scanproof.values.numbers import parse_number
from scanproof.values.patterns import (
    ADDRESS_PATTERN,
    IBAN_PATTERN,
    PERCENTAGE_PATTERN,
    PHONE_PATTERN,
    POSTAL_CODE_PATTERN,
    QUANTITY_PATTERN,
    TAX_ID_PATTERN,
)
from scanproof.values.times import TIME_PATTERN, parse_time

# A token, split at what joins a label and its value (Total:100, (2), No.#12, @4.50, Total...9.99), not at one point,
# commas and slashes.
_PIECE = re.compile(r"(?:[^\s:;()\[\]{}<>\"“”„«»=#*?@.…]|\.(?!\.))+")
_OUTER_PUNCTUATION = ".,!|'’‘`´^~_-–—/\\•·"
_SPACED_NUMBER = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3}){1,4},[0-9]{2}(?![\w.,])")


def _always(_: str) -> bool:
    return True


def _finders() -> tuple[tuple[ValueKind, re.Pattern[str], Callable[[str], object]], ...]:
    """Returns the kinds with their patterns and validators, the most specific form first: it claims its text first."""
    return (
        (ValueKind.ADDRESS, ADDRESS_PATTERN, _always),
        (ValueKind.IBAN, IBAN_PATTERN, is_iban),
        (ValueKind.DATE, date_pattern(), parse_date),
        (ValueKind.TIME, TIME_PATTERN, parse_time),
        (ValueKind.AMOUNT, amount_pattern(), parse_amount),
        (ValueKind.PERCENTAGE, PERCENTAGE_PATTERN, _always),
        (ValueKind.PHONE, PHONE_PATTERN, _always),
        (ValueKind.TAX_ID, TAX_ID_PATTERN, _always),
        (ValueKind.POSTAL_CODE, POSTAL_CODE_PATTERN, _always),
        (ValueKind.QUANTITY, QUANTITY_PATTERN, _always),
        (ValueKind.NUMBER, _SPACED_NUMBER, _always),
    )


def find_values(line: str) -> tuple[Value, ...]:
    """Finds the values of a line in order, none overlapping, in time linear in its length."""
    if not any(char == "." or _is_numeral(char) for char in line):
        return ()  # every value contains a digit, except addresses, which contain a point
    found: list[Value] = []
    taken = bytearray(len(line))
    for kind, pattern, accept in _finders():
        for start, end in _free_matches(pattern, line, taken):
            if accept(line[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(Value(kind, start, end, line[start:end]))
    for start, end in pieces_with_digits(line):
        if not any(taken[start:end]) and (piece_kind := _kind_of(line[start:end])):
            found.append(Value(piece_kind, start, end, line[start:end]))
    return tuple(sorted(found, key=lambda value: value.start))


def _free_matches(pattern: re.Pattern[str], line: str, taken: bytearray) -> Iterator[tuple[int, int]]:
    """Yields the matches that overlap nothing taken; after one that does, continues behind the taken stretch."""
    position = 0
    while match := pattern.search(line, position):
        start, end = match.span()
        blocked = taken.find(1, start, end)
        if blocked < 0:
            yield start, end
            position = max(end, start + 1)
        else:
            position = taken.find(0, blocked)
            if position < 0:
                return


def pieces_with_digits(line: str) -> Iterator[tuple[int, int]]:
    """Yields start and end of each piece that contains a digit, without the punctuation around it."""
    for match in _PIECE.finditer(line):
        text = match[0]
        if any(map(_is_numeral, text)):
            start = match.start() + len(text) - len(text.lstrip(_OUTER_PUNCTUATION))
            end = match.end() - (len(text) - len(text.rstrip(_OUTER_PUNCTUATION)))
            yield start, end


def _is_numeral(char: str) -> bool:
    """Whether ``char`` is a digit of any script, a fraction, a superscript or a Roman numeral sign.

    Han numerals do not count: they are letters too.
    """
    return char.isnumeric() and unicodedata.category(char)[0] == "N"


def _kind_of(piece: str) -> ValueKind | None:
    """Classifies a piece that no line pattern matches: a number, a code, or neither."""
    if parse_number(piece):
        return ValueKind.NUMBER
    return ValueKind.CODE if is_code(piece) else None
