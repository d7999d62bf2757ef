"""Runs the language model over the lines that need it; without it they keep the fast corrector's result."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from scanproof.correction.base import Unprocessed
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.lm.judge_config import LANGUAGES
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.page_state import PageState
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.routing import Machine, RoutingInput, certainty_of, route
from scanproof.errors import PermanentError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LmRequest:
    """Lines of one page that a language model is to correct, by paragraph."""

    state: PageState
    model: str
    paragraphs: Sequence[Sequence[int]]

    @property
    def group(self) -> tuple[str, str, str, str, str]:
        """Equal for pages whose lines can go together; the model comes first, as it is the most expensive to change."""
        options = self.state.options
        return self.model, options.profile, options.prompt or "", options.mode or "", self.state.language.code or ""


def run_lm_pass(states: Sequence[PageState], correctors: ModelPool, deadline: Deadline = NO_DEADLINE) -> None:
    """Runs the language model over the lines that need it, in one call for all pages of a group.

    Where the model is unavailable, or memory or time runs out, the lines keep the fast corrector's result and their
    page carries a warning. With a deadline, a model on the CPU takes page by page, so that the first ones are done.
    """
    requests = sorted(
        filter(None, (_request(state, correctors) for state in states)), key=lambda request: request.group
    )
    for _, group in groupby(requests, key=lambda request: request.group):
        same = list(group)
        judges = correctors.judges(same[0].model, same[0].state.options)  # page by page: each has its own budget
        together = not judges and (deadline is NO_DEADLINE or correctors.device.used == "cuda")
        for part in [same] if together else [[request] for request in same]:
            _run(part, correctors, deadline)


def _request(state: PageState, correctors: ModelPool) -> LmRequest | None:
    requested = state.options.corrector
    if requested in ("fast", "none"):
        return None
    model = correctors.model_of(state.options, state.language.code)
    if model is None:
        if requested != "auto":
            state.warnings.append(_unavailable("there is none in this deployment"))
        return None
    judges = correctors.judges(model, state.options)
    if judges and not state.language.may_be_in(LANGUAGES):
        if requested != "auto":
            state.warnings.append(_unavailable("it judges texts in English only"))
        return None
    if requested == "auto":
        lines: Sequence[int] = _routed_lines(state, correctors.machine(model), judges)
    else:
        lines = range(len(state.page.lines))
    paragraphs = _paragraphs(state, lines) if judges else [[line] for line in lines]
    return LmRequest(state, model, paragraphs) if paragraphs else None


def _paragraphs(state: PageState, lines: Sequence[int]) -> list[list[int]]:
    """The page's paragraphs that hold one of ``lines``: a judge needs their text, and doubts few of their words."""
    wanted = set(lines)
    texts = [state.text(index) for index in range(len(state.page.lines))]
    paragraphs = paragraphs_of(texts, [line.box for line in state.page.lines])
    return [paragraph for paragraph in paragraphs if wanted.intersection(paragraph)]


def _routed_lines(state: PageState, machine: Machine, judges: bool) -> list[int]:
    """Lines that the rules of `routing` send to the model; none of a page that the fast corrector does not support."""
    words, profile = state.words, state.options.profile
    return [
        index
        for index, (line, result) in enumerate(zip(state.page.lines, state.results, strict=True))
        if result and route(RoutingInput(words, machine, line.confidence, certainty_of(result), profile, judges)).use_lm
    ]


def _run(group: Sequence[LmRequest], correctors: ModelPool, deadline: Deadline) -> None:
    first = group[0]
    paragraphs = [(request.state, paragraph) for request in group for paragraph in request.paragraphs]
    places = [(state, index) for state, paragraph in paragraphs for index in paragraph]
    sizes = [len(paragraph) for _, paragraph in paragraphs]
    texts = [state.text(index) for state, index in places]
    try:
        version, results = correctors.run_lm_pass(
            first.model,
            first.state.options,
            texts,
            first.state.language,
            deadline,
            sizes,
            correctors.page_budget_ms,
        )
    except PermanentError as error:
        _log.exception("the model %s cannot be used", first.model)
        for request in group:
            request.state.warnings.append(_unavailable(error.message))
        return
    unprocessed: Counter[tuple[PageState, Unprocessed]] = Counter()
    for (state, index), result in zip(places, results, strict=True):
        if isinstance(result, Unprocessed):
            unprocessed[state, result] += 1
        else:
            state.apply_result(index, result, "accurate", version)
    for (state, reason), lines in unprocessed.items():
        state.out_of_time |= reason is Unprocessed.OUT_OF_TIME
        state.warnings.append(_unavailable(f"{reason.value} at {lines} of {len(state.page.lines)} lines"))


def _unavailable(why: str) -> str:
    return f"The accurate corrector could not be used: {why}. The fast one took its place."
