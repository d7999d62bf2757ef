"""``python -m model_training.bigrams --data DIR --model models/fast``: counts adjacent words.

It counts in the text in which ``lexicon`` counted words. Run it after ``lexicon``, since it refers to words by their
rows in ``words.txt.xz``.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model_training.corpus import whole_texts
from model_training.lexicon import BUSINESS_COUNT, business_texts, chance_unseen, thinned, true_texts
from scanproof.correction.fast.lexicon import BigramModel, Keys, Lexicon, bigrams_of, keys_of
from scanproof.correction.fast.model_folder import (
    BIGRAMS_FILE,
    LEXICON_SIZE,
    STEPS_PER_DOUBLING,
    LanguageResources,
    load_lexicon,
)

_MIN_COUNT = 3
_CHUNK = 2_000_000  # pairs that are counted at a time

Counts = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]  # keys, ascending, and how often each


def count_bigrams(texts: Iterable[str], lexicon: Lexicon, times: int = 1) -> Counts:
    """How often known words are adjacent in ``texts``, each text counted ``times`` times."""
    keys, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    pairs = (pair for text in texts for pair in bigrams_of(text, lexicon))
    while chunk := list(islice(pairs, _CHUNK)):
        more_keys, more_counts = np.unique(keys_of(*np.asarray(chunk, np.int64).T), return_counts=True)
        keys, counts = _summed((keys, counts), (more_keys, more_counts * times))
    return keys, counts


def _summed(one: Counts, other: Counts) -> Counts:
    keys, places = np.unique(np.concatenate([one[0], other[0]]), return_inverse=True)
    counts = np.zeros(len(keys), np.int64)
    np.add.at(counts, places, np.concatenate([one[1], other[1]]))
    return keys, counts


def thinned_resources(resources: LanguageResources, seed: int) -> LanguageResources:
    """The resources for lines of the corpora that were counted, in which otherwise every word would be known."""
    return LanguageResources(
        thinned(resources.lexicon, seed), thinned_bigrams(resources.bigrams, seed), resources.error_model
    )


def thinned_bigrams(bigrams: BigramModel, seed: int) -> BigramModel:
    """The bigrams that would be known if only a part of the text had been counted (see ``lexicon.thinned``)."""
    rng = np.random.default_rng(seed)
    tables = {}
    for language, (keys, counts) in bigrams.tables.items():
        kept = rng.random(len(counts)) >= chance_unseen(counts)
        tables[language] = keys[kept], counts[kept]
    return BigramModel(tables)


def encoded(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Counts as they are stored: logarithms, to a quarter of a doubling."""
    return np.round(np.log2(counts) * STEPS_PER_DOUBLING).astype(np.uint8)


def packed(tables: Mapping[str, tuple[Keys, npt.NDArray[np.uint8]]], words: int) -> bytes:
    """The content of ``bigrams.npz``: by language the differences of the keys, and encoded counts.

    Args:
        tables: by language, keys in ascending order and encoded counts.
        words: size of the lexicon whose rows the keys refer to.
    """
    arrays: dict[str, Any] = {LEXICON_SIZE: np.asarray(words)}
    for language, (keys, codes) in tables.items():
        arrays[f"{language}_keys"] = np.diff(keys, prepend=0)
        arrays[f"{language}_counts"] = codes
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def main() -> None:
    """Writes ``bigrams.npz`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m model_training.bigrams", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with words.txt.xz")
    parser.add_argument("--min-count", type=int, default=_MIN_COUNT, help=f"of a stored pair (default {_MIN_COUNT})")
    options = parser.parse_args()
    lexicon, tables = load_lexicon(options.model), {}
    for language, texts in whole_texts(options.data / "train_text").items():
        general = count_bigrams([*texts, *true_texts(options.data / "dev", language)], lexicon)
        keys, counts = _summed(general, count_bigrams(business_texts(language), lexicon, BUSINESS_COUNT))
        kept = counts >= options.min_count
        tables[language] = keys[kept], encoded(counts[kept])
        print(language, len(keys), int(kept.sum()))
    (options.model / BIGRAMS_FILE).write_bytes(packed(tables, len(lexicon)))


if __name__ == "__main__":
    main()
