"""Finds the folder of the bundled model, and opens the language resources in it: words, bigrams, error rates."""

from __future__ import annotations

import lzma
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast.lexicon import BigramModel, Lexicon
from scanproof.errors import PermanentError
from scanproof.settings import Settings

LEXICON_FILE = "words.txt.xz"
BUSINESS_SUFFIX = "/papers"  # of a language's name, heads the counts in business documents
BIGRAMS_FILE = "bigrams.npz"
LEXICON_SIZE = "words"  # the array that holds the size of the lexicon whose rows the keys refer to
STEPS_PER_DOUBLING = 4  # counts are stored as logarithms, rounded to a quarter of a doubling
ERROR_RATES_FILE = "error_rates.json"
_RATES = TypeAdapter(dict[str, dict[str, float]])
_IN_CHECKOUT = Path("models") / "fast"
_IN_PACKAGE = Path(__file__).resolve().parents[2] / "model_data" / "fast"  # the build puts it there (setup.py)


def default_folder() -> Path:
    """Returns the folder of the fast model.

    That is the folder that ``SCANPROOF_FAST_MODEL`` names (images set it), else the copy inside an installed package,
    else ``models/fast`` of the checkout that holds this file. Only a built package has a copy, so a checkout uses its
    own model, and an installed package never takes an unrelated ``models/fast`` of the project around it.
    """
    if named := Settings.from_environment().fast_model:
        return named
    if _IN_PACKAGE.is_dir():
        return _IN_PACKAGE
    parents = Path(__file__).resolve().parents
    return next((folder / _IN_CHECKOUT for folder in parents if (folder / _IN_CHECKOUT).is_dir()), _IN_CHECKOUT)


@dataclass(frozen=True)
class LanguageResources:
    """How common words are, which stand side by side, and what engines misread."""

    lexicon: Lexicon
    bigrams: BigramModel
    error_model: ErrorModel


_loaded: WeakValueDictionary[tuple[str, tuple[int, ...]], LanguageResources] = WeakValueDictionary()


def load_resources(folder: Path) -> LanguageResources:
    """Reads ``words.txt.xz``, ``bigrams.npz`` and ``error_rates.json`` of a model folder.

    Correctors that are open at the same time share them, since they take 180 MB.

    Raises:
        PermanentError: as `load_lexicon`, `load_bigrams` and `load_error_model`.
    """
    files = (folder / name for name in (LEXICON_FILE, BIGRAMS_FILE, ERROR_RATES_FILE))
    key = str(folder.resolve()), tuple(map(_modified, files))
    loaded = _loaded.get(key)
    if loaded is None:
        lexicon = load_lexicon(folder)
        loaded = LanguageResources(lexicon, load_bigrams(folder, len(lexicon)), load_error_model(folder))
        _loaded[key] = loaded
    return loaded


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def load_lexicon(folder: Path) -> Lexicon:
    """Reads ``words.txt.xz`` of a model folder: "# language", then a word, a blank and its count on each line.

    "# language/papers" heads the counts in business documents, of words that are counted in running text.

    Raises:
        PermanentError: ``lexicon_invalid``.
    """
    path = folder / LEXICON_FILE
    try:
        counts = _parsed(lzma.decompress(path.read_bytes()).decode("utf-8").splitlines())
        in_business = {
            name.removesuffix(BUSINESS_SUFFIX): counts.pop(name) for name in [*counts] if name.endswith(BUSINESS_SUFFIX)
        }
        return Lexicon(counts, in_business)
    except (OSError, lzma.LZMAError, ValueError, KeyError) as error:
        raise unreadable(path, "lexicon", "words", type(error).__name__, "lexicon") from error


def _parsed(rows: Iterable[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    language = ""
    for row in rows:
        word, count = row.split(" ")
        if word == "#":
            counts[count] = {}
            language = count
        else:
            counts[language][word] = int(count)
    return counts


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


def unreadable(path: Path, name: str, what: str, why: str, maker: str) -> PermanentError:
    """Returns the error ``<name>_invalid``.

    Args:
        path: the file that cannot be read.
        name: first part of the error's code.
        what: content of the file.
        why: reason why it cannot be read.
        maker: the module of ``model_training`` that writes such files.
    """
    return PermanentError(
        f"{name}_invalid",
        f"{path} cannot be read as the fast corrector's {what} ({why}).",
        f"Run `python -m model_training.{maker}` for this model, or fetch an unaltered copy of the folder.",
    )
