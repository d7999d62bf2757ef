"""What could be changed in a line: what the tagger says, what it thinks possible, and known words near unknown ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scanproof.correcting.fast.labels import DELETE, KEEP, append_label, replace_label, rewrite
from scanproof.correcting.fast.lexicon import Mix
from scanproof.correcting.fast.respelling import Respeller, in_case_of
from scanproof.correcting.fast.several_slips import Respelling, SeveralSlips
from scanproof.correcting.fast.tagger import Tagger, Tags

IMPROBABLE = -12.0  # the logarithm that a change has which no label says, and the least that is told apart
_POSSIBLE = 0.08  # doubt from which a place's other labels are looked at
_LABELS_OF_A_PLACE = 4
_DOUBTFUL = 0.2  # doubt from which words several slips away are looked for: the search takes a millisecond or two


@dataclass(frozen=True)
class Proposal:
    """``text[start:end]`` becomes ``written``.

    ``log`` and ``keep_log`` are logarithms: how probable the tagger thinks that, and that all stays as it is, each by
    the least probable of the characters concerned. ``slips`` of an engine are undone; if they are several, ``log_rate``
    is log10 of how often they befall one word together, and ``log`` the sum over them. ``case_lead``: how much greater
    ``log`` is than that of the same change in the other case, if that was looked at.
    """

    start: int
    end: int
    written: str
    log: float
    keep_log: float
    by_tagger: bool
    slips: int = 1
    log_rate: float | None = None
    case_lead: float = math.inf


def proposals(
    text: str, tags: Tags, tagger: Tagger, respeller: Respeller, several: SeveralSlips, mix: Mix
) -> list[Proposal]:
    """Every change worth a look, each once, in order of place.

    Of two that differ in case alone the likelier is looked at: they are no rivals, and the tagger knows best of case.
    """
    found: dict[tuple[int, int, str], Proposal] = {}
    for proposal in (
        *tagged(text, tags, tagger),
        *_possible(text, tags, tagger),
        *_respelt(text, tags, tagger, respeller, mix),
        *_of_several_slips(text, tags, tagger, several, mix),
    ):
        written = proposal.written if _is_of_case(text, proposal) else proposal.written.lower()
        place = proposal.start, proposal.end, written
        found[place] = _likelier(found[place], proposal) if place in found else proposal
    return sorted(found.values(), key=lambda proposal: (proposal.start, proposal.end, proposal.written))


def tagged(text: str, tags: Tags, tagger: Tagger) -> Iterator[Proposal]:
    """The changes that the likeliest labels make.

    One-for-one replacements stand alone, so that each can be judged. Deletions and labels that write more or less than
    one character are joined with the changed neighbours that they only make sense with ("rn" → "m").
    """
    best = tags.best
    changed = [
        place
        for place in np.flatnonzero(best != tags.keep).tolist()
        if _changes(tagger.labels[best[place]], text, place, tagger)
    ]
    for run in _runs(changed):
        labels = [tagger.labels[best[place]] for place in run]
        if all(len(rewrite(label, _at(text, place))) == 1 for label, place in zip(labels, run, strict=True)):
            for place, label in zip(run, labels, strict=True):
                yield _proposal(text, [place], [label], tags, tagger, by_tagger=True)
        else:
            yield _proposal(text, run, labels, tags, tagger, by_tagger=True)


def _possible(text: str, tags: Tags, tagger: Tagger) -> Iterator[Proposal]:
    """At doubtful places the next likely labels too."""
    for place in np.flatnonzero(tags.doubt >= _POSSIBLE).tolist():
        likely = np.argpartition(tags.logs[place], -_LABELS_OF_A_PLACE)[-_LABELS_OF_A_PLACE:]
        for label in (tagger.labels[number] for number in likely):
            if label != KEEP and _changes(label, text, place, tagger):
                yield _proposal(text, [place], [label], tags, tagger, by_tagger=False)


def _respelt(text: str, tags: Tags, tagger: Tagger, respeller: Respeller, mix: Mix) -> Iterator[Proposal]:
    for start, end, written in respeller.respellings(text, mix):
        if all(map(tagger.knows, text[start:end] + written)):
            for case in _cases(text, start, written):
                yield _priced(text, start, end, case, tags, tagger)


def _of_several_slips(text: str, tags: Tags, tagger: Tagger, several: SeveralSlips, mix: Mix) -> Iterator[Proposal]:
    for found in several.words(text):
        doubt = float(tags.doubt[found.start() : found.end() + 1].max())
        if doubt < _DOUBTFUL or not all(map(tagger.knows, found.group())):
            continue
        for respelling in several.respellings(found.group().lower(), mix):
            yield _proposal_of(text, found.start(), respelling, found.group(), tags, tagger)


def _proposal_of(text: str, at: int, respelling: Respelling, word: str, tags: Tags, tagger: Tagger) -> Proposal:
    first, last = respelling.slips[0].start, respelling.slips[-1].end
    parts = [
        _priced(text, at + slip.start, at + slip.end, in_case_of(word, slip.start, slip.end, slip.meant), tags, tagger)
        for slip in respelling.slips
    ]
    written, position = "", first
    for slip in respelling.slips:
        written += word[position : slip.start].lower() + slip.meant
        position = slip.end
    return Proposal(
        at + first,
        at + last,
        in_case_of(word, first, last, written),
        max(IMPROBABLE, sum(part.log for part in parts)),
        min(part.keep_log for part in parts),
        by_tagger=False,
        slips=len(parts),
        log_rate=respelling.log_rate,
    )


def _is_of_case(text: str, proposal: Proposal) -> bool:
    return text[proposal.start : proposal.end].lower() == proposal.written.lower()


def _cases(text: str, start: int, written: str) -> Iterator[str]:
    """``written``, and with a capital where a word's first letter was lost or misread: the tagger can tell its case."""
    yield written
    if written[:1].islower() and not text[:start][-1:].isalnum():
        yield written[0].upper() + written[1:]


