"""Collects the candidate edits of a line from the tagger's labels and the lexicon; drops what text cannot decide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanproof.correction.fast import config
from scanproof.correction.fast.lexical_candidates import FuzzyMatch, LexicalCandidates, in_case_of
from scanproof.correction.fast.lexicon import LinePosterior
from scanproof.correction.fast.reranker import EditKind
from scanproof.correction.fast.tagger import DELETE, KEEP, Tagger, Tags, append_label, replace_label, rewrite
from scanproof.edits import TextEdit, apply, separate

IMPROBABLE = -12.0  # log probability of an edit that no label makes, and the lowest that is distinguished
_EURO = "€"
_INSERTION_OR_DELETION = (EditKind.LETTERS_LOST, EditKind.LETTERS_SURPLUS)
_LETTERS_BEFORE, _LETTERS_AFTER = re.compile(r"[^\W\d_]*\Z"), re.compile(r"[^\W\d_]*")
_DIVIDED = re.compile(r"[^\W\d_]*[-¬]\s*")  # the rest of a line that ends within a word
_TECHNICAL = re.compile(r"\w_\w|\w#\w|://|\w[:./\\@]\w+[:./\\@]+\w*[^\W\d_]")
_CODE = re.compile(r"[{}]|\w\[\w*\]|[-+*/<>!=]=|\+\+|&&|\|\||;\Z")
_IN_CODE = frozenset("{}[=+&|;")  # each match of the pattern holds one
_RULE = re.compile(r"([-–—_=.*~])\1\1+")  # leaders, rules, masks of weekdays (MT-----)


@dataclass(frozen=True)
class Candidate:
    """Replaces ``text[start:end]`` by ``corrected``, as a `TextEdit` does, with what the tagger makes of it.

    Attributes:
        log: the tagger's log probability of the change, of the least probable character concerned; with several
            character edits their sum.
        log_p_keep: its log probability that the text stays, of the least probable character concerned.
        from_argmax: whether the tagger's most probable labels make this change.
        char_edits: number of character edits of the engine that the change undoes.
        log_rate: log10 of how often these edits occur together in one word, where they are several.
    """

    start: int
    end: int
    corrected: str
    log: float
    log_p_keep: float
    from_argmax: bool
    char_edits: int = 1
    log_rate: float | None = None


def edit_of(candidate: Candidate) -> TextEdit:
    """The edit that a candidate is, without what the tagger makes of it."""
    return TextEdit(candidate.start, candidate.end, candidate.corrected)


def changed_characters(candidate: Candidate) -> int:
    """How many characters a candidate changes; of several character edits each counts as one."""
    if candidate.char_edits > 1:
        return candidate.char_edits
    return max(1, candidate.end - candidate.start, len(candidate.corrected))


def candidates(
    text: str,
    tags: Tags,
    tagger: Tagger,
    lexical: LexicalCandidates,
    posterior: LinePosterior,
    others: Iterable[Candidate] = (),
) -> list[Candidate]:
    """All distinct candidates of the tagger and the lexicon, in order of position.

    Of two that differ in case alone only the more probable is kept, since the tagger judges case best.

    Args:
        text: the line.
        tags: its labels' probabilities.
        tagger: which computed them.
        lexical: finds known words.
        posterior: of the line.
        others: candidates of another generator.
    """
    found = (
        *argmax_candidates(text, tags, tagger),
        *_other_labels(text, tags, tagger),
        *_from_lexicon(text, tags, tagger, lexical, posterior),
        *_multi_edits(text, tags, tagger, lexical, posterior),
        *others,
    )
    return _distinct(text, found)


def with_readings(
    text: str, tags: Tags, tagger: Tagger, found: Sequence[Candidate], readings: Sequence[TextEdit]
) -> list[Candidate]:
    """The candidates ``found``, and those that ``readings``, of the line's image, add to them."""
    return _distinct(text, (*found, *_from_image(text, tags, tagger, readings)))


