"""Correctors of a text that are made of others: one after the other, or none."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.base import CorrectedLine, Corrector, page_language
from scanproof.correction.combine import combined
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


class Chained:
    """Runs a second corrector on what a first one made of each line; edits are those of the raw line."""

    languages: frozenset[str] | None = None  # a line in a language that the first one lacks is left to the second

    def __init__(self, first: Corrector, second: Corrector) -> None:
        self._first = first
        self._second = second
        self.name = f"{first.name}+{second.name}"
        self.model_version = f"{first.model_version} + {second.model_version}"

    def detect_language(self, text: str) -> LanguagePosterior:
        """Detects the language of a text as the first corrector does."""
        return page_language(self._first, text)

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """Corrects the lines twice."""
        if not language.may_be_in(self._first.languages):
            return self._second.correct(lines, language)
        first = self._first.correct(lines, language)
        second = self._second.correct([result.text for result in first], language)
        return [combined(*parts) for parts in zip(lines, first, second, strict=True)]

    def close(self) -> None:
        """Closes both correctors."""
        self._first.close()
        self._second.close()
