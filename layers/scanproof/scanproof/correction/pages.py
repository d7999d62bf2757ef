"""Step two of a scan's way: raw pages become proofread pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from scanproof.correction.base import Corrector, for_profile, language_told_by
from scanproof.correction.lm_pass import run_lm_pass
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.page_state import PageState
from scanproof.document import Page
from scanproof.language import evident_language, language_name, language_of
from scanproof.lattice.model import PageLattice
from scanproof.options import ScanOptions

_SHARE_OF_OWN_LETTERS = 0.01  # Hungarian has the fewest, one in a hundred; a few may be slips of the engine


def correct_pages(
    pages: Sequence[Page],
    correctors: ModelPool,
    options: Sequence[ScanOptions],
    lattices: Sequence[PageLattice | None] | None = None,
) -> list[Page]:
    """``pages`` proofread, in order: by the fast corrector, by a language model, or by one after the other.

    Lines of all pages that want the same go through a model together. A page in a language that the fast corrector was
    not made for stays raw, and says so, unless a language model was asked for.

    Args:
        options: of each page's upload. Its language is used where it is named; else the page's letters and words may
            tell.
        lattices: of each page, None where there is none. No corrector uses them yet.
    """
    states = [
        PageState(page, asked, _language_of(page, asked.language, correctors.fast), lattice)
        for page, asked, lattice in zip(pages, options, lattices or [None] * len(pages), strict=True)
    ]
    _read_fast([state for state in states if state.options.corrector != "accurate"], correctors.fast)
    run_lm_pass(states, correctors)
    # What the language model had no room for; its lines are read by someone.
    _read_fast([state for state in states if state.options.corrector == "accurate" and state.pending], correctors.fast)
    return [state.finished() for state in states]


def _read_fast(states: Sequence[PageState], fast: Corrector) -> None:
    """Puts all lines without a result to the fast corrector: one call for all pages of one language and profile."""
    by_sort = sorted(states, key=lambda state: (state.language or "", state.options.profile))
    for (code, profile), group in groupby(by_sort, key=lambda state: (state.language, state.options.profile)):
        alike = list(group)
        if code is not None and fast.languages is not None and code not in fast.languages:
            for state in alike:
                state.warnings.append(_not_for(code))
            continue
        places = [(state, index) for state in alike for index in state.pending]
        results = for_profile(fast, profile).correct([state.page.lines[index].raw for state, index in places], code)
        for (state, index), result in zip(places, results, strict=True):
            state.apply_result(index, result, fast.name, fast.model_version)
        for state in alike:  # those without a line, too
            state.by[fast.name] = fast.model_version


def _language_of(page: Page, asked: str | None, fast: Corrector) -> str | None:
    if asked:
        return language_of(asked)
    return evident_language(page.raw_text, _SHARE_OF_OWN_LETTERS) or language_told_by(fast, page.raw_text)


def _not_for(code: str) -> str:
    return f"The corrector was not made for {language_name(code)}; the text is as it was recognised."
