"""The columns of a table that blank separates, and how the texts of a row fit into them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.words import Chunk, Piece, Row, Upright

Fit = list[tuple[Chunk, list[int]]]  # chunks of a row, each with the columns that it overlaps
Placed = tuple[Chunk, int, int]  # a chunk with the first and the last column of its cell


@dataclass
class Column:
    """A column with the texts in it.

    ``is_close`` to the one before: the blank between is no wider than between words.
    """

    left: float
    right: float
    chunks: list[Chunk] = field(default_factory=list)
    is_close: bool = False
    values: int = 0

    @classmethod
    def of(cls, chunks: Sequence[Chunk], is_close: bool = False) -> Column:
        """Creates the column around ``chunks``."""
        left, right = min(chunk.left for chunk in chunks), max(chunk.right for chunk in chunks)
        return cls(left, right, list(chunks), is_close, sum(chunk.is_value for chunk in chunks))

    def add(self, chunk: Chunk) -> None:
        """Adds a text, and widens the column to it."""
        self.left, self.right = min(self.left, chunk.left), max(self.right, chunk.right)
        self.chunks.append(chunk)
        self.values += chunk.is_value

    def absorb(self, other: Column) -> None:
        """Adds the texts of another column."""
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.chunks += other.chunks
        self.values += other.values

    @property
    def has_values(self) -> bool:
        """Whether most of its texts are values."""
        return self.values > len(self.chunks) / 2


class Columns(Sequence[Column]):
    """Columns from left to right that do not overlap."""

    def __init__(self, columns: Sequence[Column], page: Upright) -> None:
        self._columns = list(columns)
        self._page = page
        self._fits: dict[int, Fit] = {}

    @classmethod
    def from_row(cls, row: Row, page: Upright) -> Columns:
        """Takes the chunks of a row as columns."""
        return cls([Column.of([chunk]) for chunk in row.chunks], page)

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, index: int) -> Column:  # type: ignore[override]  # no slices are taken
        return self._columns[index]

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)

    @property
    def edges(self) -> list[float]:
        """The edges between the columns, in the middle of their blank, and those of the outermost ones."""
        inner = [(before.right + after.left) / 2 for before, after in pairwise(self._columns)]
        return [self._columns[0].left, *inner, self._columns[-1].right]

    def fit(self, row: Row) -> Fit:
        """Returns the chunks of a row with the columns that each one overlaps; splits those that allow it."""
        if id(row) not in self._fits:
            found: Fit = []
            for chunk in row.chunks:
                touched = self._touched(chunk)
                found += (self._parts(chunk) if len(touched) > 1 else None) or [(chunk, touched)]
            self._fits[id(row)] = found
        return self._fits[id(row)]

    def placed(self, row: Row) -> list[Placed]:
        """Returns the chunks of a row with the first and last column of each one's cell."""
        return [
            (chunk, touched[0], touched[-1]) if touched else (chunk, *(self._nearest(chunk),) * 2)
            for chunk, touched in self.fit(row)
        ]

    def texts(self, row: Row) -> dict[int, str]:
        """Returns the texts of a row by column; a text that spans columns is in each of them."""
        texts: dict[int, str] = {}
        for chunk, touched in self.fit(row):
            for index in touched:
                texts[index] = f"{texts.get(index, '')} {chunk.text}".strip()
        return texts

    def names(self, row: Row) -> int:
        """Counts the columns that have a text of their own in a row."""
        return len({touched[0] for _, touched in self.fit(row) if len(touched) == 1})

    def is_snug(self, row: Row) -> bool:
        """Whether each text of a row fits into one column, nearly without widening it."""
        most = self._page.height
        return all(
            len(touched) == 1
            and self._columns[touched[0]].left - chunk.left <= most
            and chunk.right - self._columns[touched[0]].right <= most
            for chunk, touched in self.fit(row)
        )

    def add(self, row: Row) -> None:
        """Widens the columns to the texts of a row; texts beside all of them make new ones."""
        fit, self._fits = self.fit(row), {}
        for chunk, touched in fit:
            if not touched:
                self._columns.append(Column.of([chunk]))
            elif len(touched) == 1:  # else two texts that recognition has joined
                self._columns[touched[0]].add(chunk)
        self._columns.sort(key=lambda column: column.left)
        slack = config.OVERLAP * self._page.height
        for index in range(len(self._columns) - 1, 0, -1):  # two that a row has grown together
            if self._columns[index].left < self._columns[index - 1].right - slack:
                self._columns[index - 1].absorb(self._columns.pop(index))

    def refined(self) -> Columns:
        """Splits dense columns, and leaves out those of a single text where others have many: labels that stand out."""
        parts = [part for column in self._columns for part in _split(column, self._page)]
        most = max(len(column.chunks) for column in parts)
        kept: list[Column] = []
        for column in parts:
            if len(column.chunks) >= min(2, most / 4):
                kept.append(column)
            elif kept:
                kept[-1].right = max(kept[-1].right, column.right)
        return Columns(kept, self._page)

    def _touched(self, chunk: Chunk) -> list[int]:
        slack = min(config.OVERLAP * self._page.height, (chunk.right - chunk.left) / 2)
        touched: list[int] = []
        index = bisect_right(self._columns, chunk.right, key=lambda column: column.left) - 1
        while index >= 0 and self._columns[index].right > chunk.left:
            column = self._columns[index]
            if min(chunk.right, column.right) - max(chunk.left, column.left) > slack:
                touched.append(index)
            index -= 1
        return touched[::-1]

    def _parts(self, chunk: Chunk) -> Fit | None:
        """Splits a chunk between columns at wide blanks; None where a column's edge is inside its text."""
        parts: list[list[Piece]] = [[chunk.words[0]]]
        for before, word in pairwise(chunk.words):
            if word.left - before.right >= self._page.column_gap or self._are_apart(before, word):
                parts.append([word])
            else:
                parts[-1].append(word)
        fitted = [(part, self._touched(part)) for part in (Chunk(tuple(words)) for words in parts)]
        if len(fitted) < 2 or any(len(touched) > 1 for _, touched in fitted):
            return None
        joined: Fit = []
        for part, touched in fitted:
            if joined and joined[-1][1] == touched:
                joined[-1] = (Chunk((*joined[-1][0].words, *part.words)), touched)
            else:
                joined.append((part, touched))
        return joined

    def _are_apart(self, before: Piece, word: Piece) -> bool:
        """Whether two words belong to columns that are close to each other."""
        slack = (word.left - before.right) / 2
        return any(
            column.is_close and before.x < column.left <= min(word.x, word.left + slack) for column in self._columns
        )

    def _nearest(self, chunk: Chunk) -> int:
        return min(
            range(len(self._columns)),
            key=lambda index: max(self._columns[index].left - chunk.right, chunk.left - self._columns[index].right),
        )


