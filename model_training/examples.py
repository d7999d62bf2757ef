"""Generates training batches: clean lines with noise, and real pairs, as character ids and label ids.

Every batch is a function of the seed and its number, so a resumed run continues where it stopped and worker processes
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
from model_training.corpus import MAX_LINE, Corpus
from model_training.labels import labels_of
from model_training.lexicon import RandomlyThinnedStatuses
from model_training.noise import Noise, number_positions
from model_training.real_pairs import Pair
from scanproof.correction.fast.tagger import WordStatus

if TYPE_CHECKING:  # faker is not needed to read batches
    from model_training.business import BusinessLines

IGNORED = -100  # torch's default for positions without a loss
WINDOW = 128  # positions of the encoder: the virtual first one and 127 characters
_REAL_SHARE = 0.28
_REAL_WEIGHTS = {"news": 0.26, "receipts": 0.22, "other languages": 0.5, "rendered": 0.42}  # news: in English
_BUSINESS_SHARE = 0.35
_TERSE_SHARE = 0.045
_ENTRY_SHARE = 0.1  # a few words of running text as entries of documents: any word may occur in one, without a sentence
_TERMS_SHARE = 0.4  # of the entries: terms of business documents
_LANGUAGE_WEIGHTS = {"en": 12.0, "fr": 2.4, "de": 2.4, "es": 1.5, "it": 1.5, "pt": 1.3, "nl": 1.5, "pl": 2.0}
_NO_STATUS_SHARE = 0.1  # of the lines: the tagger has to work without word statuses, too
_LANGUAGE_KNOWN_SHARE = 0.75  # of the lines: their language is given, as a page's may be
_BATCHES_PER_ROUND = 8  # their lines are sorted by length, so that there is little padding

_DIGIT = re.compile(r"\d")

Ids = npt.NDArray[np.int64]
_Encoded = tuple[list[int], list[int], list[int]]  # ids, word statuses and labels of a line


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
    """``inputs``, ``statuses`` (`WordStatus`) and ``targets``, each (lines, longest line + 1)."""

    inputs: Ids
    statuses: Ids
    targets: Ids
    padding: int


@dataclass(frozen=True)
class Examples:
    """Draws training pairs from their sources, each with its share."""

    corpus: Corpus
    business: Mapping[str, BusinessLines]
    real: Sequence[Pair]
    noise: Noise
    vocabulary: Vocabulary
    lexicon: RandomlyThinnedStatuses
    seed: int = 0
    lines_per_batch: int = 64
    languages: Mapping[str, float] = field(default_factory=lambda: _LANGUAGE_WEIGHTS)

    def pair(self, rng: Random) -> Pair:
        """One line, as read and as it should be."""
        if self.real and rng.random() < _REAL_SHARE:
            return varied(self.real_pair(rng), self.noise, rng)
        language = rng.choices(list(self.languages), list(self.languages.values()))[0]
        if rng.random() < _TERSE_SHARE:  # stays clean: what an abbreviation lacks is undecidable
            line = self.business[language].terse_line(rng)[:MAX_LINE]
            return Pair(language, line, line)
        line = self.clean_line(language, rng)
        return Pair(language, self.noise(line, language, rng), line)

    def clean_line(self, language: str, rng: Random) -> str:
        """A line of running text or of a business document."""
        kind = rng.random()
        if kind < _BUSINESS_SHARE:
            return self.business[language].line(rng)[:MAX_LINE]
        line = self.corpus.line(language, rng)
        if kind < _BUSINESS_SHARE + _ENTRY_SHARE:
            generator = self.business[language]
            words = generator.terms(rng) if rng.random() < _TERMS_SHARE else _some_words(line, rng)
            return generator.entry(words, rng)[:MAX_LINE]
        return line.upper() if rng.random() < 0.04 else line

    def real_pair(self, rng: Random) -> Pair:
        """One real pair; each source has its share, whatever its size."""
        sources = [source for source in _REAL_WEIGHTS if self._real_by_source[source]]
        weights = [_REAL_WEIGHTS[source] for source in sources]
        return rng.choice(self._real_by_source[rng.choices(sources, weights)[0]])

    @cached_property
    def _real_by_source(self) -> Mapping[str, Sequence[Pair]]:
        sources: dict[str, list[Pair]] = {source: [] for source in _REAL_WEIGHTS}
        for pair in self.real:
            of_text = "news" if pair.language == "en" else "other languages"
            sources[of_text if pair.kind == "text" else pair.kind].append(pair)
        return sources

    def batches(self, start: int = 0, step: int = 1) -> Iterator[Batch]:
        """Yields batches without end, from round ``start``, of every ``step``-th round (one worker of ``step``)."""
        round_number = start
        while True:
            yield from self.round(round_number)
            round_number += step

    def round(self, number: int) -> list[Batch]:
        """``_BATCHES_PER_ROUND`` batches of lines of similar length, in random order."""
        rng = Random(f"{self.seed}:{number}")  # noqa: S311 - sampling, not secrecy
        batches = self.batches_of([self.pair(rng) for _ in range(self.lines_per_batch * _BATCHES_PER_ROUND)])
        rng.shuffle(batches)
        return batches

    def batches_of(self, pairs: Sequence[Pair]) -> list[Batch]:
        """Encodes pairs as batches, the shortest lines first."""
        encoded = sorted((self._encoded(pair) for pair in pairs), key=lambda example: len(example[0]))
        size = self.lines_per_batch
        return [_padded(encoded[at : at + size], self.vocabulary.padding) for at in range(0, len(encoded), size)]

    def _encoded(self, pair: Pair) -> _Encoded:
        rng = Random(f"{self.seed}:{pair.ocr}")  # noqa: S311 - sampling, not secrecy
        ocr = pair.ocr[: WINDOW - 1]
        whole = ocr == pair.ocr
        labels = labels_of(pair.ocr, pair.truth)[: len(ocr) + 1]
        if not whole:
            labels[-3:] = [None] * 3  # the alignment's end lies outside
        undecidable = _undecidable(pair)
        targets = [
            IGNORED if label is None or position - 1 in undecidable else self.vocabulary.labels.get(label, IGNORED)
            for position, label in enumerate(labels)
        ]
        statuses = [int(WordStatus.UNSPECIFIED)] * len(ocr)
        if rng.random() >= _NO_STATUS_SHARE:
            language = pair.language if rng.random() < _LANGUAGE_KNOWN_SHARE else None
            statuses = self.lexicon.word_statuses(pair.ocr, rng, language)[: len(ocr)]
        return self.vocabulary.encode(ocr), [int(WordStatus.UNSPECIFIED), *statuses], targets


def _some_words(line: str, rng: Random) -> str:
    """One to four adjacent words."""
    words, count = line.split(), rng.choice((1, 1, 2, 2, 3, 4))
    start = rng.randrange(max(1, len(words) - count + 1))
    return " ".join(words[start : start + count]).strip(".,;:!?()\"'")


def _undecidable(pair: Pair) -> frozenset[int]:
    """Positions of tokens whose digits an engine misread as other digits: there the tagger would learn to guess."""
    if not pair.measured or _DIGIT.findall(pair.ocr) == _DIGIT.findall(pair.truth):
        return frozenset()
    true_tokens = {token for token in pair.truth.split() if _DIGIT.search(token)}
    undecidable = set(number_positions(pair.ocr))
    for token in re.finditer(r"\S+", pair.ocr):
        if token.group() in true_tokens or _is_mostly_letters(token.group()):
            undecidable -= set(range(token.start(), token.end()))
    return frozenset(undecidable)


def _is_mostly_letters(token: str) -> bool:
    """Whether a token's digits stand for letters, so that its truth is decidable."""
    return sum(map(str.isalpha, token)) > sum(map(str.isdigit, token))


def _padded(examples: Sequence[_Encoded], padding: int) -> Batch:
    width = max(len(inputs) for inputs, _, _ in examples)
    inputs = np.full((len(examples), width), padding, dtype=np.int64)
    statuses = np.full_like(inputs, WordStatus.UNSPECIFIED)
    targets = np.full_like(inputs, IGNORED)
    for row, (ids, types, labels) in enumerate(examples):
        inputs[row, : len(ids)] = ids
        statuses[row, : len(types)] = types
        targets[row, : len(labels)] = labels
    return Batch(inputs, statuses, targets, padding)
