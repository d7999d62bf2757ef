"""Chooses how many draft tokens one pass verifies, from the cost of a pass and the acceptance rates so far."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scanproof.correction.lm.session import Graph

WINDOWS = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_LONG_PASS = 48  # tokens of the longer pass that is timed
_MIN_TIMINGS, _MAX_TIMINGS = 4, 32
_TIMING_SECONDS = 0.3  # after which the minimum suffices
_MIN_TOKEN_SHARE = 1 / 256  # of a pass's fixed cost; the least that one more token is taken to cost


@dataclass(frozen=True)
class PassCost:
    """The cost of a pass: ``fixed`` plus ``per_token`` for each token of each row, in seconds (or any one unit)."""

    fixed: float
    per_token: float

    def total(self, tokens: int) -> float:
        """Returns the cost of a pass over ``tokens`` tokens, all rows together."""
        return self.fixed + self.per_token * tokens


def measure_pass_cost(graph: Graph, clock: Callable[[], float] = time.thread_time) -> PassCost:
    """Times passes over 1 and over 48 tokens in turn and takes the fastest of each.

    Small models are timed more often, because short passes vary more. The ratio of the two costs is rounded to a power
    of two, so that a model opened twice on one machine chooses the same windows, and bounded, so that a busy machine
    does not lead to absurd ones.

    Args:
        clock: by default the CPU time of this thread, which other processes do not lengthen. A device that computes
            while the thread waits needs another clock.
    """
    timings: list[tuple[float, float]] = []
    while len(timings) < _MIN_TIMINGS or (len(timings) < _MAX_TIMINGS and sum(map(sum, timings)) < _TIMING_SECONDS):
        timings.append((_seconds(graph, 1, clock), _seconds(graph, _LONG_PASS, clock)))
    short, long = (min(times) for times in zip(*timings, strict=True))
    per_token = max((long - short) / (_LONG_PASS - 1), short * _MIN_TOKEN_SHARE)
    share = 2.0 ** round(np.log2(per_token / max(short - per_token, per_token)))
    return PassCost(fixed=short / (1 + share), per_token=short * share / (1 + share))


def _seconds(graph: Graph, width: int, clock: Callable[[], float]) -> float:
    cache = graph.start_batch([(1,)]).cache
    ones = np.ones((1, width), np.int64)
    start = clock()
    graph.run(ones, ones, cache)
    return clock() - start


class AcceptanceRates:
    """How often the model accepts a draft token, apart for fresh and refined ones (see `DraftToken`).

    Rates start at given values, weighted as `_PRIOR_TOKENS` observations; older observations fade.
    """

    _PRIOR_TOKENS = 6.0
    _MAX_OBSERVATIONS = 512.0

    def __init__(self, fresh: float = 0.95, refined: float = 0.985) -> None:
        self._accepted = {False: fresh * self._PRIOR_TOKENS, True: refined * self._PRIOR_TOKENS}
        self._observed = {False: self._PRIOR_TOKENS, True: self._PRIOR_TOKENS}

    def observe(self, refined: bool, accepted: bool) -> None:
        """Records one draft token that was accepted, or the first one that was not."""
        if self._observed[refined] > self._MAX_OBSERVATIONS:
            self._accepted[refined] /= 2
            self._observed[refined] /= 2
        self._accepted[refined] += accepted
        self._observed[refined] += 1

    def rate(self, refined: bool) -> float:
        """Returns the share of such tokens that is accepted, below 1."""
        return min(self._accepted[refined] / self._observed[refined], 0.9995)


def expected_tokens(window: int, fresh: float, refined: float) -> float:
    """Returns how many tokens a pass yields in the long run: the accepted ones and one more.

    Draft tokens that one pass does not reach return in the next one, refined. With n tokens per pass, the first
    ``window - n`` of a window are refined and n are fresh; the equation is solved for n by iteration.

    Args:
        window: draft tokens per pass.
        fresh, refined: acceptance rates.
    """
    yielded = 1.0
    for _ in range(8):
        returning = max(0.0, window - yielded)
        accepted_refined = refined * (1 - refined**returning) / (1 - refined)
        accepted_fresh = refined**returning * fresh * (1 - fresh ** (window - returning)) / (1 - fresh)
        yielded = (yielded + 1 + accepted_refined + accepted_fresh) / 2
    return yielded


def best_window(cost: PassCost, rates: AcceptanceRates, rows: int) -> int:
    """Returns the window that yields the most tokens per second with ``rows`` rows."""
    return _best_window(cost, _rounded(rates.rate(refined=False)), _rounded(rates.rate(refined=True)), rows)


@lru_cache(maxsize=4096)
def _best_window(cost: PassCost, fresh: float, refined: float, rows: int) -> int:
    return max(WINDOWS, key=lambda window: expected_tokens(window, fresh, refined) / cost.total(rows * (window + 1)))


def _rounded(rate: float) -> float:
    """Rounds a rate to one of four steps per halving of the error rate, so that the cached window is found again."""
    return float(1 - 2.0 ** (round(4 * math.log2(1 - rate)) / 4))
