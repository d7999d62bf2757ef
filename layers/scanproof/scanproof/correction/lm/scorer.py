"""Reads the branches of `branches` with an exported causal graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from scanproof.correction.lm.branches import Gain, LogProbs, Window, gains, layout
from scanproof.correction.lm.judge_config import MAX_BRANCH
from scanproof.correction.lm.session import CausalGraph
from scanproof.edits import TextEdit

_START = "\n"  # stands in front of a text, so that its first word can be judged too


class Scorer(Protocol):
    """Says how much more probable edits make a text."""

    def gains(self, text: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        """The gain of each edit; None where it cannot be told."""
        ...


class LmScorer:
    """Scores edits with a language model."""

    def __init__(self, graph: CausalGraph, tokenizer: Tokenizer, context_size: int) -> None:
        """Takes an opened graph, its tokenizer, which does not recognise special tokens, and its context in tokens."""
        self._tokenizer, self._context_size = tokenizer, context_size
        self._start = tokenizer.encode(_START, add_special_tokens=False).ids[-1]
        self._model = TreePasses(graph, context_size) if graph.can_read_trees else RowPasses(graph)

    def gains(self, text: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        """See `Scorer`."""
        return gains(text, edits, self._tokenizer, self._start, self._model, self._context_size)

    @property
    def tokens_read(self) -> int:
        """Number of tokens that the model has read."""
        return self._model.tokens_read


class TreePasses:
    """Reads a window and all its branches in one pass, behind the part of the window before that it shares.

    The first token that was read stays in the cache. Heads that find nothing rest their attention on it (attention
    sink: Xiao et al., 2024); without it their outputs, and probabilities by several nats, depend on rounding.
    """

    keeps_windows = True

    def __init__(self, graph: CausalGraph, context_size: int) -> None:
        self._graph, self._context_size = graph, context_size
        self.tokens_read = 0

    def log_probs(self, tokens: Sequence[int], windows: Sequence[Window]) -> Iterator[LogProbs]:
        """See `TreeModel`."""
        origin = sink = 0  # the token at position 0; 1 if the cache has it in front of the window's own ones
        before, cache = None, self._graph.empty_cache()
        for window, following in zip_longest(windows, windows[1:]):
            begin = window.first
            if before and window.first < before.last and window.last + MAX_BRANCH - origin <= self._context_size:
                begin = min(before.last, window.branches[0].start - 1)  # the token that predicts the first branch
                first, sink = sink + window.first - before.first, int(window.first > origin)
                cache = self._graph.cut(cache, begin - window.first, first, sink)
            else:
                origin, sink, cache = window.first, 0, self._graph.empty_cache()
            tree = layout(tokens, window, begin)
            mask = np.pad(tree.mask, ((0, 0), (sink, 0)), constant_values=True)
            self.tokens_read += len(tree.tokens)
            columns = np.array(sorted({column for column, _ in tree.wanted.values()}), np.int64)
            positions = tree.positions + (window.first - origin)
            logits = self._graph.read_tree(tree.tokens, positions, mask, columns, cache, keep=following is not None)
            before = window
            place = {int(column): number for number, column in enumerate(columns)}
            normalisers = _log_sums(logits)
            yield {
                key: float(logits[place[column], token] - normalisers[place[column]])
                for key, (column, token) in tree.wanted.items()
            }


class RowPasses:
    """Reads a window, then each of its branches behind the part of the cache that it shares (`TreeModel`).

    For graphs that know no trees.
    """

    keeps_windows = False

    def __init__(self, graph: CausalGraph) -> None:
        self._graph = graph
        self.tokens_read = 0

    def log_probs(self, tokens: Sequence[int], windows: Sequence[Window]) -> Iterator[LogProbs]:
        """See `TreeModel`."""
        return (self._of_window(tokens, window) for window in windows)

    def _of_window(self, tokens: Sequence[int], window: Window) -> LogProbs:
        base = tokens[window.first : window.last]
        logits, cache = self._graph.read(base)
        self.tokens_read += len(base) + sum(len(branch.tokens) - 1 for branch in window.branches)
        found = {
            (-1, token): _log_prob(logits[token - window.first - 1], tokens[token])
            for branch in window.branches
            for token in range(branch.start, branch.end)
        }
        for place, branch in enumerate(window.branches):
            shared = branch.start - window.first
            found[place, 0] = _log_prob(logits[shared - 1], branch.tokens[0])
            if len(branch.tokens) > 1:
                behind, _ = self._graph.read(branch.tokens[:-1], self._graph.cut(cache, shared))
                for number, token in enumerate(branch.tokens[1:], start=1):
                    found[place, number] = _log_prob(behind[number - 1], token)
        return found


def _log_sums(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of each row's sum of exponentials; row by row, as a row fits into a processor's cache."""
    sums = np.empty(len(logits), np.float32)
    scratch = np.empty(logits.shape[-1], np.float32)
    for number, row in enumerate(logits):
        highest = row.max()
        np.exp(np.subtract(row, highest, out=scratch), out=scratch)
        sums[number] = highest + np.log(scratch.sum())
    return sums


def _log_prob(logits: NDArray[np.float32], token: int) -> float:
    return float(logits[token] - _log_sums(logits[None])[0])
