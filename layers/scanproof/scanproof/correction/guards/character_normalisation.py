"""Signs that no printer set: what engines write for others, where it can be nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LIGATURES = {"ﬁ": "fi", "ﬂ": "fl"}  # two letters in one sign, which is of the type, not of the text
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # of East Asian type: ： for :
_PRINTED = {**_LIGATURES, **_WIDE}
_PRINTED_SIGN = re.compile(f"[{''.join(map(re.escape, _PRINTED))}]")
_EAST_ASIAN = frozenset("WF")  # Unicode's widths (UAX 11)
# Where these marks stand, a comma parts thousands and a point cents: of one sign for both, one or the other is misread.
_COMMA_GROUPS = r"(?<![\w.,])(?:US\$|C\$|A\$|[$£]|(?:RM|USD|GBP|CAD|AUD|MYR)\s?)[-−]?"
_ONE_SIGN = re.compile(
    rf"{_COMMA_GROUPS}[1-9]\d{{0,2}}(?P<groups>(?P<sign>[.,])\d{{3}}(?:(?P=sign)\d{{3}})*)(?P<cents>(?P=sign)\d\d)"
    r"(?![\w.,]?\d|\w)",
    re.ASCII,
)

Found = tuple[int, int, str]


def misprinted(text: str) -> Iterator[Found]:
    """(start, end, what to write there) of every such sign, in order of its kind."""
    found = list(_PRINTED_SIGN.finditer(text))
    plain = _LIGATURES if found and _is_east_asian(text) else _PRINTED
    for sign in found:
        if sign[0] in plain:
            yield sign.start(), sign.end(), plain[sign[0]]
    yield from _misread_separators(text)


def _is_east_asian(text: str) -> bool:
    return any(char.isalpha() and unicodedata.east_asian_width(char) in _EAST_ASIAN for char in text)


def _misread_separators(text: str) -> Iterator[Found]:
    """Separators of amounts in which one sign stands for thousands and for cents: $127.700.00, £1,234,56.

    The value is beyond doubt, and with such a currency so is the sign that was meant.
    """
    for found in _ONE_SIGN.finditer(text):
        if found["sign"] == ",":
            yield found.start("cents"), found.start("cents") + 1, "."
        else:
            for place in range(found.start("groups"), found.end("groups"), 4):
                yield place, place + 1, ","
