"""The stream of training batches: clean lines, made noisy, and real pairs, as character ids and label ids.

Every batch is a function of the seed and its number, so a resumed run goes on where it stopped and worker processes
need no common state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from model_training.augmentation import varied
from model_training.corpus import LONGEST_LINE, Corpus
from model_training.labels import labels_of
from model_training.lexicon import RandomlyThinnedStatuses
from model_training.noise import Noise, number_positions
from model_training.real_pairs import Pair
from scanproof.correction.fast.word_status import WordStatus

if TYPE_CHECKING:  # faker is not needed to read batches
    from model_training.business import BusinessLines

IGNORED = -100  # torch's own mark of positions without a loss
WINDOW = 128  # positions of the encoder: the virtual first one and 127 characters
_REAL_SHARE = 0.28
_REAL_KINDS = {"news": 0.26, "receipts": 0.22, "other languages": 0.5, "rendered": 0.42}  # the first: English ones
_BUSINESS_SHARE = 0.35
_TERSE_SHARE = 0.045
_ENTRY_SHARE = 0.1  # a few words of running text as entries of papers: any word may stand in one, without a sentence
_TERMS_SHARE = 0.4  # of the entries: words that papers use
_LANGUAGES = {"en": 12.0, "fr": 2.4, "de": 2.4, "es": 1.5, "it": 1.5, "pt": 1.3, "nl": 1.5, "pl": 2.0}
_UNTOLD_SHARE = 0.1  # of the lines: the tagger must do without being told of words, too
_LANGUAGE_KNOWN = 0.75  # of the lines: that of their page; it need not be
_SORTED_TOGETHER = 8  # batches whose lines are sorted by length, so that little is padding

_DIGIT = re.compile(r"\d")

Ids = npt.NDArray[np.int64]
_Coded = tuple[list[int], list[int], list[int]]  # ids, familiarity and labels of a line


@dataclass(frozen=True)
class Vocabulary:
    """Ids of characters and labels, as the tokenizer and the model's configuration hold them."""

    characters: Mapping[str, int]
    labels: Mapping[str, int]
    first: int  # the virtual first position
    unknown: int
    padding: int

    def encode(self, text: str) -> list[int]:
        """The ids of the virtual first position and of each character."""
        return [self.first, *(self.characters.get(character, self.unknown) for character in text)]


@dataclass(frozen=True)
class Batch:
    """``inputs``, ``told`` (`WordStatus`) and ``targets``: (lines, longest line + 1); padding is ``IGNORED`` there."""

    inputs: Ids
    told: Ids
    targets: Ids
    padding: int


