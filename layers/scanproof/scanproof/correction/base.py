"""The interface of all correctors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from scanproof.correction.deadline import Deadline
from scanproof.correction.fast.image import LineImage
from scanproof.document import Edit, Refusal
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior, detect_language, language_name

if TYPE_CHECKING:
    from scanproof.correction.fast.corrector import LineAnalyzer  # onnxruntime takes a second to import
    from scanproof.correction.fast.reranker import Reranker


@dataclass(frozen=True)
class CorrectedLine:
    """The result for one raw line: ``apply_edits(raw, edits) == text``; refused changes are kept for the audit."""

    text: str
    edits: tuple[Edit, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class Unprocessed(Enum):
    """Why a line has no result; the value begins the warning about it."""

    OUT_OF_MEMORY = "memory ran out"
    OUT_OF_TIME = "time ran out"


class Corrector(Protocol):
    """Corrects lines. A line's result depends on that line alone, never on its neighbours in the call."""

    @property
    def name(self) -> str:
        """``fast`` or ``accurate``."""
        ...

    @property
    def model_version(self) -> str:
        """Identifies the weights, for the audit."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639 codes of the languages that it supports; None if it supports all."""
        ...

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """One result per line, in order; ``language`` is the posterior of their page. Never raises for any text."""
        ...

    def close(self) -> None:
        """Releases the model. The corrector is not used afterwards."""
        ...


@runtime_checkable
class Profiled(Protocol):
    """A corrector that can be stricter with some kinds of documents."""

    def for_profile(self, profile: str) -> Corrector:
        """The same corrector for documents of that profile; it shares this one's model and is closed with it."""
        ...


@runtime_checkable
class DetectsLanguage(Protocol):
    """A corrector whose lexicon can tell the language of a page."""

    def detect_language(self, text: str) -> LanguagePosterior:
        """See `scanproof.language.detect_language`."""
        ...


@runtime_checkable
class UsesImages(Protocol):
    """A corrector that uses what the image of a line says."""

    def correct_with_images(
        self, lines: Sequence[str], images: Sequence[LineImage | None], language: LanguagePosterior = UNKNOWN_LANGUAGE
    ) -> list[CorrectedLine]:
        """As `Corrector.correct`, with the image of each line, None where there is no lattice."""
        ...


@runtime_checkable
class StopsInTime(Protocol):
    """A corrector that takes so long that it may have to stop between lines."""

    def correct_until(
        self, deadline: Deadline, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE
    ) -> list[CorrectedLine | Unprocessed]:
        """As `Corrector.correct`; lines that were not done by the deadline are `Unprocessed.OUT_OF_TIME`."""
        ...


@runtime_checkable
class ProposesCandidates(Protocol):
    """A corrector whose candidates a language model can judge: `scanproof.correction.fast.corrector.FastCorrector`."""

    @property
    def analyzer(self) -> LineAnalyzer:
        """Finds candidates and their features."""
        ...

    @property
    def reranker(self) -> Reranker:
        """Estimates the probability of each by the text alone."""
        ...

    @property
    def folder(self) -> Path:
        """Of the model, with the judge's classifier in it."""
        ...


@runtime_checkable
class ReadsParagraphs(Protocol):
    """A corrector for which the other lines of a paragraph are context; it may stop between paragraphs."""

    def correct_paragraphs_until(
        self,
        deadline: Deadline,
        paragraphs: Sequence[Sequence[str]],
        language: LanguagePosterior = UNKNOWN_LANGUAGE,
    ) -> list[CorrectedLine | Unprocessed]:
        """One result per line, in order; a line's result depends on its paragraph alone."""
        ...


def page_language(corrector: Corrector, text: str, known: str | None = None) -> LanguagePosterior:
    """The language posterior of a page: of the language that is known, else of what the corrector or letters tell.

    Args:
        corrector: its lexicon is used, if it has one.
        text: of the page.
        known: ISO 639 code of the language that the user names.
    """
    if known:
        return LanguagePosterior.certain(known)
    return corrector.detect_language(text) if isinstance(corrector, DetectsLanguage) else detect_language(text)


def language_warnings(corrector: Corrector, language: LanguagePosterior) -> tuple[str, ...]:
    """Says that a page or text is in a language for which ``corrector`` was not made; nothing otherwise."""
    if language.may_be_in(corrector.languages):
        return ()
    name = language_name(language.code) if language.code else "the language of this text"
    return (f"The corrector was not made for {name}; the text is as it was recognised.",)


def for_profile(corrector: Corrector, profile: str) -> Corrector:
    """``corrector`` for documents of that profile; itself if it treats all alike."""
    return corrector.for_profile(profile) if isinstance(corrector, Profiled) else corrector


def run_corrector(
    corrector: Corrector, lines: Sequence[str], images: Sequence[LineImage | None], language: LanguagePosterior
) -> list[CorrectedLine]:
    """Corrects ``lines``, with their images where the corrector uses them."""
    if isinstance(corrector, UsesImages) and any(images):
        return corrector.correct_with_images(lines, images, language)
    return corrector.correct(lines, language)


def correct_until(
    corrector: Corrector, deadline: Deadline, paragraphs: Sequence[Sequence[str]], language: LanguagePosterior
) -> list[CorrectedLine | Unprocessed]:
    """Corrects the lines of ``paragraphs``, by the deadline where the corrector can stop; one result per line."""
    if isinstance(corrector, ReadsParagraphs):
        return corrector.correct_paragraphs_until(deadline, paragraphs, language)
    lines = [line for paragraph in paragraphs for line in paragraph]
    if isinstance(corrector, StopsInTime):
        return corrector.correct_until(deadline, lines, language)
    return list(corrector.correct(lines, language))
