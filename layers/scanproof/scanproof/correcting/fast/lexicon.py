"""How common words are: counts from the training text, shipped with the model."""

from __future__ import annotations

import lzma
import re
from collections.abc import Mapping
from pathlib import Path

from scanproof.errors import PermanentError

FILE_NAME = "words.txt.xz"
_LETTERS = re.compile(r"[^\W\d_]+")
_POWER = 0.4  # a word seen a thousand times is worth 16 unseen ones, not a thousand: the tagger sees the context


class Lexicon:
    """Word counts, whatever the case."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def weight(self, text: str) -> float:
        """How much likelier the rarest word of ``text`` is than an unseen one; 1.0 where there is none, or a digit."""
        return float((1 + self.least_count(text)) ** _POWER)

    def count(self, word: str) -> int:
        """How often one word, of letters only, was met."""
        return self._counts.get(word.lower(), 0)

    def least_count(self, text: str) -> int:
        """How often the rarest word of ``text`` was met; 0 where there is none, or a digit."""
        if any(map(str.isdigit, text)):
            return 0
        return min((self._counts.get(word.lower(), 0) for word in _LETTERS.findall(text)), default=0)


def load_lexicon(folder: Path) -> Lexicon:
    """Reads ``words.txt.xz`` of a model folder: a word, a blank and its count on each line.

    Raises:
        PermanentError: ``lexicon_invalid``.
    """
    path = folder / FILE_NAME
    try:
        rows = (row.split(" ") for row in lzma.decompress(path.read_bytes()).decode("utf-8").splitlines())
        return Lexicon({word: int(count) for word, count in rows})
    except (OSError, lzma.LZMAError, ValueError) as error:
        raise PermanentError(
            "lexicon_invalid",
            f"{path} cannot be read as the fast corrector's words ({type(error).__name__}).",
            "Run `python -m model_training.lexicon` for this model, or fetch an unaltered copy of the folder.",
        ) from error
