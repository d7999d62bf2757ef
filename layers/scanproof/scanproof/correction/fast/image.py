"""Tells what the image says about a line: other readings of its words, and how much more probable a change makes them.

The evidence is the recogniser's lattice. A change is scored by the CTC forward algorithm (Graves et al. 2006) over the
time steps of the words that it concerns, so replaced, lost and added characters and spaces are scored alike.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from heapq import heappop, heappush
from itertools import accumulate, pairwise
from typing import NamedTuple

from scanproof.correction.fast import config
from scanproof.document import Page
from scanproof.edits import TextEdit, apply, words_around
from scanproof.lattice.forward import SegmentPosterior
from scanproof.lattice.model import BLANK, LEVELS_PER_NEPER, RESTORED, PageLattice, SegmentLattice

_WORD = re.compile(r"\S+")
_MIN_CHANGED = math.log(config.MIN_CHANGED)
_MIN_INSERTED = math.log(config.MIN_INSERTED)
_MIN_SPACE = math.log(config.MIN_SPACE)


def line_images(page: Page, lattice: PageLattice) -> list[LineImage]:
    """The images of the lines of ``page``, whose lattice is given."""
    segments = [segment for of_line in lattice.lines for segment in of_line]
    decoded = [share for segment in segments for share in segment.probabilities() if share is not None]
    doubt = 1 - sum(decoded) / max(1, len(decoded))
    return [
        LineImage(line.raw, lattice.alphabet, of_line, doubt)
        for line, of_line in zip(page.lines, lattice.lines, strict=True)
    ]


class Reading(NamedTuple):
    """Replaces words by others that the lattice holds.

    ``log`` is the natural logarithm of the product of the probabilities of its changes, a bound of how probable it is.
    """

    edit: TextEdit
    log: float


@dataclass(frozen=True)
class LineImage:
    """The lattice of one line.

    Attributes:
        text: the line that the lattice belongs to.
        alphabet: of the page's lattice; the first is the blank.
        segments: of the line.
        page_doubt: the mean of what the recogniser left of the probability of each character of the page. Where print
            is sharp, another reading has little probability even if it is right.
    """

    text: str
    alphabet: tuple[str, ...]
    segments: tuple[SegmentLattice, ...]
    page_doubt: float = 0.0

    def after(self, edits: Sequence[TextEdit]) -> LineImage:
        """The same image under the text that ``edits`` make; a character that replaces another has its time steps."""
        if not edits:
            return self
        text = apply(self.text, edits)
        offsets: list[int | None] = []  # of each character of the new text in the old one
        position = 0
        for edit in edits:
            offsets += range(position, edit.start)
            replaced = [*range(edit.start, edit.end)][: len(edit.corrected)]
            offsets += [*replaced, *[None] * (len(edit.corrected) - len(replaced))]
            position = edit.end
        offsets += range(position, len(self.text))
        return replace(self, text=text, segments=tuple(_moved(segment, offsets) for segment in self.segments))

    def readings(self) -> list[Reading]:
        """Other readings of the words, and of two words of whose space the recogniser was not certain."""
        return [reading for segment in self._segments for reading in segment.readings()]

    def log_ratios(self, edits: Sequence[TextEdit]) -> list[float | None]:
        """By how much more probable each edit makes the words that it changes.

        Returns:
            Natural logarithms; None where the lattice does not tell: across segments and restored spaces.
        """
        around, segment_of = cache(partial(words_around, self.text)), cache(self._segment_of)  # words have many edits
        changes = [(*around(edit.start, edit.end), edit) for edit in edits]
        texts = [(start, end, apply(self.text, [edit], start, end)) for start, end, edit in changes]
        missing: dict[_SegmentImage | None, list[tuple[int, int, str]]] = defaultdict(list)
        for start, end, text in dict.fromkeys(texts):
            if (start, end, text) not in self._ratios:
                missing[segment_of(start, end) if end > start else None].append((start, end, text))
        for segment, others in missing.items():
            if segment is None:
                self._ratios.update(dict.fromkeys(others, None))
                continue
            raws = dict.fromkeys((start, end, self.text[start:end]) for start, end, _ in others)
            logs = dict(zip([*raws, *others], segment.log_probabilities([*raws, *others]), strict=True))
            self._ratios.update(
                ((start, end, text), logs[start, end, text] - logs[start, end, self.text[start:end]])
                for start, end, text in others
            )
        return [self._ratios[text] for text in texts]

    @cached_property
    def _ratios(self) -> dict[tuple[int, int, str], float | None]:
        """Those computed so far, by span and text of the words: a reading is a candidate later."""
        return {}

    def _segment_of(self, start: int, end: int) -> _SegmentImage | None:
        return next((segment for segment in self._segments if segment.covers(start, end)), None)

    @cached_property
    def _segments(self) -> list[_SegmentImage]:
        lattice = PageLattice(self.alphabet, ())
        return [_SegmentImage(self.text, lattice, segment) for segment in self.segments]


def _moved(segment: SegmentLattice, offsets: Sequence[int | None]) -> SegmentLattice:
    """The segment with a position for each character of another text, whose offsets in the first text are given."""
    own = [place for place, old in enumerate(offsets) if old is not None and segment.start <= old < segment.end]
    if not own:
        return replace(segment, start=0, positions=())
    places = range(own[0], own[-1] + 1)
    olds = [offsets[place] for place in places]
    positions = tuple(RESTORED if old is None else segment.positions[old - segment.start] for old in olds)
    return replace(segment, start=own[0], positions=positions)


class _Change(NamedTuple):
    """Replaces (``removes``) or precedes the decoded character at ``place`` by ``text``."""

    log: float  # natural logarithm of its probability
    place: int
    removes: bool
    text: str


def _combined(changes: Sequence[_Change]) -> Iterator[tuple[float, tuple[_Change, ...]]]:
    """Combinations of ``changes`` that are probable enough, the most probable first, with the sum of their logarithms.

    Args:
        changes: the most probable first.
    """
    # A combination is followed by those with one more change, and by those with the next one instead of its last.
    left: list[tuple[float, tuple[int, ...], float]] = []  # negative sum, indices, sum of all but the last
    if changes:
        left.append((-changes[0].log, (0,), 0.0))
    while left:
        negative, indices, before = heappop(left)
        if -negative < config.MIN_PRODUCT:
            return
        yield -negative, tuple(changes[index] for index in indices)
        following = indices[-1] + 1
        if following < len(changes):
            log = changes[following].log
            heappush(left, (-(before + log), (*indices[:-1], following), before))
            if len(indices) < config.MAX_CHANGES:
                heappush(left, (negative - log, (*indices, following), -negative))


class _SegmentImage:
    """The posterior of one segment, and the run of time steps that shows each decoded character."""

    def __init__(self, text: str, lattice: PageLattice, segment: SegmentLattice) -> None:
        self._lattice, self._segment = lattice, segment
        decoded = [(segment.start + place, step) for place, step in enumerate(segment.positions) if step != RESTORED]
        self._characters = "".join(text[place] for place, _ in decoded)
        self._index = {place: index for index, (place, _) in enumerate(decoded)}
        self._first = [step for _, step in decoded]
        self._last = [segment.run_end(step) for step in self._first]  # exclusive
        self._text = text

    def covers(self, start: int, end: int) -> bool:
        """Whether every character of ``[start, end)`` was decoded in this segment."""
        return all(map(self._index.__contains__, range(start, end)))

    def log_probabilities(self, readings: Sequence[tuple[int, int, str]]) -> list[float]:
        """Natural logarithm of the probability of each string on the time steps of ``[start, end)``."""
        windows = [
            (string, self._end_before(self._index[start]), self._start_behind(self._index[end - 1] + 1))
            for start, end, string in readings
        ]
        return [float(log) for log in self._posterior.log_probabilities_of(windows)]

    def readings(self) -> Iterator[Reading]:
        """Replaces words by what else the lattice holds for them, the most probable first."""
        for start, end in self._units():
            raw, least = self._text[start:end], 0.0
            first, last = self._index[start], self._index[end - 1] + 1
            if self._is_certain(self._first[first] - 1, self._last[last - 1] + 1):
                continue
            changes = sorted(self._changes(first, last), reverse=True)[: config.MAX_OPTIONS]
            found: dict[str, float] = {}
            for log, chosen in _combined(changes):
                if len(found) >= config.MAX_READINGS and log < least:
                    break
                reading = self._applied(first, last, chosen)
                if reading is not None and reading != raw and reading not in found:
                    found[reading] = least = log
            for reading in sorted(found, key=lambda reading: (-found[reading], reading))[: config.MAX_READINGS]:
                if reading and " ".join(reading.split()) == reading:
                    yield Reading(TextEdit(start, end, reading), found[reading])

    def _units(self) -> Iterator[tuple[int, int]]:
        """The words of the segment, and pairs of words with an uncertain space."""
        first, last = self._segment.start, self._segment.end
        words = [token.span() for token in _WORD.finditer(self._text, first, last) if self.covers(*token.span())]
        yield from words
        for (start, middle), (following, end) in pairwise(words):
            joined = following == middle + 1 and self.covers(start, end)
            if joined and self._probability(self._index[middle]) < config.UNCERTAIN_SPACE:
                yield start, end

    def _changes(self, first: int, last: int) -> Iterator[_Change]:
        """Changes of single characters of ``[first, last)`` that the lattice supports."""
        for index in range(first, last):
            start = self._first[index - 1] if index > first else self._first[index] - 1
            if self._is_certain(start, self._last[index] + 1):
                continue
            yield from self._replacements(index)
            if index > first:
                yield from self._insertions(index)

    def _is_certain(self, start: int, end: int) -> bool:
        """Whether nothing but the decoded character is probable enough at any time step of ``[start, end)``."""
        return self._uncertain[max(0, start)] == self._uncertain[min(end, self._segment.step_count)]

    @cached_property
    def _uncertain(self) -> list[int]:
        """[steps + 1]: how many time steps before each leave enough probability for another character."""
        least = math.log1p(-config.MIN_CHANGED)
        return [0, *accumulate(log < least for log in self._highest)]

    def _replacements(self, index: int) -> Iterator[_Change]:
        """Another character instead of this one, none, or this one twice."""
        start, end, here = self._first[index], self._last[index], self._characters[index]
        reach = max(start - 1, self._end_before(index)), min(end + 1, self._start_behind(index + 1))
        for character, log in self._best_of(*reach, _MIN_CHANGED):
            if character not in (here, " "):
                yield _Change(log, index, True, character)
        others = (BLANK, *self._characters[max(0, index - 1) : index], *self._characters[index + 1 : index + 2])
        run = [*map(self._step, range(start, end))]
        absent = min(max(step.get(character, -math.inf) for character in others) for step in run)
        if absent > _MIN_CHANGED:
            yield _Change(absent, index, True, "")
        if end - start > 1 and here != " ":  # a blank within the run would part it in two
            parted = max(step.get(BLANK, -math.inf) for step in run[1:])
            if parted > _MIN_CHANGED:
                yield _Change(parted, index, False, here)

    def _insertions(self, index: int) -> Iterator[_Change]:
        """A character or a space between this character and the one before."""
        for character, log in self._best_of(self._last[index - 1], self._first[index], _MIN_INSERTED):
            if character != " ":
                yield _Change(log, index, False, character)
        if " " not in self._characters[index - 1 : index + 1]:
            between = map(self._step, range(self._first[index - 1], self._last[index]))
            space = max(step.get(" ", -math.inf) for step in between)
            if space > _MIN_SPACE:
                yield _Change(space, index, False, " ")

    def _best_of(self, start: int, end: int, least: float) -> Iterator[tuple[str, float]]:
        """The characters with a probability above ``least`` at one of these time steps, the blank not among them."""
        best: dict[str, float] = {}
        for step in map(self._step, range(start, end)):
            for character, log in step.items():
                if log > best.get(character, least) and len(character) == 1:
                    best[character] = log
        yield from best.items()

    def _applied(self, first: int, last: int, changes: Sequence[_Change]) -> str | None:
        """The text of ``[first, last)`` after ``changes``; None if two of them exclude each other."""
        characters = [*self._characters[first:last]]
        inserted: dict[int, str] = {}
        replaced: set[int] = set()
        for change in changes:
            taken = replaced if change.removes else inserted
            if change.place in taken:
                return None
            if change.removes:
                replaced.add(change.place)
                characters[change.place - first] = change.text
            else:
                inserted[change.place] = change.text
        for place in inserted:
            characters[place - first] = inserted[place] + characters[place - first]
        return "".join(characters)

    def _end_before(self, index: int) -> int:
        """The time step behind the run of the character before ``index``."""
        return self._last[index - 1] if index else 0

    def _start_behind(self, index: int) -> int:
        """The time step of the character at ``index``, or the end of the segment."""
        return self._first[index] if index < len(self._first) else self._segment.step_count

    @cached_property
    def _posterior(self) -> SegmentPosterior:
        return SegmentPosterior(self._lattice, self._segment)

    @cached_property
    def _step(self) -> Callable[[int], Mapping[str, float]]:
        """The natural logarithm of the probability of each character that was kept at a time step; few are needed."""
        alphabet, characters, levels = self._lattice.alphabet, self._segment.characters, self._segment.levels
        offsets = self._offsets

        @cache
        def find(step: int) -> Mapping[str, float]:
            entries = range(offsets[step], offsets[step + 1])
            return {alphabet[characters[entry]]: levels[entry] / -LEVELS_PER_NEPER for entry in entries}

        return find

    @cached_property
    def _highest(self) -> list[float]:
        """[steps]: the highest of these logarithms, which is the first."""
        return [self._segment.levels[offset] / -LEVELS_PER_NEPER for offset in self._offsets[:-1]]

    @cached_property
    def _offsets(self) -> list[int]:
        """[steps + 1]: where the characters of each time step begin."""
        return [0, *accumulate(self._segment.counts)]

    def _probability(self, index: int) -> float:
        """The probability of a decoded character at its surest step."""
        return math.exp(max(self._highest[self._first[index] : self._last[index]]))
