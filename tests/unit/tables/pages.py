"""Pages with tables, set with a typewriter: each character is 10 pixels wide, each line 20 high."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanproof.document import Box, Line, Page, PageSource, Ruling, Word

CHARACTER, LINE = 10.0, 30.0
TEXT_HEIGHT = 20.0


def page(text: str, number: int = 1, rulings: Sequence[Ruling] = ()) -> Page:
    """Builds a page from lines of text, whose blanks are kept."""
    lines = [_line(line, index) for index, line in enumerate(text.split("\n")) if line.strip()]
    width = max(len(line) for line in text.split("\n"))
    return Page(
        number=number,
        width=int((width + 2) * CHARACTER),
        height=int((len(text.split("\n")) + 2) * LINE),
        dpi=150,
        source=PageSource.OCR,
        lines=tuple(lines),
        rulings=tuple(rulings),
    )


def _line(text: str, index: int) -> Line:
    words: list[Word] = []
    raw = ""
    for match in re.finditer(r"\S+", text):
        raw = f"{raw} {match[0]}" if raw else match[0]
        top = index * LINE
        box = Box(left=match.start() * CHARACTER, top=top, right=match.end() * CHARACTER - 3, bottom=top + TEXT_HEIGHT)
        words.append(Word(start=len(raw) - len(match[0]), end=len(raw), box=box))
    return Line(raw=raw, text=raw, box=Box.around([word.box for word in words]), words=tuple(words))


def across(line: float, start: float, end: float) -> Ruling:
    """A horizontal ruled line above the text of a line, from one column of characters to another."""
    y = round(line * LINE - 5)
    return (round(start * CHARACTER), y, round(end * CHARACTER), y)


def down(column: float, first: float, last: float) -> Ruling:
    """A vertical ruled line from above one line of text to above another."""
    x = round(column * CHARACTER)
    return (x, round(first * LINE - 5), x, round(last * LINE - 5))


GROUPED = """
              Sales in units
City        North    South   West
Berlin         12       14     15
Lyon           22       24     25
Porto          32       34     35
Leeds          42       44     45"""

INVOICE = """
Dear customer, this is what you have ordered from our shop.

Pos   Description            Qty      Price     Amount
1     Steel bolt               4       2.50      10.00
2     Paint brush, soft,       2       7.25      14.50
      for walls
3     Office chair                    80.00      80.00

Please pay within thirty days, and thank you for ordering."""
"""
An unruled table: the description of its second row has two lines, the quantity of the third is missing.
"""
