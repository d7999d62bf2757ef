"""Corrects pages: by the fast corrector, by a language model, or by one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from scanproof.correction.base import Corrector, for_profile, language_warnings, page_language, run_corrector
from scanproof.correction.lm_pass import run_lm_pass
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.page_state import PageState
from scanproof.correction.user_lists import UserLists
from scanproof.document import Page
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior, language_of
from scanproof.lattice.model import PageLattice
from scanproof.options import ScanOptions

# Below this confidence of a page most of its unknown words are misread ones, not words of another language.
_MIN_CONFIDENCE_OF_OTHER = 0.9


def correct_pages(
    pages: Sequence[Page],
    correctors: ModelPool,
    options: Sequence[ScanOptions],
    lattices: Sequence[PageLattice | None] | None = None,
    lists: Sequence[UserLists] | None = None,
) -> list[Page]:
    """Corrects ``pages`` and returns them in order.

    Lines of all pages with the same options go through a model together. A page in a language that the fast corrector
    does not support stays raw and carries a warning, unless its upload requests a language model.

    Args:
        pages: raw pages.
        correctors: the models of this process.
        options: of each page's upload. The language that they name is used; without it the page's letters and words
            determine the language.
        lattices: of each page, None where there is none; the fast corrector uses them.
        lists: of each page's upload.
    """
    states = [
        PageState(page, requested, _language_of(page, requested.language, correctors.fast), lattice, own)
        for page, requested, lattice, own in zip(
            pages, options, lattices or [None] * len(pages), lists or [UserLists()] * len(pages), strict=True
        )
    ]
    _run_fast_pass([state for state in states if state.options.corrector != "accurate"], correctors.fast)
    run_lm_pass(states, correctors)
    # The fast corrector takes the lines for which the language model had no memory.
    _run_fast_pass(
        [state for state in states if state.options.corrector == "accurate" and state.pending], correctors.fast
    )
    for state in states:
        state.apply_replacements()
    return [state.finished() for state in states]


def _run_fast_pass(states: Sequence[PageState], fast: Corrector) -> None:
    """Corrects all lines without a result, in one call for all pages of one language and profile."""
    ordered = sorted(states, key=lambda state: (state.language.probabilities, state.options.profile))
    for (language, profile), group in groupby(ordered, key=lambda state: (state.language, state.options.profile)):
        same = list(group)
        if warnings := language_warnings(fast, language):
            for state in same:
                state.warnings += warnings
            continue
        places = [(state, index) for state in same for index in state.pending]
        lines = [state.page.lines[index].raw for state, index in places]
        images = [state.images[index] for state, index in places]
        results = run_corrector(for_profile(fast, profile), lines, images, language)
        for (state, index), result in zip(places, results, strict=True):
            state.apply_result(index, result, fast.name, fast.model_version)
        for state in same:  # also pages without lines
            state.correctors_used[fast.name] = fast.model_version


def _language_of(page: Page, requested: str | None, fast: Corrector) -> LanguagePosterior:
    found = page_language(fast, page.raw_text, language_of(requested) if requested else None)
    misread = page.confidence is not None and page.confidence < _MIN_CONFIDENCE_OF_OTHER
    return UNKNOWN_LANGUAGE if found.is_other and misread else found
