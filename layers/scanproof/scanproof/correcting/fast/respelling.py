"""Words that nobody knows, one slip away from a word that everybody knows.

A small tagger sees the common slips and passes over the rare ones ("Paynent"). For each unknown word that it left
alone, the known words one edit away are weighed: how probable the tagger finds the edit times how common the word is,
as in the noisy-channel model (Kernighan, Church and Gale 1990). The best one becomes a candidate like any other:
whether it is made is decided by ``acceptance``, which knows how often such edits were right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from scanproof.correcting.fast.kinds import kind_of
from scanproof.correcting.fast.labels import DELETE, append_label, replace_label
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Candidate
from scanproof.correcting.fast.tagger import Tags
from scanproof.correcting.guards import ProposedEdit

_WORD = re.compile(r"(?<![\w'’-])[^\W\d_]{3,24}(?![\w'’-])")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LOOK_ALIKE = {"rn": "m", "m": "rn", "vv": "w", "w": "vv", "cl": "d", "d": "cl", "ii": "u", "li": "h", "h": "li"}
_LEAST_COUNT = 20  # the training text has slips of its own, but none so often
_LEAST_PART, _LEAST_COUNT_OF_PART = 3, 200  # of each of two words that ran together
_UNHEARD = 1e-4  # of an edit that is not among the likely ones
_WEIGHT_OF_COUNT = 0.7
_FAR_APART = 5.0
_LONGEST_LINE = 20_000

Slot = tuple[int, str]  # a position (the virtual first one is 0) and the label that it would need
Slip = tuple[int, int, str]  # word[start:end] becomes so


class Respeller:
    """Finds candidates in the words that the tagger left alone."""

    def __init__(self, labels: Sequence[str], lexicon: Lexicon) -> None:
        self._ids = {label: place for place, label in enumerate(labels)}
        self._labels, self._lexicon = labels, lexicon

    def candidates(self, text: str, tags: Tags, taken: Sequence[Candidate]) -> Iterator[Candidate]:
        """One candidate at most for each unknown word that none of ``taken`` touches, in order."""
        if len(text) > _LONGEST_LINE:
            return
        touched = {place for other in taken for place in range(other.edit.start, other.edit.end + 1)}
        for word in _WORD.finditer(text):
            if self._lexicon.least_count(word.group()) or touched.intersection(range(word.start(), word.end() + 1)):
                continue
            if found := self._best(word.group(), word.start(), tags):
                yield found

    def _best(self, word: str, start: int, tags: Tags) -> Candidate | None:
        best: dict[str, tuple[float, float, Slip]] = {}  # by the outcome: a doubled letter can stand in two places
        for slip in _slips(word, self._letters_near(start, len(word), tags)):
            if count := self._count(word, slip):
                probability = min(self._probability(start + place, label, tags) for place, label in _slots(slip))
                score = math.log(probability) + _WEIGHT_OF_COUNT * math.log(count)
                outcome = word[: slip[0]] + slip[2] + word[slip[1] :]
                best[outcome] = max(best.get(outcome, (score, probability, slip)), (score, probability, slip))
        if not best:
            return None
        (score, probability, slip), *others = sorted(best.values(), reverse=True)
        margin = min(_FAR_APART, score - others[0][0]) if others else _FAR_APART
        doubt = max(float(tags.doubt[start + place]) for place, _ in _slots(slip))
        edit = ProposedEdit(start + slip[0], start + slip[1], slip[2], probability)
        return Candidate(edit, kind_of(word[slip[0] : slip[1]], slip[2]), doubt, respelt=True, margin=margin)

    def _count(self, word: str, slip: Slip) -> int:
        """How common the word is, or the rarer of two, that ``slip`` undone makes; 0 if not common enough."""
        start, end, written = slip
        if written == " ":
            count = min(self._lexicon.count(word[:start]), self._lexicon.count(word[end:]))
            return count if count >= _LEAST_COUNT_OF_PART else 0
        count = self._lexicon.count(word[:start] + written + word[end:])
        return count if count >= _LEAST_COUNT else 0

    def _probability(self, place: int, label: str, tags: Tags) -> float:
        wanted = self._ids.get(label)
        for likely, probability in zip(tags.likely[place], tags.likely_probability[place], strict=True):
            if likely == wanted:
                return max(_UNHEARD, float(probability))
        return _UNHEARD

    def _letters_near(self, start: int, length: int, tags: Tags) -> str:
        """The letters to try: the common ones, and those that the tagger thinks of at these positions."""
        likely = {self._labels[label] for label in tags.likely[start : start + length + 1].ravel().tolist()}
        own = {label[2:].lower() for label in likely if len(label) == 3 and label[2:].isalpha()}
        return _LETTERS + "".join(sorted(own - set(_LETTERS)))


def _slips(word: str, letters: str) -> Iterator[Slip]:
    """What could undo one slip in ``word``, whether it makes a word or not."""
    capitals = letters.upper()
    inserted = capitals if word.isupper() else letters
    for at, old in enumerate(word):
        yield from ((at, at + 1, new) for new in (capitals if old.isupper() else letters) if new != old)
        yield from ((at + 1, at + 1, new) for new in inserted)
        yield at, at + 1, ""
        if _LEAST_PART <= at <= len(word) - _LEAST_PART:
            yield at, at, " "
    for at, (one, other) in enumerate(pairwise(word)):
        if one != other:
            yield at, at + 2, other + one if one.isupper() == other.isupper() else other.upper() + one.lower()
    for seen, true in _LOOK_ALIKE.items():
        yield from ((found.start(), found.end(), true) for found in re.finditer(seen, word))


def _slots(slip: Slip) -> tuple[Slot, ...]:
    """The labels that would do the same, by position in the word (0: in front of it)."""
    start, end, written = slip
    if start == end:
        return ((start, append_label(written)),)
    if not written:
        return ((start + 1, DELETE),)
    if len(written) == end - start:
        return tuple((start + 1 + place, replace_label(new)) for place, new in enumerate(written))
    return ((start + 1, replace_label(written)),)