def _likelier(one: Proposal, other: Proposal) -> Proposal:
    """Of two proposals of the same change, perhaps in another case: the tagger's, else the likelier."""
    first, second = (other, one) if other.log > one.log and not one.by_tagger else (one, other)
    if first.written == second.written:
        return first
    return replace(first, case_lead=min(first.case_lead, abs(first.log - second.log)))


def _priced(text: str, start: int, end: int, written: str, tags: Tags, tagger: Tagger) -> Proposal:
    """A change that no label proposed, with what the tagger makes of it."""
    places, labels = _as_labels(text, start, end, written)
    logs = [
        max(IMPROBABLE, float(tags.logs[place, tagger.places[label]])) if label in tagger.places else IMPROBABLE
        for place, label in zip(places, labels, strict=True)
    ]
    keep = min(float(tags.logs[place, tags.keep]) for place in places)
    return Proposal(start, end, written, min(logs), keep, by_tagger=False)


def _as_labels(text: str, start: int, end: int, written: str) -> tuple[list[int], list[str]]:
    if start == end:  # a letter put in: after the one in front of it
        return [start], [append_label(written)]
    places = list(range(start + 1, end + 1))
    if len(written) > len(places):
        return places[:1], [replace_label(written)]
    return places, [*map(replace_label, written), *[DELETE] * (len(places) - len(written))]


def _proposal(
    text: str, places: list[int], labels: list[str], tags: Tags, tagger: Tagger, *, by_tagger: bool
) -> Proposal:
    """The change without the characters at its edges that stay."""
    written = "".join(rewrite(label, _at(text, place)) for place, label in zip(places, labels, strict=True))
    start, end = max(places[0] - 1, 0), places[-1]
    while start < end and written and text[start] == written[0]:
        start, written = start + 1, written[1:]
    while start < end and written and text[end - 1] == written[-1]:
        end, written = end - 1, written[:-1]
    log = min(float(tags.logs[place, tagger.places[label]]) for place, label in zip(places, labels, strict=True))
    keep = min(float(tags.logs[place, tags.keep]) for place in places)
    return Proposal(start, end, written, max(IMPROBABLE, log), max(IMPROBABLE, keep), by_tagger)


def _runs(places: list[int]) -> Iterator[list[int]]:
    """Stretches of neighbouring places."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _changes(label: str, text: str, place: int, tagger: Tagger) -> bool:
    """Whether ``label`` does something to the position that may be done to it."""
    if place == 0:
        return label.startswith("A:")
    character = text[place - 1]
    return label != KEEP and tagger.knows(character) and rewrite(label, character) != character


def _at(text: str, place: int) -> str:
    return text[place - 1] if place else ""