def _distinct(text: str, found: Iterable[Candidate]) -> list[Candidate]:
    distinct: dict[tuple[int, int, str], Candidate] = {}
    for candidate in (_in_capitals(text, each) for each in found):
        corrected = candidate.corrected if _changes_case_only(text, candidate) else candidate.corrected.lower()
        key = candidate.start, candidate.end, corrected
        distinct[key] = _merged(distinct[key], candidate) if key in distinct else candidate
    return sorted(distinct.values(), key=lambda candidate: (candidate.start, candidate.end, candidate.corrected))


def _in_capitals(text: str, candidate: Candidate) -> Candidate:
    """The candidate in capitals if the rest of its word is, whatever the tagger says: FÂLLIG is FÄLLIG."""
    start, end, capitals = candidate.start, candidate.end, candidate.corrected.upper()
    before, after = text[max(0, start - config.MAX_WORD_LENGTH) : start], text[end : end + config.MAX_WORD_LENGTH]
    if not candidate.corrected.islower() or not (before[-1:] + after[:1]).isupper():
        return candidate  # the most, told at once
    rest = _match(_LETTERS_BEFORE, before) + _match(_LETTERS_AFTER, after)
    in_capitals = len(rest) > 1 and rest.isupper() and not any(map(str.islower, text[start:end]))
    return (
        replace(candidate, corrected=capitals)
        if in_capitals and len(capitals) == len(candidate.corrected)
        else candidate
    )


def argmax_candidates(text: str, tags: Tags, tagger: Tagger) -> Iterator[Candidate]:
    """The changes that the most probable labels make.

    One-for-one replacements are separate candidates, so that each can be judged. Deletions and labels that write more
    or less than one character are joined with the changed neighbours that they only make sense with ("rn" → "m").
    """
    best = tags.best
    changed = [
        place
        for place in np.flatnonzero(best != tags.keep).tolist()
        if _changes(tagger.labels[best[place]], text, place, tagger)
    ]
    for run in _runs(changed):
        labels = [tagger.labels[best[place]] for place in run]
        if all(len(rewrite(label, _character(text, place))) == 1 for label, place in zip(labels, run, strict=True)):
            for place, label in zip(run, labels, strict=True):
                yield _from_labels(text, [place], [label], tags, tagger, from_argmax=True)
        else:
            yield _from_labels(text, run, labels, tags, tagger, from_argmax=True)


def _other_labels(text: str, tags: Tags, tagger: Tagger) -> Iterator[Candidate]:
    """The next probable labels, at doubtful positions."""
    places = np.flatnonzero(tags.doubt >= config.MIN_DOUBT)
    likely = np.argpartition(tags.logs[places], -config.LABELS_PER_POSITION)[:, -config.LABELS_PER_POSITION :]
    for place, numbers in zip(places.tolist(), likely.tolist(), strict=True):
        for label in (tagger.labels[number] for number in numbers):
            if label != KEEP and _changes(label, text, place, tagger):
                yield _from_labels(text, [place], [label], tags, tagger, from_argmax=False)


def _from_lexicon(
    text: str, tags: Tags, tagger: Tagger, lexical: LexicalCandidates, posterior: LinePosterior
) -> Iterator[Candidate]:
    for edit in lexical.matches(text, posterior):
        if all(map(tagger.knows, text[edit.start : edit.end] + edit.corrected)):
            yield scored(text, edit, tags, tagger)


def _multi_edits(
    text: str, tags: Tags, tagger: Tagger, lexical: LexicalCandidates, posterior: LinePosterior
) -> Iterator[Candidate]:
    for found in lexical.unknown_words(text):
        doubt = float(tags.doubt[found.start() : found.end() + 1].max())
        if doubt < config.MIN_DOUBT_OF_WORD or not all(map(tagger.knows, found.group())):
            continue
        for match in lexical.fuzzy_matches(found.group().lower(), posterior):
            yield multi_edit(text, found.start(), match, found.group(), tags, tagger)


