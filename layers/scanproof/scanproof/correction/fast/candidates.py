"""What could be changed in a line: what the tagger says, what it thinks possible, and known words near unknown ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scanproof.correction.fast.fuzzy_matcher import FuzzyMatch, FuzzyMatcher
from scanproof.correction.fast.labels import DELETE, KEEP, append_label, replace_label, rewrite
from scanproof.correction.fast.lexical_candidates import LexicalCandidates, in_case_of
from scanproof.correction.fast.lexicon import LanguagePosterior
from scanproof.correction.fast.tagger import Tagger, Tags

IMPROBABLE = -12.0  # the logarithm that a change has which no label says, and the least that is told apart
_POSSIBLE = 0.08  # doubt from which a place's other labels are looked at
_LABELS_OF_A_PLACE = 4
_DOUBTFUL = 0.2  # doubt from which words several slips away are looked for: the search takes a millisecond or two


@dataclass(frozen=True)
class Candidate:
    """``text[start:end]`` becomes ``written``.

    Attributes:
        log: the tagger's log probability of the change, of the least probable character concerned; with several
            character edits their sum.
        log_p_keep: its log probability that the text stays, of the least probable character concerned.
        from_argmax: whether the tagger's most probable labels make this change.
        char_edits: number of character edits of the engine that the change undoes.
        log_rate: log10 of how often these edits occur together in one word, where they are several.
        case_margin: ``log`` minus that of the same change in the other case, if that was considered.
    """

    start: int
    end: int
    written: str
    log: float
    log_p_keep: float
    from_argmax: bool
    char_edits: int = 1
    log_rate: float | None = None
    case_margin: float = math.inf


def candidates(
    text: str, tags: Tags, tagger: Tagger, lexical: LexicalCandidates, fuzzy: FuzzyMatcher, posterior: LanguagePosterior
) -> list[Candidate]:
    """Every change worth a look, each once, in order of place.

    Of two that differ in case alone the likelier is looked at: they are no rivals, and the tagger knows best of case.
    """
    found: dict[tuple[int, int, str], Candidate] = {}
    for candidate in (
        *argmax_candidates(text, tags, tagger),
        *_possible(text, tags, tagger),
        *_lexical_candidates(text, tags, tagger, lexical, posterior),
        *_multi_edit(text, tags, tagger, fuzzy, posterior),
    ):
        written = candidate.written if _is_of_case(text, candidate) else candidate.written.lower()
        place = candidate.start, candidate.end, written
        found[place] = _likelier(found[place], candidate) if place in found else candidate
    return sorted(found.values(), key=lambda candidate: (candidate.start, candidate.end, candidate.written))


def argmax_candidates(text: str, tags: Tags, tagger: Tagger) -> Iterator[Candidate]:
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
                yield _candidate(text, [place], [label], tags, tagger, from_argmax=True)
        else:
            yield _candidate(text, run, labels, tags, tagger, from_argmax=True)


def _possible(text: str, tags: Tags, tagger: Tagger) -> Iterator[Candidate]:
    """At doubtful places the next likely labels too."""
    for place in np.flatnonzero(tags.doubt >= _POSSIBLE).tolist():
        likely = np.argpartition(tags.logs[place], -_LABELS_OF_A_PLACE)[-_LABELS_OF_A_PLACE:]
        for label in (tagger.labels[number] for number in likely):
            if label != KEEP and _changes(label, text, place, tagger):
                yield _candidate(text, [place], [label], tags, tagger, from_argmax=False)


def _lexical_candidates(
    text: str, tags: Tags, tagger: Tagger, lexical: LexicalCandidates, posterior: LanguagePosterior
) -> Iterator[Candidate]:
    for start, end, written in lexical.matches(text, posterior):
        if all(map(tagger.knows, text[start:end] + written)):
            for case in _cases(text, start, written):
                yield _priced(text, start, end, case, tags, tagger)


def _multi_edit(
    text: str, tags: Tags, tagger: Tagger, fuzzy: FuzzyMatcher, posterior: LanguagePosterior
) -> Iterator[Candidate]:
    for found in fuzzy.words(text):
        doubt = float(tags.doubt[found.start() : found.end() + 1].max())
        if doubt < _DOUBTFUL or not all(map(tagger.knows, found.group())):
            continue
        for match in fuzzy.matches(found.group().lower(), posterior):
            yield _candidate_of(text, found.start(), match, found.group(), tags, tagger)


def _candidate_of(text: str, at: int, match: FuzzyMatch, word: str, tags: Tags, tagger: Tagger) -> Candidate:
    first, last = match.char_edits[0].start, match.char_edits[-1].end
    parts = [
        _priced(
            text,
            at + char_edit.start,
            at + char_edit.end,
            in_case_of(word, char_edit.start, char_edit.end, char_edit.meant),
            tags,
            tagger,
        )
        for char_edit in match.char_edits
    ]
    written, position = "", first
    for char_edit in match.char_edits:
        written += word[position : char_edit.start].lower() + char_edit.meant
        position = char_edit.end
    return Candidate(
        at + first,
        at + last,
        in_case_of(word, first, last, written),
        max(IMPROBABLE, sum(part.log for part in parts)),
        min(part.log_p_keep for part in parts),
        from_argmax=False,
        char_edits=len(parts),
        log_rate=match.log_rate,
    )


def _is_of_case(text: str, candidate: Candidate) -> bool:
    return text[candidate.start : candidate.end].lower() == candidate.written.lower()


def _cases(text: str, start: int, written: str) -> Iterator[str]:
    """``written``, and with a capital where a word's first letter was lost or misread: the tagger can tell its case."""
    yield written
    if written[:1].islower() and not text[:start][-1:].isalnum():
        yield written[0].upper() + written[1:]


