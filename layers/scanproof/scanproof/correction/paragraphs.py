"""Groups the lines of a page or text into paragraphs: context for a language model. Tables and columns are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanproof.document import Box

_CELLS = re.compile(r"\S(?: {3,}|\t)\S|\|")  # blanks between columns, rules
_MIN_LETTERS = 0.6  # of the characters of running text that are no spaces
_MIN_WORDS = 3  # of a line of running text: less is a label, a heading or a cell
_MIN_LENGTH = 0.6  # of the line that follows: a shorter line ends a paragraph
_MAX_GAP, _MAX_HEIGHT = 1.0, 1.6  # between two lines, in heights of a line; ratio of their heights
_MIN_OVERLAP = 0.5  # of the narrower line, sideways: less are two columns


def paragraphs_of(texts: Sequence[str], boxes: Sequence[Box] | None = None) -> list[list[int]]:
    """The numbers of the lines of each paragraph, in order; every line is in one.

    Args:
        texts: of the lines, in reading order.
        boxes: of the lines, where they are known.
    """
    groups: list[list[int]] = []
    for number, text in enumerate(texts):
        if (
            groups
            and _continues(texts[number - 1], text)
            and (not boxes or _is_below(boxes[number - 1], boxes[number]))
        ):
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _continues(line: str, following: str) -> bool:
    """Whether both lines are running text and the first one does not end a paragraph."""
    is_last = following.lstrip()[:1].islower() and not _CELLS.search(following)  # of a paragraph: perhaps one word
    return _is_prose(line) and (is_last or _is_prose(following)) and len(line) >= _MIN_LENGTH * len(following)


def _is_prose(line: str) -> bool:
    body = line.strip()
    letters, others = sum(map(str.isalpha, body)), len(body) - body.count(" ")
    return len(body.split()) >= _MIN_WORDS and letters >= _MIN_LETTERS * others and not _CELLS.search(body)


def _is_below(box: Box, following: Box) -> bool:
    """Whether the second box is the next line of the first one's column."""
    heights = sorted((box.bottom - box.top, following.bottom - following.top))
    gap = following.top - box.bottom
    overlap = min(box.right, following.right) - max(box.left, following.left)
    narrower = min(box.right - box.left, following.right - following.left)
    is_next = -heights[0] < gap <= _MAX_GAP * heights[1] and following.top > box.top
    return is_next and heights[1] <= _MAX_HEIGHT * heights[0] and overlap >= _MIN_OVERLAP * narrower
