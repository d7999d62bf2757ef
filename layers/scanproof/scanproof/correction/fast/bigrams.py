"""Which words stand side by side, and how often: counts from the training text, shipped with the model.

What a word pair tells beyond its words: how much more often it was met than chance would have it (pointwise mutual
information, Church and Hanks 1990), drawn towards nothing where too little was read to tell.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast.lexicon import RUN, LanguagePosterior, Lexicon
from scanproof.correction.fast.model_folder import unreadable
from scanproof.errors import PermanentError

FILE_NAME = "bigrams.npz"
_WORDS = "words"
_LONGEST_GAP = 3  # characters between neighbours: a blank, a comma and a blank, an apostrophe
_ROWS = 1 << 20  # more than any lexicon has
_STEPS_OF_A_DOUBLING = 4  # of the counts that are stored
_DRAWN = 1.5  # pairs that chance is held to have brought, and to have been met

Keys = npt.NDArray[np.int64]
Pair = tuple[int, int]


def bigrams_of(text: str, lexicon: Lexicon) -> Iterator[Pair]:
    """The rows of every two known words that stand side by side, the left one first."""
    last_row, last_end = None, 0
    for run in RUN.finditer(text):
        row = lexicon.row(run.group())
        if row is not None and last_row is not None and run.start() - last_end <= _LONGEST_GAP:
            yield last_row, row
        last_row, last_end = row, run.end()


def runs_of(text: str) -> list[Pair]:
    """Start and end of everything between blanks and marks."""
    return [run.span() for run in RUN.finditer(text)]


def keys_of(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Keys:
    """One number for each pair of rows."""
    return left * _ROWS + right


def code_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Counts as they are stored: logarithms, to a quarter of a doubling."""
    return np.round(np.log2(counts) * _STEPS_OF_A_DOUBLING).astype(np.uint8)


def _counts_of(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return np.exp2(codes.astype(np.float32) / _STEPS_OF_A_DOUBLING)


class BigramModel:
    """Counts of neighbouring words by language."""

    def __init__(self, tables: Mapping[str, tuple[Keys, npt.NDArray[np.float32]]]) -> None:
        """``tables``: by language in the lexicon's order, keys (ascending) and counts."""
        self._tables = dict(tables)

    def where(self, kept: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.bool_]]) -> BigramModel:
        """Those pairs of which ``kept`` says so, told by their counts."""
        tables = {}
        for language, (keys, counts) in self._tables.items():
            stay = kept(counts)
            tables[language] = keys[stay], counts[stay]
        return BigramModel(tables)

    def pmi(self, pairs: Sequence[Pair], lexicon: Lexicon, posterior: LanguagePosterior) -> npt.NDArray[np.float64]:
        """For each pair of rows log10 of how much more often it was met than by chance; 0 if nothing is known.

        In the language that the line is probably in.
        """
        column = lexicon.language(posterior)
        keys, counts = self._tables[lexicon.languages[column]]
        if not len(pairs) or not len(keys):
            return np.zeros(len(pairs))
        left, right = np.asarray(pairs, np.int64).T
        wanted = keys_of(left, right)
        places = np.minimum(keys.searchsorted(wanted), len(keys) - 1)
        met = np.where(keys[places] == wanted, counts[places], 0.0)
        chance = lexicon.expected_pairs(left, right, column)
        pmi: npt.NDArray[np.float64] = np.log10((met + _DRAWN) / (chance + _DRAWN))
        return pmi


def packed(tables: Mapping[str, tuple[Keys, npt.NDArray[np.uint8]]], words: int) -> bytes:
    """As ``bigrams.npz`` holds it: by language the differences of the keys, and coded counts.

    Args:
        words: how many the lexicon has whose rows the keys are made of.
    """
    arrays: dict[str, Any] = {_WORDS: np.asarray(words)}
    for language, (keys, codes) in tables.items():
        arrays[f"{language}_keys"] = np.diff(keys, prepend=0)
        arrays[f"{language}_counts"] = codes
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def load_bigrams(folder: Path, words: int) -> BigramModel:
    """Reads ``bigrams.npz`` of a model folder.

    Args:
        words: how many the folder's lexicon has.

    Raises:
        PermanentError: ``bigrams_invalid``; also if they are pairs of another lexicon.
    """
    path = folder / FILE_NAME
    try:
        with np.load(path, allow_pickle=False) as file:
            languages = [name.removesuffix("_keys") for name in file.files if name.endswith("_keys")]
            tables = {name: (file[f"{name}_keys"].cumsum(), _counts_of(file[f"{name}_counts"])) for name in languages}
            of_words = int(file[_WORDS])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise _invalid(path, type(error).__name__) from error
    if of_words != words:
        raise _invalid(path, f"they are bigrams of {of_words:,} words, and {words:,} are known")
    return BigramModel(tables)


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "bigrams", "bigrams", why, "bigrams")