def multi_edit(text: str, at: int, match: FuzzyMatch, word: str, tags: Tags, tagger: Tagger) -> Candidate:
    """One candidate for all edits of ``match``; ``word`` stands at offset ``at`` of ``text``."""
    first, last = match.char_edits[0].start, match.char_edits[-1].end
    parts = [scored(text, in_case_of(word, edit).shifted(at), tags, tagger) for edit in match.char_edits]
    edit = in_case_of(word, TextEdit(first, last, apply(word.lower(), match.char_edits, first, last)))
    return united(edit.shifted(at), parts, match.log_rate)


def _from_image(text: str, tags: Tags, tagger: Tagger, readings: Sequence[TextEdit]) -> Iterator[Candidate]:
    """One candidate for each reading, without unchanged characters at its edges."""
    for reading in readings:
        changes = separate(text, reading)
        parts = [scored(text, change, tags, tagger) for change in changes]
        first, last = changes[0].start, changes[-1].end
        yield united(TextEdit(first, last, apply(text, changes, first, last)), parts)


def united(edit: TextEdit, parts: Sequence[Candidate], log_rate: float | None = None) -> Candidate:
    """One candidate for ``edit``, which makes the changes of all ``parts``."""
    log, keep = sum(part.log for part in parts), min(part.log_p_keep for part in parts)
    return Candidate(
        edit.start, edit.end, edit.corrected, max(IMPROBABLE, log), keep, from_argmax=False, char_edits=len(parts),
        log_rate=log_rate,
    )  # fmt: skip


def _changes_case_only(text: str, candidate: Candidate) -> bool:
    return text[candidate.start : candidate.end].lower() == candidate.corrected.lower()


def _merged(one: Candidate, other: Candidate) -> Candidate:
    """Merges two candidates of the same change, perhaps in different case: the argmax one, else the more probable."""
    return other if other.log > one.log and not one.from_argmax else one


def scored(text: str, edit: TextEdit, tags: Tags, tagger: Tagger) -> Candidate:
    """An edit that does not come from a label, with the tagger's probability of it."""
    places, labels = _labels_of(edit)
    logs = [
        max(IMPROBABLE, float(tags.logs[place, tagger.places[label]])) if label in tagger.places else IMPROBABLE
        for place, label in zip(places, labels, strict=True)
    ]
    keep = min(float(tags.logs[place, tags.keep]) for place in places)
    return Candidate(edit.start, edit.end, edit.corrected, min(logs), keep, from_argmax=False)


def _labels_of(edit: TextEdit) -> tuple[list[int], list[str]]:
    """The tagger's positions that an edit concerns, and the label that it needs at each."""
    if edit.start == edit.end:  # an insertion belongs to the character in front of it
        return [edit.start], [append_label(edit.corrected)]
    places = list(range(edit.start + 1, edit.end + 1))
    if len(edit.corrected) > len(places):
        return places[:1], [replace_label(edit.corrected)]
    return places, [*map(replace_label, edit.corrected), *[DELETE] * (len(places) - len(edit.corrected))]


def _from_labels(
    text: str, places: list[int], labels: list[str], tags: Tags, tagger: Tagger, *, from_argmax: bool
) -> Candidate:
    """The change that labels at neighbouring positions make, without unchanged characters at its edges."""
    corrected = "".join(rewrite(label, _character(text, place)) for place, label in zip(places, labels, strict=True))
    start, end = max(places[0] - 1, 0), places[-1]
    while start < end and corrected and text[start] == corrected[0]:
        start, corrected = start + 1, corrected[1:]
    while start < end and corrected and text[end - 1] == corrected[-1]:
        end, corrected = end - 1, corrected[:-1]
    log = min(float(tags.logs[place, tagger.places[label]]) for place, label in zip(places, labels, strict=True))
    keep = min(float(tags.logs[place, tags.keep]) for place in places)
    return Candidate(start, end, corrected, max(IMPROBABLE, log), max(IMPROBABLE, keep), from_argmax)


