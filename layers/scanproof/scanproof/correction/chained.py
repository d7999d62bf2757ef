"""Two correctors, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.base import CorrectedLine, Corrector, Unprocessed, correct_until, page_language
from scanproof.correction.combine import combined
from scanproof.correction.deadline import NO_DEADLINE
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior


class Chained:
    """Runs a second corrector on what a first one made of each line; edits are those of the raw line.

    The lines of a call are those of a text: for a second one that reads paragraphs they are context for one another.
    """

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
        second = corrected_in_context(self._second, [result.text for result in first], language)
        return [
            before if isinstance(after, Unprocessed) else combined(raw, before, after)
            for raw, before, after in zip(lines, first, second, strict=True)
        ]

    def close(self) -> None:
        """Closes both correctors."""
        self._first.close()
        self._second.close()


def corrected_in_context(
    corrector: Corrector, lines: Sequence[str], language: LanguagePosterior
) -> list[CorrectedLine | Unprocessed]:
    """Corrects the lines of a text, by paragraph where the corrector reads them."""
    paragraphs = [[lines[number] for number in paragraph] for paragraph in paragraphs_of(lines)]
    return correct_until(corrector, NO_DEADLINE, paragraphs, language)