@dataclass(frozen=True)
class Examples:
    """Where training pairs come from, and in which shares."""

    corpus: Corpus
    business: Mapping[str, BusinessLines]
    real: Sequence[Pair]
    noise: Noise
    vocabulary: Vocabulary
    known: RandomlyThinnedStatuses
    seed: int = 0
    lines_per_batch: int = 64
    languages: Mapping[str, float] = field(default_factory=lambda: _LANGUAGES)

    def pair(self, rng: Random) -> Pair:
        """One line, as read and as it should read."""
        if self.real and rng.random() < _REAL_SHARE:
            return varied(self.real_pair(rng), self.noise, rng)
        language = rng.choices(list(self.languages), list(self.languages.values()))[0]
        if rng.random() < _TERSE_SHARE:  # stays clean: nobody can tell what an abbreviation lacks
            line = self.business[language].terse_line(rng)[:LONGEST_LINE]
            return Pair(language, line, line)
        line = self.clean_line(language, rng)
        return Pair(language, self.noise(line, language, rng), line)

    def clean_line(self, language: str, rng: Random) -> str:
        """A line of running text or of business papers."""
        kind = rng.random()
        if kind < _BUSINESS_SHARE:
            return self.business[language].line(rng)[:LONGEST_LINE]
        line = self.corpus.line(language, rng)
        if kind < _BUSINESS_SHARE + _ENTRY_SHARE:
            maker = self.business[language]
            words = maker.terms(rng) if rng.random() < _TERMS_SHARE else _some_words(line, rng)
            return maker.entry(words, rng)[:LONGEST_LINE]
        return line.upper() if rng.random() < 0.04 else line

    def real_pair(self, rng: Random) -> Pair:
        """One real pair; each kind has its share, however many there are."""
        kinds = [kind for kind in _REAL_KINDS if self._real_by_kind[kind]]
        return rng.choice(self._real_by_kind[rng.choices(kinds, [_REAL_KINDS[kind] for kind in kinds])[0]])

    @cached_property
    def _real_by_kind(self) -> Mapping[str, Sequence[Pair]]:
        kinds: dict[str, list[Pair]] = {kind: [] for kind in _REAL_KINDS}
        for pair in self.real:
            read = "news" if pair.language == "en" else "other languages"
            kinds[read if pair.sort == "text" else pair.sort].append(pair)
        return kinds

    def batches(self, start: int = 0, step: int = 1) -> Iterator[Batch]:
        """Batches without end, from round ``start`` on, every ``step``-th round (one worker of ``step``)."""
        round_number = start
        while True:
            yield from self.round(round_number)
            round_number += step

    def round(self, number: int) -> list[Batch]:
        """``_SORTED_TOGETHER`` batches of lines of like length, in random order."""
        rng = Random(f"{self.seed}:{number}")  # noqa: S311 - sampling, not secrecy
        batches = self.batches_of([self.pair(rng) for _ in range(self.lines_per_batch * _SORTED_TOGETHER)])
        rng.shuffle(batches)
        return batches

    def batches_of(self, pairs: Sequence[Pair]) -> list[Batch]:
        """These pairs as batches, the shortest first."""
        coded = sorted((self._coded(pair) for pair in pairs), key=lambda example: len(example[0]))
        size = self.lines_per_batch
        return [_padded(coded[at : at + size], self.vocabulary.padding) for at in range(0, len(coded), size)]

    def _coded(self, pair: Pair) -> _Coded:
        rng = Random(f"{self.seed}:{pair.ocr}")  # noqa: S311 - sampling, not secrecy
        ocr = pair.ocr[: WINDOW - 1]
        whole = ocr == pair.ocr
        labels = labels_of(pair.ocr, pair.truth)[: len(ocr) + 1]
        if not whole:
            labels[-3:] = [None] * 3  # the alignment's end lies outside
        unsure = _unknowable(pair)
        targets = [
            IGNORED if label is None or position - 1 in unsure else self.vocabulary.labels.get(label, IGNORED)
            for position, label in enumerate(labels)
        ]
        told = [int(WordStatus.UNSPECIFIED)] * len(ocr)
        if rng.random() >= _UNTOLD_SHARE:
            language = pair.language if rng.random() < _LANGUAGE_KNOWN else None
            told = self.known.word_statuses(pair.ocr, rng, language)[: len(ocr)]
        return self.vocabulary.encode(ocr), [int(WordStatus.UNSPECIFIED), *told], targets


def _some_words(line: str, rng: Random) -> str:
    """One to four neighbouring words."""
    words, count = line.split(), rng.choice((1, 1, 2, 2, 3, 4))
    start = rng.randrange(max(1, len(words) - count + 1))
    return " ".join(words[start : start + count]).strip(".,;:!?()\"'")


def _unknowable(pair: Pair) -> frozenset[int]:
    """Positions of tokens whose digits an engine misread as other digits: only guessing could be learned there."""
    if not pair.measured or _DIGIT.findall(pair.ocr) == _DIGIT.findall(pair.truth):
        return frozenset()
    true_tokens = {token for token in pair.truth.split() if _DIGIT.search(token)}
    unsure = set(number_positions(pair.ocr))
    for token in re.finditer(r"\S+", pair.ocr):
        if token.group() in true_tokens or _is_word_in_disguise(token.group()):
            unsure -= set(range(token.start(), token.end()))
    return frozenset(unsure)


def _is_word_in_disguise(token: str) -> bool:
    """Mostly letters: its digits stand for letters, and what it should be can be seen."""
    return sum(map(str.isalpha, token)) > sum(map(str.isdigit, token))


def _padded(examples: Sequence[_Coded], padding: int) -> Batch:
    width = max(len(inputs) for inputs, _, _ in examples)
    inputs = np.full((len(examples), width), padding, dtype=np.int64)
    told = np.full_like(inputs, WordStatus.UNSPECIFIED)
    targets = np.full_like(inputs, IGNORED)
    for row, (ids, types, labels) in enumerate(examples):
        inputs[row, : len(ids)] = ids
        told[row, : len(types)] = types
        targets[row, : len(labels)] = labels
    return Batch(inputs, told, targets, padding)
