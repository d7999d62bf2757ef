"""Where in a line values stand."""

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

# A token, cut at what joins a label and its value (Total:100, (2), No.#12). Points, commas and slashes stay inside.
PIECE = re.compile(r"[^\s:;()\[\]{}<>\"“”„«»=#*?]+")
_OUTER = ".,!|'’‘`´^~_-–—/\\•·"
_SPACED_NUMBER = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3}){1,4},[0-9]{2}(?![\w.,])")


def _always(_: str) -> bool:
    return True


def _finders() -> tuple[tuple[ValueKind, re.Pattern[str], Callable[[str], object]], ...]:
    """Kinds in the order in which they claim a stretch of text: the more a form says, the earlier."""
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
    """The values of a line in order, none overlapping. Linear in the length of the line."""
    if not any(char == "." or is_figure(char) for char in line):
        return ()  # every value holds a digit, except addresses, which hold a point
    found: list[Value] = []
    taken = bytearray(len(line))
    for kind, pattern, accept in _finders():
        for start, end in _free_matches(pattern, line, taken):
            if accept(line[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(Value(kind, start, end, line[start:end]))
    for start, end in pieces_with_digits(line):
        if not any(taken[start:end]) and (lone := kind_of(line[start:end])):
            found.append(Value(lone, start, end, line[start:end]))
    return tuple(sorted(found, key=lambda value: value.start))


def _free_matches(pattern: re.Pattern[str], line: str, taken: bytearray) -> Iterator[tuple[int, int]]:
    """Matches that lie clear of what is taken; after one that does not, the search goes on behind the taken stretch."""
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
    """Start and end of each piece that holds a digit, without the punctuation around it."""
    for match in PIECE.finditer(line):
        text = match[0]
        if any(map(is_figure, text)):
            start = match.start() + len(text) - len(text.lstrip(_OUTER))
            end = match.end() - (len(text) - len(text.rstrip(_OUTER)))
            yield start, end


def is_figure(char: str) -> bool:
    """Digits of any script, fractions, superscripts, Roman numeral signs; not Han numerals, which are letters too."""
    return char.isnumeric() and unicodedata.category(char)[0] == "N"


def kind_of(piece: str) -> ValueKind | None:
    """What a piece without spaces parses as, if it is no value that a line pattern finds: a number or a code."""
    if parse_number(piece):
        return ValueKind.NUMBER
    return ValueKind.CODE if is_code(piece) else None
