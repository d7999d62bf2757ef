"""Suggests the misread character that explains a failed check: the lattice proposes, arithmetic decides.

Where a digit is misread, the lattice nearly always contains the right one, but often with a small probability. So
probabilities rank nothing here: a suggestion is the only alternative that makes the numbers agree. Only checks that a
wrong alternative easily passes demand a probability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scanproof.document import Line, Page, Suggestion
from scanproof.edits import to_raw_span
from scanproof.extraction.checks.check import NumberCheck
from scanproof.extraction.spans import TextSpan
from scanproof.lattice.model import BLANK_INDEX, RESTORED, PageLattice, SegmentLattice

# Of 26 misread digits on scans the right one was among the three likeliest characters in 21.
_MAX_RANK = 3
_DIGITS, _SEPARATORS = "0123456789", ".,"  # a character is exchanged for another of its own group

Lattices = Callable[[int], PageLattice | None]  # by the number of a page


def no_lattices(_: int) -> None:
    """Returns no lattice for any page."""


def suggest(
    check: NumberCheck, checks: Iterable[NumberCheck], pages: Sequence[Page], lattices: Lattices
) -> Suggestion | None:
    """Suggests the character that makes a failed check fit.

    Args:
        check: failed.
        checks: all checks of the pages; a suggestion breaks none that fits.
        pages: of the document.
        lattices: called for the pages of ``check``.

    Returns:
        None where no character or several make the check fit, or where a lattice lacks a number of the check.
    """
    numbered = {page.number: page for page in pages}
    fitting: list[tuple[TextSpan, Suggestion]] = []
    for number in check.numbers:
        lattice = lattices(number.page)
        found = _alternatives(number, numbered[number.page].lines[number.line], lattice) if lattice else None
        if found is None:
            return None
        fitting += ((number, each) for each in found if _fits_with(check, number, each))
    if len(fitting) != 1 or fitting[0][1].probability < check.min_probability:
        return None
    [(number, suggestion)] = fitting
    return None if any(_breaks(each, number, suggestion) for each in checks) else suggestion


def _fits_with(check: NumberCheck, number: TextSpan, suggestion: Suggestion) -> bool:
    """Whether ``check`` fits where ``number``, one of its numbers, reads as suggested."""
    start, end = _digits(number.text)
    text = number.text[:start] + suggestion.suggested + number.text[end:]
    return check.fits([text if each == number else each.text for each in check.numbers])


def _breaks(check: NumberCheck, number: TextSpan, suggestion: Suggestion) -> bool:
    """Whether ``check`` fits as it is, but not with the suggestion."""
    return number in check.numbers and check.fits(check.texts) and not _fits_with(check, number, suggestion)


def _digits(text: str) -> tuple[int, int]:
    """Returns the span from the first to the last digit, without currency and country."""
    digits = [index for index, character in enumerate(text) if character in _DIGITS]
    return digits[0], digits[-1] + 1


def _alternatives(number: TextSpan, line: Line, lattice: PageLattice) -> list[Suggestion] | None:
    """Lists the readings of a number with another character; None where the lattice lacks one of its characters.

    A number that an edit changed is not the text that the lattice is about, so it counts as lacking.
    """
    first, last = _digits(number.text)
    span = to_raw_span(line.edits, number.start + first, number.start + last)
    if span is None:
        return None
    start, end = span
    found: list[tuple[int, str, float]] = []
    for index in range(start, end):
        if line.raw[index] in _DIGITS + _SEPARATORS:
            likeliest = _likeliest(lattice, lattice.lines[number.line], index)
            if likeliest is None:
                return None
            found += ((index, *each) for each in likeliest if _may_replace(line.raw[index], each[0]))
    return [
        Suggestion(
            page=number.page,
            line=number.line,
            start=start,
            end=end,
            raw=line.raw[start:end],
            suggested=line.raw[start:index] + character + line.raw[index + 1 : end],
            probability=round(probability, 4),
        )
        for index, character, probability in found
    ]


def _may_replace(one: str, other: str) -> bool:
    return one != other and any(one in group and other in group for group in (_DIGITS, _SEPARATORS))


def _likeliest(lattice: PageLattice, segments: Iterable[SegmentLattice], index: int) -> list[tuple[str, float]] | None:
    """Returns the likeliest characters where the character ``index`` of a raw line was read; None without a lattice."""
    segment = next((one for one in segments if one.start <= index < one.end), None)
    if segment is None or segment.positions[index - segment.start] == RESTORED:
        return None
    ranked = sorted(_highest(segment, segment.positions[index - segment.start]).items(), key=lambda item: -item[1])
    return [(lattice.alphabet[character], probability) for character, probability in ranked[:_MAX_RANK]]


def _highest(segment: SegmentLattice, position: int) -> dict[int, float]:
    """Returns for each character but the blank its highest probability at the time steps of the run at ``position``."""
    highest: dict[int, float] = {}
    for step in range(position, segment.run_end(position)):
        for character, probability in segment.step(step):
            if character != BLANK_INDEX:
                highest[character] = max(probability, highest.get(character, 0.0))
    return highest
