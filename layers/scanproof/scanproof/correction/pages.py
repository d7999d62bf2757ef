"""Corrects pages: by the fast corrector, by a language model, or by one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from scanproof.correction.base import Corrector, for_profile, language_warnings, page_language, run_corrector
from scanproof.correction.deadline import NO_DEADLINE, Deadline
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
_LINES_PER_CALL = 200  # between two looks at the deadline: about a second on one vCPU

T = TypeVar("T")


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
    states = _corrected(NO_DEADLINE, pages, correctors, options, lattices, lists)
    return [state.finished() for state in states]


def correct_pages_until(
    deadline: Deadline,
    pages: Sequence[Page],
    correctors: ModelPool,
    options: Sequence[ScanOptions],
    lattices: Sequence[PageLattice | None] | None = None,
    lists: Sequence[UserLists] | None = None,
) -> list[Page | None]:
    """Corrects ``pages`` as `correct_pages`; None for those that were not done by the deadline.

    A single page always gets a result: lines that the language model did not reach keep the fast corrector's, and the
    page carries a warning. Otherwise a page that takes longer than the time limit would never be done.
    """
    states = _corrected(deadline, pages, correctors, options, lattices, lists)
    return [None if state.out_of_time and len(states) > 1 else state.finished() for state in states]


def _corrected(
    deadline: Deadline,
    pages: Sequence[Page],
    correctors: ModelPool,
    options: Sequence[ScanOptions],
    lattices: Sequence[PageLattice | None] | None,
    lists: Sequence[UserLists] | None,
) -> list[PageState]:
    states = [
        PageState(page, requested, _language_of(page, requested.language, correctors.fast), lattice, own)
        for page, requested, lattice, own in zip(
            pages, options, lattices or [None] * len(pages), lists or [UserLists()] * len(pages), strict=True
        )
    ]
    # The fast corrector is done with one page long before any time limit.
    fast_deadline = deadline if len(states) > 1 else NO_DEADLINE
    _run_fast_pass([state for state in states if _begins_fast(state, correctors)], correctors.fast, fast_deadline)
    run_lm_pass([state for state in states if not state.out_of_time], correctors, deadline)
    # The fast corrector takes the lines for which the language model had no memory or time.
    left = [state for state in states if state.options.corrector == "accurate" and state.pending]
    _run_fast_pass(left, correctors.fast, fast_deadline)
    for state in states:
        state.apply_replacements()
    return states


def _begins_fast(state: PageState, correctors: ModelPool) -> bool:
    """Whether the fast corrector goes first: unless a language model alone is to write the lines anew."""
    if state.options.corrector != "accurate":
        return True
    model = correctors.model_of(state.options, state.language.code)
    return model is not None and correctors.judges(model, state.options)


def _run_fast_pass(states: Sequence[PageState], fast: Corrector, deadline: Deadline) -> None:
    """Corrects all lines without a result, in few calls for all pages of one language and profile."""
    ordered = sorted(states, key=lambda state: (state.language.probabilities, state.options.profile))
    for (language, profile), group in groupby(ordered, key=lambda state: (state.language, state.options.profile)):
        same = list(group)
        if warnings := language_warnings(fast, language):
            for state in same:
                state.warnings += warnings
            continue
        places = [(state, index) for state in same for index in state.pending]
        for part in _parts(places, _LINES_PER_CALL):
            if deadline.is_over:
                break
            lines = [state.page.lines[index].raw for state, index in part]
            images = [state.images[index] for state, index in part]
            results = run_corrector(for_profile(fast, profile), lines, images, language)
            for (state, index), result in zip(part, results, strict=True):
                state.apply_result(index, result, fast.name, fast.model_version)
        for state in same:  # also pages without lines
            state.correctors_used[fast.name] = fast.model_version
            state.out_of_time |= bool(state.pending)


def _parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _language_of(page: Page, requested: str | None, fast: Corrector) -> LanguagePosterior:
    found = page_language(fast, page.raw_text, language_of(requested) if requested else None)
    misread = page.confidence is not None and page.confidence < _MIN_CONFIDENCE_OF_OTHER
    return UNKNOWN_LANGUAGE if found.is_other and misread else found
