"""How many tokens to verify in one pass: as many as pay for themselves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scanproof.correction.lm.session import Graph

WINDOWS = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_SAMPLE = 48  # tokens of the longer pass that is timed
_LEAST_TIMINGS, _MOST_TIMINGS = 4, 32
_TIMING_SECONDS = 0.3  # after which the least are enough
_LEAST_SHARE = 1 / 256  # of a pass's fixed cost that one more token takes


@dataclass(frozen=True)
class PassCost:
    """What a pass costs: ``fixed`` plus ``per_token`` for each token of each row, in seconds (or any one unit)."""

    fixed: float
    per_token: float

    def of(self, tokens: int) -> float:
        """Of a pass over so many tokens, all rows together."""
        return self.fixed + self.per_token * tokens


def measured_cost(graph: Graph, clock: Callable[[], float] = time.thread_time) -> PassCost:
    """Times passes over one token and over 48 in turn, and takes the quickest of each.

    On a CPU by this thread's own time, which others on a busy machine do not lengthen; a device that works while the
    thread waits needs another ``clock``. Small models are timed more often: the shorter a pass, the rougher. The ratio
    is rounded to a power of two, so that a model opened twice on one machine chooses the same windows, and kept within
    what was ever seen, so that a busy machine does not make it choose absurd ones.
    """
    timed: list[tuple[float, float]] = []
    while len(timed) < _LEAST_TIMINGS or (len(timed) < _MOST_TIMINGS and sum(map(sum, timed)) < _TIMING_SECONDS):
        timed.append((_seconds(graph, 1, clock), _seconds(graph, _SAMPLE, clock)))
    short, long = (min(times) for times in zip(*timed, strict=True))
    per_token = max((long - short) / (_SAMPLE - 1), short * _LEAST_SHARE)
    share = 2.0 ** round(np.log2(per_token / max(short - per_token, per_token)))
    return PassCost(fixed=short / (1 + share), per_token=short * share / (1 + share))


def _seconds(graph: Graph, width: int, clock: Callable[[], float]) -> float:
    cache = graph.begin([(1,)]).cache
    ones = np.ones((1, width), np.int64)
    begin = clock()
    graph.run(ones, ones, cache)
    return clock() - begin


class Reranker:
    """How often a guessed token turns out right: one that the model has looked past already, and a fresh one.

    Counted with a start that stands for as many tokens as `_PRIOR_TOKENS`, and forgotten slowly.
    """

    _PRIOR_TOKENS = 6.0
    _REMEMBERED = 512.0

    def __init__(self, fresh: float = 0.95, seen: float = 0.985) -> None:
        self._right = {False: fresh * self._PRIOR_TOKENS, True: seen * self._PRIOR_TOKENS}
        self._all = {False: self._PRIOR_TOKENS, True: self._PRIOR_TOKENS}

    def observe(self, seen: bool, right: bool) -> None:
        """Takes in one guessed token that was right, or the first one that was not."""
        if self._all[seen] > self._REMEMBERED:
            self._right[seen] /= 2
            self._all[seen] /= 2
        self._right[seen] += right
        self._all[seen] += 1

    def rate(self, seen: bool) -> float:
        """The share of such tokens that is right, below 1."""
        return min(self._right[seen] / self._all[seen], 0.9995)


def expected_tokens(window: int, fresh: float, seen: float) -> float:
    """Tokens that a pass yields in the long run, if it verifies ``window`` guessed ones: the agreed ones and one more.

    What is not settled in one pass comes again in the next and has been seen by then: with n settled a pass, the first
    ``window - n`` of a window are seen and n are fresh, which is solved for n.
    """
    settled = 1.0
    for _ in range(8):
        again = max(0.0, window - settled)
        agreed_again = seen * (1 - seen**again) / (1 - seen)
        agreed_fresh = seen**again * fresh * (1 - fresh ** (window - again)) / (1 - fresh)
        settled = (settled + 1 + agreed_again + agreed_fresh) / 2
    return settled


def best_window(cost: PassCost, acceptance: Reranker, rows: int) -> int:
    """The window with the most tokens a second, for a batch of ``rows``."""
    return _best_window(cost, _graded(acceptance.rate(seen=False)), _graded(acceptance.rate(seen=True)), rows)


@lru_cache(maxsize=4096)
def _best_window(cost: PassCost, fresh: float, seen: float, rows: int) -> int:
    return max(WINDOWS, key=lambda window: expected_tokens(window, fresh, seen) / cost.of(rows * (window + 1)))


def _graded(rate: float) -> float:
    """The nearest of a few rates, four to every halving of what is wrong: what was worked out for one serves again."""
    return float(1 - 2.0 ** (round(4 * math.log2(1 - rate)) / 4))