def _likelier(one: Candidate, other: Candidate) -> Candidate:
    """Of two proposals of the same change, perhaps in another case: the tagger's, else the likelier."""
    first, second = (other, one) if other.log > one.log and not one.from_argmax else (one, other)
    if first.written == second.written:
        return first
    return replace(first, case_margin=min(first.case_margin, abs(first.log - second.log)))


def _priced(text: str, start: int, end: int, written: str, tags: Tags, tagger: Tagger) -> Candidate:
    """A change that no label proposed, with what the tagger makes of it."""
    places, labels = _as_labels(text, start, end, written)
    logs = [
        max(IMPROBABLE, float(tags.logs[place, tagger.places[label]])) if label in tagger.places else IMPROBABLE
        for place, label in zip(places, labels, strict=True)
    ]
    keep = min(float(tags.logs[place, tags.keep]) for place in places)
    return Candidate(start, end, written, min(logs), keep, from_argmax=False)


def _as_labels(text: str, start: int, end: int, written: str) -> tuple[list[int], list[str]]:
    if start == end:  # a letter put in: after the one in front of it
        return [start], [append_label(written)]
    places = list(range(start + 1, end + 1))
    if len(written) > len(places):
        return places[:1], [replace_label(written)]
    return places, [*map(replace_label, written), *[DELETE] * (len(places) - len(written))]


def _candidate(
    text: str, places: list[int], labels: list[str], tags: Tags, tagger: Tagger, *, from_argmax: bool
) -> Candidate:
    """The change without the characters at its edges that stay."""
    written = "".join(rewrite(label, _at(text, place)) for place, label in zip(places, labels, strict=True))
    start, end = max(places[0] - 1, 0), places[-1]
    while start < end and written and text[start] == written[0]:
        start, written = start + 1, written[1:]
    while start < end and written and text[end - 1] == written[-1]:
        end, written = end - 1, written[:-1]
    log = min(float(tags.logs[place, tagger.places[label]]) for place, label in zip(places, labels, strict=True))
    keep = min(float(tags.logs[place, tags.keep]) for place in places)
    return Candidate(start, end, written, max(IMPROBABLE, log), max(IMPROBABLE, keep), from_argmax)


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
