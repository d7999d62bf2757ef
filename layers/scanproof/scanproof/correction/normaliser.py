"""Deterministic rewrites: changes that need no model, since the text can mean nothing else.

They normalise characters and separators (ﬁ, full-width signs, 20 ºC, $127.700.00), write the digits of a date as digits
(l2/O3/2O24), join an amount or a host that was read as two tokens (€ 1.250, 00), and split a date from the time or
date that was read as one token with it. No digit changes or moves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from scanproof.correction.guards.units import repaired_number
from scanproof.edits import TextEdit, apply
from scanproof.values.currencies import currency_marks
from scanproof.values.dates import parse_date
from scanproof.values.times import parse_time

_LIGATURES = {"ﬁ": "fi", "ﬂ": "fl"}  # two letters in one glyph, which is of the typeface, not of the text
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # of East Asian type: ： for :
_NORMAL_FORMS = {**_LIGATURES, **_FULL_WIDTH}
_NORMALISABLE = re.compile(f"[{''.join(map(re.escape, _NORMAL_FORMS))}]")
_EAST_ASIAN_WIDTHS = frozenset("WF")  # Unicode's widths (UAX 11)
# With these currencies a comma separates thousands and a point cents: where one sign does both, one is misread.
_COMMA_GROUPS = r"(?<![\w.,])(?:US\$|C\$|A\$|[$£]|(?:RM|USD|GBP|CAD|AUD|MYR)\s?)[-−]?"
_ONE_SEPARATOR = re.compile(
    rf"{_COMMA_GROUPS}[1-9]\d{{0,2}}(?P<groups>(?P<sign>[.,])\d{{3}}(?:(?P=sign)\d{{3}})*)(?P<cents>(?P=sign)\d\d)"
    r"(?![\w.,]?\d|\w)",
    re.ASCII,
)
# A space behind a separator of an amount: the currency, and groups or the line's end, say that the digits belong to it.
_CURRENCY = rf"(?:[$€£]|(?<!\w)(?:{'|'.join(map(re.escape, currency_marks()))}))"
_SPACED_AMOUNT = re.compile(
    rf"(?:{_CURRENCY}\s?\d{{1,3}}(?:,(?= \d{{3}}\.)|\.(?= \d{{3}},)|[.,](?= \d\d\s*(?:[|)]|\Z)))"  # € 1, 250.00, 2, 50
    rf"|{_CURRENCY}\s?\d{{1,3}}(?:(?:\.\d{{3}})+,|(?:,\d{{3}})+\.)(?= \d\d)"  # EUR 1.250, 00
    rf"|(?<![\d.,])\d{{1,3}}(?:(?:\.\d{{3}})+,|(?:,\d{{3}})+\.)(?= \d\d\s?(?:{_CURRENCY}|zł)))"  # 1.250, 00 €
    r"(?P<space> )(?:\d{3}[.,])?\d\d(?![\w.,]?\d|\w)",
    re.ASCII,
)
_SPACED_HOST = re.compile(r"\bwww\.(?P<space> )(?=[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,3}\b)")
_DEGREES = re.compile(r"(?<=\d)\s?(?P<sign>º)(?=[CF]\b)")  # ordinals have no such letter

_MISREAD_DATE = re.compile(r"(?<![\w./\-])[0-9OoIli]{1,4}([/.\-])[0-9OoIli]{1,2}\1[0-9OoIl]{1,4}(?![\w/\-]|\.\w)")

# A numeric date, and more digits that may be a time or another date; none of what addresses and versions have.
_DATE_AND_MORE = re.compile(
    r"(?<![\w.,/:\-–@])\d{1,4}([/.\-])\d{1,2}\1\d{2,10}(?:[:/.\-]\d{1,4}){1,3}(?:\s?[AaPp]\.?[Mm]\b\.?)?(?![\w/:\-–@])"
)
_MIN_DATE_LENGTH = 6


def deterministic_rewrites(text: str) -> list[TextEdit]:
    """Every such edit of ``text``, in order; they do not overlap. No guard judges them."""
    return sorted(
        (*normalised_characters(text), *date_digits(text), *joined_values(text), *split_dates(text)),
    )


def normalised(text: str) -> str:
    """The text after its deterministic rewrites."""
    return apply(text, deterministic_rewrites(text))


def normalised_characters(text: str) -> Iterator[TextEdit]:
    """Normalises ligatures, full-width signs (not in East Asian text), and the separators of amounts."""
    found = list(_NORMALISABLE.finditer(text))
    forms = _LIGATURES if found and _is_east_asian(text) else _NORMAL_FORMS
    for sign in found:
        if sign[0] in forms:
            yield TextEdit(sign.start(), sign.end(), forms[sign[0]])
    for degrees in _DEGREES.finditer(text):
        yield TextEdit(degrees.start("sign"), degrees.end("sign"), "°")
    yield from _misread_separators(text)


def _is_east_asian(text: str) -> bool:
    return any(char.isalpha() and unicodedata.east_asian_width(char) in _EAST_ASIAN_WIDTHS for char in text)


def _misread_separators(text: str) -> Iterator[TextEdit]:
    """Corrects amounts in which one sign separates thousands and cents: $127.700.00, £1,234,56.

    The value is certain, and the currency determines which sign was meant.
    """
    for found in _ONE_SEPARATOR.finditer(text):
        if found["sign"] == ",":
            yield TextEdit(found.start("cents"), found.start("cents") + 1, ".")
        else:
            for place in range(found.start("groups"), found.end("groups"), 4):
                yield TextEdit(place, place + 1, ",")


def date_digits(text: str) -> Iterator[TextEdit]:
    """Writes letters of a numeric date as the digits that they look like, if most of its characters are digits."""
    for found in _MISREAD_DATE.finditer(text):
        digits, repaired = sum(map(str.isdigit, found[0])), repaired_number(found[0])
        if repaired is not None and 2 * digits > sum(map(str.isalnum, found[0])) and parse_date(repaired) is not None:
            for place, (read, meant) in enumerate(zip(found[0], repaired, strict=True), found.start()):
                if read != meant:
                    yield TextEdit(place, place + 1, meant)


def joined_values(text: str) -> Iterator[TextEdit]:
    """Removes the space within an amount or a host's name: €159, 537.00 and www. example.com."""
    for pattern in (_SPACED_AMOUNT, _SPACED_HOST):
        for found in pattern.finditer(text):
            yield TextEdit(found.start("space"), found.end("space"), "")


def split_dates(text: str) -> Iterator[TextEdit]:
    """Inserts the lost space between a date and a time or another date (20.09.201815:39)."""
    for found in _DATE_AND_MORE.finditer(text):
        places = [place for place in range(_MIN_DATE_LENGTH, len(found[0])) if _parses_apart(found[0], place)]
        if len(places) == 1:
            place = found.start() + places[0]
            yield TextEdit(place, place, " ")


def _parses_apart(token: str, place: int) -> bool:
    date, rest = token[:place], token[place:]
    return parse_date(date) is not None and (parse_date(rest) is not None or parse_time(rest) is not None)
