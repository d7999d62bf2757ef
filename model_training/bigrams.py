"""``python -m model_training.bigrams --data DIR --model models/fast``: which words stand side by side, how often.

Counted in the text that the words of ``words.txt.xz`` were counted in; run it after ``lexicon``, whose words it refers
to by their places.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model_training.corpus import whole_texts
from model_training.lexicon import BUSINESS_COUNT, business_texts, chance_unread, true_texts
from scanproof.correction.fast.bigrams import FILE_NAME, BigramModel, bigrams_of, code_of, keys_of, packed
from scanproof.correction.fast.lexicon import Lexicon, load_lexicon

_LEAST_COUNT = 3
_TOGETHER = 2_000_000  # pairs that are counted at a time

Counts = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]  # keys, ascending, and how often each


def count_pairs(texts: Iterable[str], lexicon: Lexicon, times: int = 1) -> Counts:
    """How often known words stand side by side in ``texts``, each text counted ``times`` times."""
    keys, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    pairs = (pair for text in texts for pair in bigrams_of(text, lexicon))
    while found := list(islice(pairs, _TOGETHER)):
        more, of_more = np.unique(keys_of(*np.asarray(found, np.int64).T), return_counts=True)
        keys, counts = _summed((keys, counts), (more, of_more * times))
    return keys, counts


def _summed(some: Counts, more: Counts) -> Counts:
    keys, places = np.unique(np.concatenate([some[0], more[0]]), return_inverse=True)
    counts = np.zeros(len(keys), np.int64)
    np.add.at(counts, places, np.concatenate([some[1], more[1]]))
    return keys, counts


def thinned_pairs(pairs: BigramModel, seed: int) -> BigramModel:
    """What would be known if only a part of the text had been read (see ``lexicon.thinned``)."""
    rng = np.random.default_rng(seed)
    return pairs.where(lambda counts: rng.random(len(counts)) >= chance_unread(counts))


def main() -> None:
    """Writes ``bigrams.npz`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m model_training.bigrams", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with words.txt.xz")
    parser.add_argument("--least", type=int, default=_LEAST_COUNT, help=f"fewest times (default {_LEAST_COUNT})")
    options = parser.parse_args()
    lexicon, written = load_lexicon(options.model), {}
    for language, texts in whole_texts(options.data / "train_text").items():
        read = count_pairs([*texts, *true_texts(options.data / "dev", language)], lexicon)
        keys, counts = _summed(read, count_pairs(business_texts(language), lexicon, BUSINESS_COUNT))
        often = counts >= options.least
        written[language] = keys[often], code_of(counts[often])
        print(language, len(keys), int(often.sum()))
    (options.model / FILE_NAME).write_bytes(packed(written, len(lexicon)))


if __name__ == "__main__":
    main()
