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
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Slip:
    """``word[start:end]`` would become ``written``, by these labels of positions of the word (0: in front of it)."""

    start: int
    end: int
    written: str
    slots: tuple[Slot, ...]


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
        scored: list[tuple[float, float, _Slip]] = []
        for slip in _slips(word, self._letters_near(start, len(word), tags)):
            count = self._lexicon.least_count(word[: slip.start] + slip.written + word[slip.end :])
            if count >= (_LEAST_COUNT_OF_PART if slip.written == " " else _LEAST_COUNT):
                probability = min(self._probability(start + place, label, tags) for place, label in slip.slots)
                scored.append((math.log(probability) + _WEIGHT_OF_COUNT * math.log(count), probability, slip))
        if not scored:
            return None
        scored.sort(key=lambda entry: entry[0], reverse=True)
        score, probability, slip = scored[0]
        margin = min(_FAR_APART, score - scored[1][0]) if len(scored) > 1 else _FAR_APART
        doubt = max(float(tags.doubt[start + place]) for place, _ in slip.slots)
        edit = ProposedEdit(start + slip.start, start + slip.end, slip.written, probability)
        return Candidate(edit, kind_of(word[slip.start : slip.end], slip.written), doubt, respelt=True, margin=margin)

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


def _slips(word: str, letters: str) -> Iterator[_Slip]:
    """What one slip could have made ``word`` of: everything but the words, which the lexicon knows."""
    for at, old in enumerate(word):
        cased = letters.upper() if old.isupper() else letters
        yield from (_Slip(at, at + 1, new, ((at + 1, replace_label(new)),)) for new in cased if new != old)
        cased = letters.upper() if word.isupper() else letters
        if at:
            yield from (_Slip(at, at, new, ((at, append_label(new)),)) for new in cased)
        yield _Slip(at, at + 1, "", ((at + 1, DELETE),))
        if at >= _LEAST_PART and len(word) - at >= _LEAST_PART:
            yield _Slip(at, at, " ", ((at, append_label(" ")),))
    yield from (_Slip(len(word), len(word), new, ((len(word), append_label(new)),)) for new in cased)
    for at, (one, other) in enumerate(pairwise(word)):
        if one != other:
            swapped = other + one if one.isupper() == other.isupper() else other.upper() + one.lower()
            slots = (at + 1, replace_label(swapped[0])), (at + 2, replace_label(swapped[1]))
            yield _Slip(at, at + 2, swapped, slots)
    for seen, true in _LOOK_ALIKE.items():
        for found in re.finditer(seen, word):
            slots = tuple((place + 1, replace_label(true[:2])) for place in range(found.start(), found.start() + 1))
            yield _Slip(found.start(), found.end(), true, slots)
