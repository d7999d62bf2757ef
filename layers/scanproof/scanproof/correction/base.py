"""The one interface behind which every corrector stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from scanproof.document import Edit, Refusal


@dataclass(frozen=True)
class CorrectedLine:
    """What became of one raw line: ``apply_edits(raw, edits) == text``; refused changes are kept for the audit."""

    text: str
    edits: tuple[Edit, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class Corrector(Protocol):
    """Proofreads lines. A line's result depends on that line alone, never on its neighbours in the call."""

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
        """ISO 639 codes of the languages that it was made for; None if it minds none."""
        ...

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        """One result per line, in order. Never raises for what a line contains."""
        ...

    def close(self) -> None:
        """Releases the model. The corrector is not used afterwards."""
        ...


@runtime_checkable
class Profiled(Protocol):
    """A corrector that can be more careful with some sorts of papers."""

    def for_profile(self, profile: str) -> Corrector:
        """The same corrector for papers of that profile; it shares this one's model and is closed with it."""
        ...


@runtime_checkable
class TellsLanguages(Protocol):
    """A corrector that can tell what a page is in."""

    def language_of(self, text: str) -> str | None:
        """The ISO 639 code of the language of a page's text; None where it is not plain."""
        ...


def language_told_by(corrector: Corrector, text: str) -> str | None:
    """What a page is in, by its text; None where that is not plain, or the corrector tells nothing of it."""
    return corrector.language_of(text) if isinstance(corrector, TellsLanguages) else None


def for_profile(corrector: Corrector, profile: str) -> Corrector:
    """``corrector`` for papers of that profile; itself if it treats all alike."""
    return corrector.for_profile(profile) if isinstance(corrector, Profiled) else corrector
