"""A corrector of a text that does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.base import CorrectedLine
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior


class Untouched:
    """Leaves every line as it is: what a text without correction is compared with."""

    name = "none"
    model_version = "none"
    languages: frozenset[str] | None = None

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """Returns the lines unchanged."""
        return [CorrectedLine(line) for line in lines]

    def close(self) -> None:
        """Does nothing: no model is loaded."""
