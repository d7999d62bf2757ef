"""What a scan does to a clean line: often nothing, else one kind of damage or two.

Most lines stay clean and errors come in bursts: under-corrupted, non-uniform noise trains best (arXiv 2409.19735), and
correctors that never see clean text learn to harm it. A number is only ever disguised by letters that resemble its
digits, never changed into another number: what cannot be known must not be learned.
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

_CLEAN = 0.3  # chosen so; more lines stay clean, because no damage finds anything to hit
_SHORT, _TRIES = 40, 3  # characters; at these rates few short lines would be hit, and they are half of a business paper
_RATES = (0.01, 0.02, 0.04, 0.07, 0.12)

Damage = Callable[[str, Random, frozenset[int]], str]


def number_positions(text: str) -> frozenset[int]:
    """The positions of tokens that hold a digit."""
    return frozenset(
        position for token in re.finditer(r"\S*\d\S*", text) for position in range(token.start(), token.end())
    )


@dataclass(frozen=True)
class Noise:
    """Noise with the measured confusions of each language's engines."""

    tables: Mapping[str, Sequence[ConfusionTable]]  # by language; "" for those without measurements of their own

    def __call__(self, line: str, language: str, rng: Random) -> str:
        """A reading of ``line``, perhaps the same."""
        if rng.random() < _CLEAN:
            return line
        for _ in range(_TRIES if len(line) < _SHORT else 1):
            if (damaged := self._damaged(line, language, rng)) != line:
                return damaged
        return line

    def _damaged(self, line: str, language: str, rng: Random) -> str:
        kinds = self._kinds(language, has_number=bool(number_positions(line)))
        damages, weights = zip(*kinds, strict=True)
        for damage in rng.choices(damages, weights, k=1 if rng.random() < 0.8 else 2):
            line = damage(line, rng, number_positions(line))
        return line

    def _kinds(self, language: str, has_number: bool) -> list[tuple[Damage, float]]:
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
                lambda line, rng, kept: char_noise.with_blanks_moved(
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
        readings: pages of our own as the engine that ships read them; if there are any, its confusions join the
            tables of every language.
    """
    own = [measured_confusions((pair.ocr, pair.truth) for pair in readings)] if readings else []
    measured = cache(lambda name: load_confusions(folder / f"{name}.tsv"))

    def tables(*names: str) -> list[ConfusionTable]:
        return [*map(measured, names), *own]

    return Noise(
        {
            "": tables("finereader_news_en", "tesseract5_modern_en"),
            "de": tables("de_hist", "tesseract5_modern_en"),
            "fr": tables("fr_receipts", "tesseract5_modern_en"),
            "pl": tables("tesseract_pl", "tesseract5_modern_en"),
        }
    )
