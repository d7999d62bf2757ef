"""Lines of a paragraph as running text, so that a language model sees words in context across line ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from scanproof.edits import TextEdit, separate

_HYPHEN = re.compile(r"(?<=[^\W\d_])[-¬]$")


@dataclass(frozen=True)
class Passage:
    """Running text, and where its lines are in it.

    Attributes:
        text: the lines without surrounding space, joined by spaces; a word divided at a line's end is whole.
        lines: the lines as they are.
        starts: the offset in ``text`` of each line's first character that is in it.
        skipped: number of spaces at the beginning of each line, which are not in ``text``.
    """

    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]
    skipped: tuple[int, ...]

    @classmethod
    def of(cls, lines: Sequence[str]) -> Passage:
        """Joins the lines of one paragraph."""
        text, starts, skipped = "", [], []
        for number, line in enumerate(lines):
            body = line.strip()
            starts.append(len(text))
            skipped.append(len(line) - len(line.lstrip()))
            following = lines[number + 1].lstrip() if number + 1 < len(lines) else ""
            if following[:1].islower() and _HYPHEN.search(body):
                text += body[:-1]
            else:
                text += body + " " * bool(following)
        return cls(text, tuple(lines), tuple(starts), tuple(skipped))

    def line_edits(self, edit: TextEdit) -> list[tuple[int, TextEdit]]:
        """The edits of lines that make ``edit`` in the text, each with the number of its line.

        Lines are not joined: halves of a word that become one get the hyphen that its first line should end with, if
        another line of the paragraph ends with one; a text that has none was read or written without them. None of the
        edits where a change concerns a line's end otherwise.
        """
        changes = separate(self.text, edit)
        located = [self._in_line(change) for change in changes if not self._joins_lines(change) or self._has_hyphens()]
        return [] if None in located else [each for each in located if each]

    def _in_line(self, edit: TextEdit) -> tuple[int, TextEdit] | None:
        number = bisect_right(self.starts, edit.start) - 1
        if edit.start == edit.end == self.starts[number] and number and self.text[edit.start - 1] != " ":
            number -= 1  # an insertion into a divided word goes before the hyphen
        line = edit.shifted(self.skipped[number] - self.starts[number])
        removed = self.text[edit.start : edit.end]
        if self._joins_lines(edit):
            return number, line._replace(end=line.start, corrected="-")
        return (number, line) if self.lines[number][line.start : line.end] == removed else None

    def _has_hyphens(self) -> bool:
        """Whether a line ends with a hyphen."""
        return any(_HYPHEN.search(line.rstrip()) for line in self.lines)

    def _joins_lines(self, edit: TextEdit) -> bool:
        """Whether an edit makes one word of the end of a line and the beginning of the next."""
        removes_break = (self.text[edit.start : edit.end], edit.corrected) == (" ", "") and edit.end in self.starts
        before, after = self.text[edit.start - 1 : edit.start], self.text[edit.end : edit.end + 1]
        return removes_break and before.isalpha() and after.islower()
