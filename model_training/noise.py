"""Adds noise to a clean line as scanning does: often none, else one kind of error or two.

Most lines stay clean and errors come in bursts: under-corrupted, non-uniform noise trains best (arXiv 2409.19735), and
correctors that never see clean text learn to harm it. Digits of a number are only replaced by letters that resemble
them, never by other digits: what is undecidable must not be learned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from model_training import char_noise, lookalikes
from model_training.confusions import ConfusionTable, load_confusions, measured_confusions
from model_training.real_pairs import Pair

_CLEAN_SHARE = 0.3  # more lines stay clean, since some errors find nothing to apply to
# With one attempt few lines shorter than this many characters get errors, and they are half of a business document.
_SHORT, _MAX_ATTEMPTS = 40, 3
_RATES = (0.01, 0.02, 0.04, 0.07, 0.12)

Corruption = Callable[[str, Random, frozenset[int]], str]


def number_positions(text: str) -> frozenset[int]:
    """The positions of tokens that hold a digit."""
    return frozenset(
        position for token in re.finditer(r"\S*\d\S*", text) for position in range(token.start(), token.end())
    )


@dataclass(frozen=True)
class Noise:
    """Adds noise, with the measured confusions of each language's engines."""

    tables: Mapping[str, Sequence[ConfusionTable]]  # by language; "" for those without measurements of their own

    def __call__(self, line: str, language: str, rng: Random) -> str:
        """A reading of ``line``, perhaps the same."""
        if rng.random() < _CLEAN_SHARE:
            return line
        for _ in range(_MAX_ATTEMPTS if len(line) < _SHORT else 1):
            if (corrupted := self._corrupted(line, language, rng)) != line:
                return corrupted
        return line

    def _corrupted(self, line: str, language: str, rng: Random) -> str:
        kinds = self._kinds(language, has_number=bool(number_positions(line)))
        corruptions, weights = zip(*kinds, strict=True)
        for corrupt in rng.choices(corruptions, weights, k=1 if rng.random() < 0.8 else 2):
            line = corrupt(line, rng, number_positions(line))
        return line

    def _kinds(self, language: str, has_number: bool) -> list[tuple[Corruption, float]]:
        tables = self.tables.get(language) or self.tables[""]
        return [
            (lambda line, rng, kept: rng.choice(tables).corrupt(line, rng.choice(_RATES), rng, kept), 0.42),
            (_digits_in_some_words, 0.07),
            (_digits_throughout, 0.04),
            (_letters_in_numbers, 0.15 if has_number else 0.0),
            (_similar_letters, 0.26),
            (_letters_lost, 0.32),
            (lambda line, rng, _: char_noise.with_letters_doubled(line, rng.choice((0.1, 0.2)), rng), 0.14),
            (lambda line, rng, _: char_noise.with_letters_swapped(line, rng.choice((0.05, 0.1, 0.2)), rng), 0.04),
            (
                lambda line, rng, kept: char_noise.with_spaces_moved(
                    line, rng.choice((0.05, 0.1, 0.3, 0.8)), rng, kept
                ),
                0.12,
            ),
            (lambda line, rng, kept: char_noise.with_punctuation_lost(line, rng.choice((0.1, 0.3)), rng, kept), 0.03),
            (lambda line, rng, _: char_noise.with_rules_beside_words(line, rng.choice((0.1, 0.3)), rng), 0.06),
        ]


def _digits_in_some_words(line: str, rng: Random, kept: frozenset[int]) -> str:
    line = lookalikes.with_digits_in_words(line, rng.choice((0.04, 0.08, 0.15, 0.3)), rng, lone=False)
    if rng.random() < 0.2:
        line = lookalikes.with_signs_in_words(line, 0.06, rng, number_positions(line))
    return line


def _digits_throughout(line: str, rng: Random, kept: frozenset[int]) -> str:
    return lookalikes.with_digits_in_words(line, rng.choice((0.4, 0.6, 0.8, 1.0)), rng, lone=True)


def _letters_in_numbers(line: str, rng: Random, kept: frozenset[int]) -> str:
    return lookalikes.with_letters_in_numbers(line, rng.choice((0.1, 0.2, 0.4)), rng)


def _similar_letters(line: str, rng: Random, kept: frozenset[int]) -> str:
    return lookalikes.with_similar_letters(line, rng.choice((0.02, 0.05, 0.1)), rng, kept)


def _letters_lost(line: str, rng: Random, kept: frozenset[int]) -> str:
    return char_noise.with_letters_dropped(line, rng.choice((0.2, 0.4, 0.6)), rng)


def load_noise(folder: Path, readings: Sequence[Pair] = ()) -> Noise:
    """Noise from a folder of measured confusion tables (see ``load_confusions``).

    Args:
        folder: holds the tables.
        readings: rendered pages as RapidOCR reads them; if given, its confusions are added for every language.
    """
    rendered = [measured_confusions((pair.ocr, pair.truth) for pair in readings)] if readings else []
    measured = cache(lambda name: load_confusions(folder / f"{name}.tsv"))

    def tables(*names: str) -> list[ConfusionTable]:
        return [*map(measured, names), *rendered]

    return Noise(
        {
            "": tables("finereader_news_en", "tesseract5_modern_en"),
            "de": tables("de_hist", "tesseract5_modern_en"),
            "fr": tables("fr_receipts", "tesseract5_modern_en"),
            "pl": tables("tesseract_pl", "tesseract5_modern_en"),
        }
    )
