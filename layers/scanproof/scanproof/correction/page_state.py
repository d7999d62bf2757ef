"""The state of a page while correctors work on it: the results of its lines, and the correctors used so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from scanproof.correction.base import CorrectedLine
from scanproof.correction.combine import combined
from scanproof.correction.fast.image import LineImage, line_images
from scanproof.correction.known_words import protect_known_words
from scanproof.correction.raw_pages import left_raw
from scanproof.correction.replacements import REPLACEMENTS, with_replacements
from scanproof.correction.user_lists import UserLists
from scanproof.document import Line, Page
from scanproof.language import LanguagePosterior
from scanproof.lattice.model import PageLattice
from scanproof.options import ScanOptions


@dataclass(eq=False)
class PageState:
    """A page and the results so far.

    Attributes:
        page: as recognised.
        options: of its upload.
        language: of the page.
        lattice: what the OCR engine considered, None where it is not known.
        lists: the user's words, which no corrector changes, and replacements.
        results: one for each line; None for a line that no corrector has processed.
        correctors_used: names of the correctors that processed lines of it, and their versions, in order of use.
        warnings: for the reader of the document.
        out_of_time: whether the deadline came before a corrector had processed all lines that were meant for it.
    """

    page: Page
    options: ScanOptions
    language: LanguagePosterior
    lattice: PageLattice | None = None
    lists: UserLists = field(default_factory=UserLists)
    results: list[CorrectedLine | None] = field(init=False)
    correctors_used: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    out_of_time: bool = False

    def __post_init__(self) -> None:
        self.results = [None] * len(self.page.lines)

    @property
    def words(self) -> int:
        """Number of words on the page."""
        return len(self.page.raw_text.split())

    @property
    def pending(self) -> list[int]:
        """Indices of the lines that no corrector has processed."""
        return [index for index, result in enumerate(self.results) if result is None]

    @cached_property
    def images(self) -> Sequence[LineImage | None]:
        """What the image says about each line, None where there is no lattice."""
        if self.lattice is None:
            return [None] * len(self.page.lines)
        return line_images(self.page, self.lattice)

    def text(self, index: int) -> str:
        """The current text of a line."""
        result = self.results[index]
        return self.page.lines[index].raw if result is None else result.text

    def apply_result(self, index: int, result: CorrectedLine, corrector: str, version: str) -> None:
        """Combines ``result``, which ``corrector`` made of `text`, with the earlier results for the line.

        Edits of the user's words are refused.
        """
        self.correctors_used[corrector] = version
        result = protect_known_words(self.text(index), result, self.lists.words)
        source = {"corrector": corrector, "model_version": version}
        attributed = replace(result, refusals=tuple(refusal.model_copy(update=source) for refusal in result.refusals))
        earlier = self.results[index]
        self.results[index] = combined(self.page.lines[index].raw, earlier, attributed) if earlier else attributed

    def apply_replacements(self) -> None:
        """Makes the user's replacements, on a page that a corrector processed."""
        if not self.lists.replacements or not self.correctors_used:
            return
        raws = [line.raw for line in self.page.lines]
        results = [result or CorrectedLine(raw) for raw, result in zip(raws, self.results, strict=True)]
        replaced, warnings = with_replacements(raws, results, self.lists)
        self.results = [*replaced]
        self.warnings += warnings
        self.correctors_used[REPLACEMENTS] = self.lists.version

    def finished(self) -> Page:
        """The page with all results; the raw page, flagged so, if no corrector was used."""
        page = self.page.model_copy(update={"warnings": (*self.page.warnings, *self.warnings)})
        if not self.correctors_used:
            return left_raw(page)
        lines = tuple(_corrected(line, result) for line, result in zip(page.lines, self.results, strict=True))
        source = {
            "language": self.language.code,
            "corrector": "+".join(self.correctors_used),
            "model_version": " + ".join(self.correctors_used.values()),
        }
        return page.model_copy(update={"lines": lines, **source})


def _corrected(line: Line, result: CorrectedLine | None) -> Line:
    if result is None:
        return line
    return line.corrected(result.text, result.edits, result.refusals)