def _split(column: Column, page: Upright) -> list[Column]:
    """Splits a column at a blank that all of its chunks leave free, wider than between words: dense columns."""
    edges = sorted(
        edge for chunk in column.chunks for word in chunk.words for edge in ((word.left, 1), (word.right, -1))
    )
    depth, cuts = 0, []
    for (x, step), (following, _) in pairwise(edges):
        depth += step
        if depth == 0 and following - x >= config.MIN_CUT * page.height:
            cuts.append((x + following) / 2)
    cuts = [x for x in cuts if _is_cut(column.chunks, x, page)]
    if not cuts:
        return [column]
    parts: list[list[Chunk]] = [[] for _ in range(len(cuts) + 1)]
    for chunk in column.chunks:
        sides: dict[int, list[Piece]] = {}
        for word in chunk.words:
            sides.setdefault(bisect_right(cuts, word.x), []).append(word)
        for index, words in sides.items():
            parts[index].append(Chunk(tuple(words)))
    found = [part for part in parts if part]
    return [Column.of(part, is_close=index > 0) for index, part in enumerate(found)]


def _is_cut(chunks: Sequence[Chunk], x: float, page: Upright) -> bool:
    """Whether a blank separates columns: most texts go on behind it, after a wide blank or after numbers that count."""
    gaps: list[float] = []
    left: list[str] = []
    for chunk in chunks:
        for before, after in pairwise(chunk.words):
            if before.right <= x <= after.left:
                gaps.append(after.left - before.right)
                left.append(" ".join(word.text for word in chunk.words if word.right <= x))
    if len(gaps) < max(config.MIN_ROWS, len(chunks) / 2):
        return False
    return median(gaps) >= page.column_gap or _counts_up(left)


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether most texts are whole numbers, each one more than that before it: positions of an invoice."""
    numbers = [int(text) if re.fullmatch("[0-9]{1,4}", text) else -1 for text in (text.strip(" .") for text in texts)]
    steps = sum(after == before + 1 for before, after in pairwise(numbers) if before >= 0)
    return steps >= config.MIN_VALUE_SHARE * max(len(texts) - 1, 1)