def _runs(places: list[int]) -> Iterator[list[int]]:
    """Groups consecutive positions."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _changes(label: str, text: str, place: int, tagger: Tagger) -> bool:
    """Whether ``label`` changes the character at ``place``, and is allowed to."""
    if place == 0:
        return label.startswith("A:")
    character = text[place - 1]
    return label != KEEP and tagger.knows(character) and rewrite(label, character) != character


def _character(text: str, place: int) -> str:
    """The character at a position of the tagger; "" at the virtual first one."""
    return text[place - 1] if place else ""


def is_decidable(text: str, candidate: Candidate, kind: EditKind) -> bool:
    """Whether the line can show that ``candidate`` is right.

    A mark is never added: no spelling requires it, and a missing one cannot be told from one that was not printed. A
    word of one or two letters neither gains nor loses letters, and with a capital (Ln, Hr) it does not become another.
    Program code and names of files, fields and addresses stay as they are; so do units and other short mixed-case
    abbreviations (but not BilI and KlND), the letters and the hyphen of a word that continues on the next line
    (prächt-ig is no misread pracht), the slash between two words (s/he), the full stop of an abbreviation, runs of one
    mark, and whitespace at the edges of the line.
    """
    before, after = (
        text[max(0, candidate.start - config.CODE_REACH) : candidate.start],
        text[candidate.end : candidate.end + config.CODE_REACH],
    )
    removed, corrected = text[candidate.start : candidate.end], candidate.corrected
    if _count_marks(corrected) > _count_marks(removed) or _is_code(before + removed + after):
        return False
    if _TECHNICAL.search(f"{before}_".split()[-1][:-1] + removed + f"_{after}".split()[0][1:]):
        return False
    if not any(map(str.isalnum, removed + corrected)) and _is_meant(before, removed, corrected, after):
        return False
    if (removed + corrected).isalpha() and _DIVIDED.fullmatch(text, candidate.end):
        return False
    word = _match(_LETTERS_BEFORE, before) + removed + _match(_LETTERS_AFTER, after)
    if (
        removed.isalpha()
        and config.MIN_DECIDABLE_LENGTH <= len(word) <= config.MAX_UNIT_LENGTH
        and not (word[1:].islower() or word.isupper())
    ):
        return _is_misread_stroke(before, removed, corrected, after)
    if kind is EditKind.LETTERS:
        return len(word) >= config.MIN_DECIDABLE_LENGTH or word[0].islower()
    is_gain_or_loss = kind in _INSERTION_OR_DELETION and corrected != _EURO  # guards judge a € in place of a letter
    return not is_gain_or_loss or len(word) >= config.MIN_DECIDABLE_LENGTH


def _is_code(text: str) -> bool:
    has_signs = not _IN_CODE.isdisjoint(text)  # most lines have none, which is faster to tell
    return has_signs and len(_CODE.findall(text)) >= config.MIN_CODE_SIGNS


def _is_misread_stroke(before: str, removed: str, corrected: str, after: str) -> bool:
    """Whether the edit replaces a capital I among small letters by l, or a small l among capitals by I."""
    if (removed, corrected) == ("I", "l"):
        return before[-1:].islower()
    return (removed, corrected) == ("l", "I") and (before[-1:] + after[:1]).isupper()


def _is_meant(before: str, removed: str, corrected: str, after: str) -> bool:
    """Whether a mark or space may be meant: at the line's edge, in a divided or double word, in a run of marks."""
    if not (removed + corrected).strip():
        return not (before.strip() and after.strip())
    if removed.startswith("-") and before[-1:].isalpha() and (removed[1:] + after + " ")[0].isspace():
        return True
    if (removed, corrected) == (".", ":") and before[-1:].isalpha():
        return True  # of an abbreviation
    if removed == "/" and before[-1:].isalpha() and after[:1].isalpha():
        return True
    place = len(before)
    rules = _RULE.finditer(before + removed + after)
    return any(rule.start() <= place <= rule.end() or place <= rule.start() < place + len(removed) for rule in rules)


def _count_marks(text: str) -> int:
    """The number of marks, without currency signs, which the guards judge."""
    return sum(not char.isalnum() and not char.isspace() and unicodedata.category(char) != "Sc" for char in text)


def _match(pattern: re.Pattern[str], text: str) -> str:
    """The text that ``pattern`` finds; the patterns are anchored or may match nothing."""
    found = pattern.search(text)
    return found.group() if found else ""
