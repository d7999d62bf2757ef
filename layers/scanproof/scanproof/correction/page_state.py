"""A page on its way through the correctors: what became of its lines so far, and who had a say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scanproof.correction.base import CorrectedLine
from scanproof.correction.combine import combined
from scanproof.document import Line, Page, PageFlag
from scanproof.lattice.model import PageLattice
from scanproof.options import ScanOptions


@dataclass(eq=False)
class PageState:
    """One page.

    Attributes:
        language: ISO 639 code, None where it is not known.
        lattice: what the OCR engine considered, None where it is not known.
        results: one for each line; None for a line that no corrector has read yet.
        by: names of correctors that read lines of it, and their versions, in the order of work.
    """

    page: Page
    options: ScanOptions
    language: str | None
    lattice: PageLattice | None = None
    results: list[CorrectedLine | None] = field(init=False)
    by: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.results = [None] * len(self.page.lines)

    @property
    def words(self) -> int:
        """Of the whole page."""
        return len(self.page.raw_text.split())

    @property
    def pending(self) -> list[int]:
        """Lines that no corrector has read."""
        return [index for index, result in enumerate(self.results) if result is None]

    def text(self, index: int) -> str:
        """A line as it stands so far."""
        result = self.results[index]
        return self.page.lines[index].raw if result is None else result.text

    def apply_result(self, index: int, result: CorrectedLine, by: str, version: str) -> None:
        """Takes in what the corrector ``by`` made of `text`, after what others made of the raw line."""
        self.by[by] = version
        who = {"corrector": by, "model_version": version}
        signed = replace(result, refusals=tuple(refusal.model_copy(update=who) for refusal in result.refusals))
        earlier = self.results[index]
        self.results[index] = combined(self.page.lines[index].raw, earlier, signed) if earlier else signed

    def finished(self) -> Page:
        """The page with all results; as it was recognised, and marked so, if no corrector had a say."""
        page = self.page.model_copy(update={"warnings": (*self.page.warnings, *self.warnings)})
        if not self.by:
            return left_raw(page)
        lines = tuple(_corrected(line, result) for line, result in zip(page.lines, self.results, strict=True))
        who = {"corrector": "+".join(self.by), "model_version": " + ".join(self.by.values())}
        return page.model_copy(update={"lines": lines, **who})


def left_raw(page: Page) -> Page:
    """``page`` as it is published when nothing can correct it: the raw text, marked so."""
    return page.model_copy(update={"flags": (*page.flags, PageFlag.NOT_CORRECTED)})


def _corrected(line: Line, result: CorrectedLine | None) -> Line:
    if result is None:
        return line
    # Built anew, not copied: building checks that the edits explain the text.
    return Line(
        raw=line.raw,
        text=result.text,
        box=line.box,
        confidence=line.confidence,
        words=line.words,
        edits=result.edits,
        refusals=result.refusals,
    )
