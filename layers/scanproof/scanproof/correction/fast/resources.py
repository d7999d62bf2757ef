"""The language resources of a model folder: lexicon, bigram model, and the error rates of OCR engines.

Bigrams show how well a word fits between its neighbours, by pointwise mutual information (Church and Hanks 1990): how
much more often a pair was seen than chance would have it, smoothed towards zero where the training text is too small to
tell. The error model is the channel of the noisy-channel model: how often engines read one string for another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from scanproof.correction.fast import config
from scanproof.correction.fast.lexicon import TOKEN, Lexicon, LinePosterior, load_lexicon
from scanproof.correction.fast.model_folder import unreadable
from scanproof.errors import PermanentError

BIGRAMS_FILE = "bigrams.npz"
LEXICON_SIZE = "words"  # the array that holds the size of the lexicon whose rows the keys refer to
STEPS_PER_DOUBLING = 4  # counts are stored as logarithms, rounded to a quarter of a doubling
_ROWS = 1 << 20  # more than any lexicon has

Keys = npt.NDArray[np.int64]
Pair = tuple[int, int]
Tables = Mapping[str, tuple[Keys, npt.NDArray[np.float32]]]
ERROR_RATES_FILE = "error_rates.json"
NEVER = -6.0  # log10 of the rate of an error that was not seen
_RATES = TypeAdapter(dict[str, dict[str, float]])


class ErrorModel:
    """Rates of errors of one or two characters."""

    def __init__(self, rates: Mapping[str, Mapping[str, float]]) -> None:
        """Takes the rates as ``error_rates.json`` holds them.

        Args:
            rates: by true string, by string read instead, log10 of how often the true string is read so. The empty
                string as the true one stands for an insertion, as the one read for a deletion.
        """
        self._rates = rates

    def log_rate(self, meant: str, read: str) -> float:
        """log10 of how often ``meant`` is read as ``read``, in either case; `NEVER` if that was not seen."""
        exact = self._lookup(meant, read)
        return exact if exact > NEVER else self._lookup(meant.lower(), read.lower())

    def _lookup(self, meant: str, read: str) -> float:
        return max(NEVER, self._rates.get(meant, {}).get(read, NEVER))


def load_error_model(folder: Path) -> ErrorModel:
    """Reads ``error_rates.json`` of a model folder.

    Raises:
        PermanentError: ``error_rates_invalid``.
    """
    path = folder / ERROR_RATES_FILE
    try:
        return ErrorModel(_RATES.validate_json(path.read_bytes()))
    except (OSError, ValidationError) as error:
        raise unreadable(path, "error_rates", "error rates", type(error).__name__, "error_rates") from error


def bigrams_of(text: str, lexicon: Lexicon) -> Iterator[Pair]:
    """The lexicon rows of every two adjacent known words, the left one first."""
    last_row, last_end = None, 0
    for token in TOKEN.finditer(text):
        row = lexicon.row(token.group())
        if row is not None and last_row is not None and token.start() - last_end <= config.MAX_BIGRAM_GAP:
            yield last_row, row
        last_row, last_end = row, token.end()


def token_spans(text: str) -> list[Pair]:
    """Start and end of each token: a run of letters and digits."""
    return [token.span() for token in TOKEN.finditer(text)]


def keys_of(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Keys:
    """One number for each pair of rows."""
    return left * _ROWS + right


class BigramModel:
    """Counts of adjacent words by language."""

    def __init__(self, tables: Tables) -> None:
        """Takes the counts.

        Args:
            tables: by language, in the lexicon's order, the keys of pairs in ascending order and their counts.
        """
        self.tables = dict(tables)

    def pmi(self, pairs: Sequence[Pair], lexicon: Lexicon, posterior: LinePosterior) -> npt.NDArray[np.float64]:
        """For each pair of rows log10 of how much more often it was seen than expected; 0 if nothing was counted.

        The counts are those of the line's most probable language.
        """
        column = lexicon.language(posterior)
        keys, counts = self.tables[lexicon.languages[column]]
        if not len(pairs) or not len(keys):
            return np.zeros(len(pairs))
        left, right = np.asarray(pairs, np.int64).T
        wanted = keys_of(left, right)
        places = np.minimum(keys.searchsorted(wanted), len(keys) - 1)
        observed = np.where(keys[places] == wanted, counts[places], 0.0)
        expected = lexicon.expected_pairs(left, right, column)
        smoothing = config.BIGRAM_SMOOTHING
        pmi: npt.NDArray[np.float64] = np.log10((observed + smoothing) / (expected + smoothing))
        return pmi


def load_bigrams(folder: Path, words: int) -> BigramModel:
    """Reads ``bigrams.npz`` of a model folder.

    Args:
        folder: the model folder.
        words: size of the folder's lexicon.

    Raises:
        PermanentError: ``bigrams_invalid``; also if the pairs refer to another lexicon.
    """
    path = folder / BIGRAMS_FILE
    try:
        with np.load(path, allow_pickle=False) as file:
            languages = [name.removesuffix("_keys") for name in file.files if name.endswith("_keys")]
            tables = {name: (file[f"{name}_keys"].cumsum(), _decoded(file[f"{name}_counts"])) for name in languages}
            size = int(file[LEXICON_SIZE])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise _invalid(path, type(error).__name__) from error
    if size != words:
        raise _invalid(path, f"they are bigrams of {size:,} words, and {words:,} are known")
    return BigramModel(tables)


def _decoded(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return np.exp2(codes.astype(np.float32) / STEPS_PER_DOUBLING)


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "bigrams", "bigrams", why, "bigrams")


@dataclass(frozen=True)
class LanguageResources:
    """How common words are, which stand side by side, and what engines misread."""

    lexicon: Lexicon
    bigrams: BigramModel
    error_model: ErrorModel


def load_resources(folder: Path) -> LanguageResources:
    """Reads ``words.txt.xz``, ``bigrams.npz`` and ``error_rates.json`` of a model folder.

    Raises:
        PermanentError: as `load_lexicon`, `load_bigrams` and `load_error_model`.
    """
    lexicon = load_lexicon(folder)
    return LanguageResources(lexicon, load_bigrams(folder, len(lexicon)), load_error_model(folder))
