"""Lists what the recogniser considered instead of the characters that it chose: ``alternatives.json``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from scanproof.document import Line, Model, Page, Probability
from scanproof.lattice.model import BLANK, RESTORED, PageLattice, SegmentLattice

SCHEMA_VERSION = "1.0"
# Of 57 misread digits the true one had less than 0.01 in a few, whereas nearly every character has alternatives below.
MIN_PROBABILITY = 0.01
MAX_ALTERNATIVES = 5  # of 76 substitutions the true character was the second best in 51, among the first five in 65

_NO_ALTERNATIVES = "The text has no alternatives: it is a text layer, or the OCR engine states none."

_Index = Annotated[int, Field(ge=0)]


class Alternative(Model):
    """A character that the recogniser considered; a space stands for the end of a word."""

    character: str
    probability: Annotated[Probability, Field(description="Its highest probability while the chosen one was read.")]


class CharacterAlternatives(Model):
    """A character and its alternatives, the likeliest first."""

    index: Annotated[_Index, Field(description="Of the character in the raw line.")]
    raw: str
    probability: Annotated[Probability, Field(description="Its highest probability while it was read.")]
    alternatives: Annotated[tuple[Alternative, ...], Field(min_length=1)]


class WordAlternatives(Model):
    """A word, ``pages[page - 1].lines[line].raw[start:end]`` of the document, with alternatives of its characters."""

    line: Annotated[_Index, Field(description="Index of the line in the page's ``lines``, from 0.")]
    start: _Index
    end: _Index
    raw: str
    characters: Annotated[tuple[CharacterAlternatives, ...], Field(min_length=1)]


class PageAlternatives(Model):
    """The words of a page whose characters have alternatives; ``note`` says why there is none on the whole page."""

    number: PositiveInt
    words: tuple[WordAlternatives, ...] = ()
    note: str | None = None


class Alternatives(Model):
    """The alternatives of a document. Within major version 1 a minor version only adds fields that have defaults."""

    schema_version: str = SCHEMA_VERSION
    id: Annotated[str, Field(description="Of the document.")]
    pages: tuple[PageAlternatives, ...] = ()


def page_alternatives(page: Page, lattice: PageLattice | None, reason: str | None = None) -> PageAlternatives:
    """Lists the alternatives of a page's words.

    Args:
        page: corrected or not; the alternatives are those of its raw text.
        lattice: of this page; None where there is none.
        reason: why there is no lattice; default: the engine provides none.
    """
    if lattice is None:
        return PageAlternatives(number=page.number, note=(reason or _NO_ALTERNATIVES) if page.lines else None)
    words = []
    for number, (line, segments) in enumerate(zip(page.lines, lattice.lines, strict=True)):
        words += _words(number, line, {found.index: found for found in _characters(line, segments, lattice)})
    return PageAlternatives(number=page.number, words=tuple(words))


def _words(number: int, line: Line, characters: dict[int, CharacterAlternatives]) -> list[WordAlternatives]:
    found = []
    for word in line.words:
        own = tuple(characters[index] for index in range(word.start, word.end) if index in characters)
        if own:
            raw = line.raw[word.start : word.end]
            found.append(WordAlternatives(line=number, start=word.start, end=word.end, raw=raw, characters=own))
    return found


def _characters(line: Line, segments: tuple[SegmentLattice, ...], lattice: PageLattice) -> list[CharacterAlternatives]:
    found = []
    for segment in segments:
        for index, position in enumerate(segment.positions, start=segment.start):
            if position != RESTORED:
                probability, alternatives = _considered(segment, position, lattice)
                if alternatives:
                    found.append(
                        CharacterAlternatives(
                            index=index, raw=line.raw[index], probability=probability, alternatives=alternatives
                        )
                    )
    return found


def _considered(segment: SegmentLattice, position: int, lattice: PageLattice) -> tuple[float, tuple[Alternative, ...]]:
    """Returns the probability of the character at ``position`` and its alternatives: maxima over its time steps."""
    highest: dict[int, float] = {}
    for step in range(position, segment.run_end(position)):
        for character, probability in segment.step(step):
            highest[character] = max(probability, highest.get(character, 0.0))
    chosen = highest.pop(segment.best(position))
    likely = sorted(highest.items(), key=lambda item: -item[1])
    return round(chosen, 3), tuple(
        Alternative(character=lattice.alphabet[character], probability=round(probability, 3))
        for character, probability in likely
        if lattice.alphabet[character] != BLANK and probability >= MIN_PROBABILITY
    )[:MAX_ALTERNATIVES]
