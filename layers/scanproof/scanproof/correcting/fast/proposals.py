"""From labels to proposed edits: neighbours that belong together become one, and each must be probable enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scanproof.correcting.fast.kinds import EditKind, kind_of
from scanproof.correcting.fast.labels import DELETE, KEEP, rewrite
from scanproof.correcting.fast.tagger import Tags
from scanproof.correcting.guards import ProposedEdit


@dataclass(frozen=True)
class Candidate:
    """An edit that the tagger thinks likeliest, sure or not.

    ``respelt``: the tagger passed over the place; the words that there are speak for the edit, and it is ahead of the
    next best by ``margin``.
    """

    edit: ProposedEdit
    kind: EditKind
    doubt: float
    respelt: bool = False
    margin: float = 0.0


def candidates(text: str, tags: Tags, labels: Sequence[str], knows: Callable[[str], bool]) -> Iterator[Candidate]:
    """Every change that ``tags`` contain, in order; characters outside the alphabet are left out.

    One-for-one replacements stand alone, so that a guard can judge each. Deletions and labels that write more or less
    than one character are joined with the changed neighbours that they only make sense with ("rn" → "m").
    """
    for start, end in _runs(text, tags, labels, knows):
        written = "".join(rewrite(labels[tags.labels[place]], _at(text, place)) for place in range(start, end))
        probability = float(tags.probability[start:end].min())
        doubt = float(tags.doubt[start:end].min())
        yield _candidate(text, max(start - 1, 0), end - 1, written, probability, doubt)


def _runs(text: str, tags: Tags, labels: Sequence[str], knows: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Stretches of positions (the virtual first one is 0) that make one edit each."""
    changed = [
        place for place in tags.labels.nonzero()[0].tolist() if _changes(labels[tags.labels[place]], text, place, knows)
    ]
    index = 0
    while index < len(changed):
        last = index
        while last + 1 < len(changed) and changed[last + 1] == changed[last] + 1:
            last += 1
        run = changed[index : last + 1]
        uneven = any(len(rewrite(labels[tags.labels[place]], _at(text, place))) != 1 for place in run)
        if uneven:
            yield run[0], run[-1] + 1
        else:
            yield from ((place, place + 1) for place in run)
        index = last + 1


def _changes(label: str, text: str, place: int, knows: Callable[[str], bool]) -> bool:
    """Whether ``label`` does something to the position that it may be done to."""
    if place == 0:
        return label.startswith("A:")
    character = text[place - 1]
    if label not in (KEEP, DELETE) and rewrite(label, character) == character:
        return False
    return knows(character) and label != KEEP


def _at(text: str, place: int) -> str:
    return text[place - 1] if place else ""


def _candidate(text: str, start: int, end: int, written: str, probability: float, doubt: float) -> Candidate:
    """The edit without the characters at its edges that stay."""
    while start < end and written and text[start] == written[0]:
        start, written = start + 1, written[1:]
    while start < end and written and text[end - 1] == written[-1]:
        end, written = end - 1, written[:-1]
    removed = text[start:end]
    kind = kind_of(removed, written) if removed or written else EditKind.PUNCTUATION
    return Candidate(ProposedEdit(start, end, written, probability), kind, doubt)
