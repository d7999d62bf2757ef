"""Step two of a scan's way: raw pages become proofread pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from scanproof.correcting.corrector import CorrectedLine, Corrector
from scanproof.document import Line, Page, PageFlag, PageSource
from scanproof.options import ScanOptions
from scanproof.recognising.languages import evident_language, language_name, language_of

_SHARE_OF_OWN_LETTERS = 0.01  # Hungarian has the fewest, one in a hundred; a few may be slips of the engine


def wants_correction(page: Page, options: ScanOptions) -> bool:
    """Whether a corrector should see this page: born-digital text is right already, unless it is asked for."""
    digital = page.source is PageSource.TEXT_LAYER and not options.correct_digital
    return bool(page.lines) and options.corrector != "none" and not digital


def correct_pages(pages: Sequence[Page], corrector: Corrector, languages: Sequence[str | None]) -> list[Page]:
    """``pages`` proofread, in order: one call of the corrector for all lines of one language.

    A page in a language that the corrector was not made for stays raw, and says so.

    Args:
        languages: BCP 47 tag of each page, where known; else the page's own letters may tell.
    """
    codes = [_language_of(page, asked) for page, asked in zip(pages, languages, strict=True)]
    corrected: dict[int, Page] = {}
    by_language = sorted(range(len(pages)), key=lambda index: codes[index] or "")
    for code, group in groupby(by_language, key=lambda index: codes[index]):
        indices = list(group)
        if code is not None and corrector.languages is not None and code not in corrector.languages:
            corrected |= {index: _not_for(code, pages[index]) for index in indices}
            continue
        lines = [line.raw for index in indices for line in pages[index].lines]
        results = iter(corrector.correct(lines, code))
        for index in indices:
            corrected[index] = _with_results(pages[index], [next(results) for _ in pages[index].lines], corrector)
    return [corrected[index] for index in range(len(pages))]


def left_raw(page: Page) -> Page:
    """``page`` as it is published when nothing can correct it: the raw text, marked so."""
    return page.model_copy(update={"flags": (*page.flags, PageFlag.NOT_CORRECTED)})


def _language_of(page: Page, asked: str | None) -> str | None:
    return language_of(asked) if asked else evident_language(page.raw_text, _SHARE_OF_OWN_LETTERS)


def _not_for(code: str, page: Page) -> Page:
    warning = f"The corrector was not made for {language_name(code)}; the text is as it was recognised."
    return left_raw(page).model_copy(update={"warnings": (*page.warnings, warning)})


def _with_results(page: Page, results: Sequence[CorrectedLine], corrector: Corrector) -> Page:
    lines = tuple(_corrected(line, result) for line, result in zip(page.lines, results, strict=True))
    changes = {"lines": lines, "corrector": corrector.name, "model_version": corrector.model_version}
    return page.model_copy(update=changes)


def _corrected(line: Line, result: CorrectedLine) -> Line:
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
