"""Values that stand side by side in a table and were read as one token, where it is beyond doubt where they part.

No digit comes, goes or moves, so that every value stays what it is: 20.09.201815:39 is a date and a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.correction.guards.character_normalisation import Found
from scanproof.correction.guards.digit_confusion import Shares
from scanproof.values.dates import parse_date
from scanproof.values.times import parse_time

# A numeric date, and more figures that may be a time or another date; none of what addresses and versions have.
_DATED = re.compile(
    r"(?<![\w.,/:\-–@])\d{1,4}([/.\-])\d{1,2}\1\d{2,10}(?:[:/.\-]\d{1,4}){1,3}(?:\s?[AaPp]\.?[Mm]\b\.?)?(?![\w/:\-–@])"
)
_SHORTEST_DATE = 6
# The word begins with a capital: 2,5fache is one word.
_NUMBER_AND_WORD = re.compile(r"(?<![\w.,/:\-–])\d{1,4}[.,]\d{1,2}(?P<word>[A-ZÀ-Þ][^\W\d_]{3,})(?![\w.,:/@]\w)")
_KNOWN = 1e-5  # of the words of a language
_MEASURES = re.compile(
    r"[kmgt]?(?:watt|byte|bit|hertz|gram|litr|liter|metr|meter|inch|volt)", re.IGNORECASE
)  # 2.5Litre is written so


def parted(text: str, shares: Shares) -> Iterator[Found]:
    """(place, place, " ") of every blank that was lost between a date and a time or date, or a decimal and a word.

    Args:
        shares: how common a word is (see ``guard_line``).
    """
    for found in _DATED.finditer(text):
        places = [place for place in range(_SHORTEST_DATE, len(found[0])) if _parts(found[0], place)]
        if len(places) == 1:
            place = found.start() + places[0]
            yield place, place, " "
    for found in _NUMBER_AND_WORD.finditer(text):
        if max(shares(found["word"]), default=0.0) >= _KNOWN and not _MEASURES.match(found["word"]):
            place = found.start("word")
            yield place, place, " "


def _parts(token: str, place: int) -> bool:
    date, rest = token[:place], token[place:]
    return parse_date(date) is not None and (parse_date(rest) is not None or parse_time(rest) is not None)
