"""The columns of a table that blank separates, and how the texts of a row fit into them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from scanproof.tables import config
from scanproof.tables.words import Chunk, Piece, Row, Upright, is_value

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

    @classmethod
    def between(cls, edges: Sequence[float], page: Upright) -> Columns:
        """Takes what lies between neighbouring edges as columns."""
        return cls([Column(left, right) for left, right in pairwise(edges)], page)

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
                found += (self._split(chunk, touched) if len(touched) > 1 else None) or [(chunk, touched)]
            self._fits[id(row)] = found
        return self._fits[id(row)]

    def placed(self, row: Row) -> list[Placed]:
        """Returns the chunks of a row with the first and last column of each one's cell."""
        found: list[Placed] = []
        for chunk, touched in self.fit(row):
            first, last = (touched[0], touched[-1]) if touched else (self._nearest(chunk),) * 2
            # Of two texts in a column the one has it that is more in it.
            if found and touched and found[-1][2] >= first:
                before, start, end = found[-1]
                if end > start and self._shared(before, first) <= self._shared(chunk, first):
                    found[-1] = (before, start, max(start, first - 1))
                elif last > first:
                    first = min(end + 1, last)
            found.append((chunk, first, last))
        return found

    def texts(self, row: Row) -> dict[int, str]:
        """Returns the texts of a row by column; a text that spans columns is in each of them."""
        texts: dict[int, str] = {}
        for chunk, touched in self.fit(row):
            for index in touched:
                texts[index] = f"{texts.get(index, '')} {chunk.text}".strip()
        return texts

    def begun(self, row: Row) -> list[tuple[Chunk, int]]:
        """Returns the chunks of a row with the column that each begins in; those aligned with it are not split."""
        aligned = {
            id(chunk): touched[0]
            for chunk in row.chunks
            if (touched := self._touched(chunk)) and self._is_left(chunk, touched[0])
        }
        words = {id(word) for chunk in row.chunks if id(chunk) in aligned for word in chunk.words}
        return [
            *((chunk, aligned[id(chunk)]) for chunk in row.chunks if id(chunk) in aligned),
            *((chunk, left) for chunk, left, _ in self.placed(row) if id(chunk.words[0]) not in words),
        ]

    def first_texts(self, row: Row) -> dict[int, str]:
        """Returns the texts of a row by the column that they begin in."""
        texts: dict[int, str] = {}
        for chunk, first, _ in self.placed(row):
            texts[first] = f"{texts.get(first, '')} {chunk.text}".strip()
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

    def _shared(self, chunk: Chunk, index: int) -> float:
        column = self._columns[index]
        return min(chunk.right, column.right) - max(chunk.left, column.left)

    def _is_aligned(self, word: Piece, index: int) -> bool:
        column, slack = self._columns[index], config.ALIGNED * self._page.height
        return (
            min(
                abs(word.left - column.left),
                abs(word.right - column.right),
                abs(word.left + word.right - column.left - column.right) / 2,
            )
            <= slack
        )

    def _split(self, chunk: Chunk, touched: Sequence[int]) -> Fit | None:
        return self._parts(chunk) or self._named(chunk, touched) or self._after_number(chunk, touched)

    def _after_number(self, chunk: Chunk, touched: Sequence[int]) -> Fit | None:
        """Splits a number from the text of the next column that is close to it, as in columns of positions."""
        first, *rest = chunk.words
        slack = config.ALIGNED * self._page.height
        if len(touched) > 2 or not rest or not is_value(first.text) or not self._columns[touched[0]].has_values:
            return None
        if first.right > self._columns[touched[0]].right + slack or not self._is_left(rest[0], touched[1]):
            return None
        return [(Chunk((first,)), [touched[0]]), (Chunk(tuple(rest)), [touched[1]])]

    def _is_left(self, word: Piece | Chunk, index: int) -> bool:
        return abs(word.left - self._columns[index].left) <= config.ALIGNED * self._page.height

    def _named(self, chunk: Chunk, touched: Sequence[int]) -> Fit | None:
        """Splits names of columns that are close to each other: each word is aligned with a column of its own."""
        if len(chunk.words) != len(touched) or any(char.isdigit() for char in chunk.text):
            return None
        pairs = list(zip(chunk.words, touched, strict=True))
        if not all(self._is_aligned(word, index) for word, index in pairs):
            return None
        return [(Chunk((word,)), [index]) for word, index in pairs]

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
    """Splits a column at a blank that all of its chunks leave free, wider than between words: dense columns.

    Where the texts before it count up, one word in ten may cross it: recognition joins texts that are close.
    """
    cuts = [x for x in _blanks(column, page, 0) if _is_cut(column.chunks, x, page)]
    crossing = round(config.MAX_CROSSING * len(column.chunks))
    if not cuts and crossing:
        cuts = [x for x in _blanks(column, page, crossing) if _counts_up(_texts_before(column.chunks, x))][:1]
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


def _blanks(column: Column, page: Upright, crossing: int) -> list[float]:
    """Returns the middles of blanks that no more than ``crossing`` words of a column cross."""
    edges = sorted(
        edge for chunk in column.chunks for word in chunk.words for edge in ((word.left, 1), (word.right, -1))
    )
    depth, start = 0, None
    found: list[float] = []
    for x, step in edges:
        depth += step
        if depth > crossing:
            if start is not None and x - start >= config.MIN_CUT * page.height:
                found.append((start + x) / 2)
            start = None
        elif start is None and step < 0:
            start = x
    return found


def _texts_before(chunks: Sequence[Chunk], x: float) -> list[str]:
    """Returns what stands before ``x`` in each chunk that begins there."""
    before = [[word.text for word in chunk.words if word.right <= x] for chunk in chunks]
    return [" ".join(words) for words in before if words]


def _is_cut(chunks: Sequence[Chunk], x: float, page: Upright) -> bool:
    """Whether a blank separates columns: most texts go on behind it, after a wide blank or after numbers that count."""
    gaps = [b.left - a.right for chunk in chunks for a, b in pairwise(chunk.words) if a.right <= x <= b.left]
    if len(gaps) < config.MIN_ROWS:
        return False
    if len(gaps) >= len(chunks) / 2 and median(gaps) >= page.column_gap:
        return True
    left = _texts_before(chunks, x)
    return len(left) >= len(chunks) / 2 and _counts_up(left)


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether most texts are whole numbers, each one more than that before it or few more: positions of an invoice."""
    numbers = [int(text) if re.fullmatch("[0-9]{1,4}", text) else -1 for text in (text.strip(" .") for text in texts)]
    if len(texts) < config.MIN_ROWS:
        return False
    steps = sum(0 <= before < after <= before + config.MAX_COUNT_STEP for before, after in pairwise(numbers))
    return steps >= config.MIN_VALUE_SHARE * max(len(texts) - 1, 1)
