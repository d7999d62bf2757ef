"""Runs the language model over the lines that need it; without it they keep the fast corrector's result."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from scanproof.correction.base import Unprocessed
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.page_state import PageState
from scanproof.correction.routing import Machine, RoutingInput, certainty_of, route
from scanproof.errors import PermanentError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LmRequest:
    """Lines of one page that a language model is to correct."""

    state: PageState
    model: str
    lines: Sequence[int]

    @property
    def group(self) -> tuple[str, str, str, str]:
        """Equal for pages whose lines can go together; the model comes first, as it is the most expensive to change."""
        options = self.state.options
        return self.model, options.profile, options.prompt or "", self.state.language.code or ""


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
        together = deadline is NO_DEADLINE or correctors.device.used == "cuda"
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
    lines = _routed_lines(state, correctors.machine(model)) if requested == "auto" else range(len(state.page.lines))
    return LmRequest(state, model, lines) if lines else None


def _routed_lines(state: PageState, machine: Machine) -> list[int]:
    """Lines that the rules of `routing` send to the model; none of a page that the fast corrector does not support."""
    words, profile = state.words, state.options.profile
    return [
        index
        for index, (line, result) in enumerate(zip(state.page.lines, state.results, strict=True))
        if result and route(RoutingInput(words, machine, line.confidence, certainty_of(result), profile)).use_lm
    ]


def _run(group: Sequence[LmRequest], correctors: ModelPool, deadline: Deadline) -> None:
    first = group[0]
    places = [(request.state, index) for request in group for index in request.lines]
    texts = [state.text(index) for state, index in places]
    try:
        version, results = correctors.run_lm_pass(
            first.model, first.state.options, texts, first.state.language, deadline
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
