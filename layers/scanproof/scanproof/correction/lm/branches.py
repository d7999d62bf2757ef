"""Log-likelihoods of a text and of its variants, by a causal language model in few passes.

A pass reads a window of the text once and each variant as a branch of it: the changed word and a few words behind it
attend to the text before the change and to themselves, through ``tree_mask`` (tree attention: Miao et al., SpecInfer,
2024). A graph without this input reads the branches as rows behind a shared key-value cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from scanproof.correction.lm import judge_config as config
from scanproof.edits import TextEdit, words_around


class Gain(NamedTuple):
    """How much more probable an edit makes a text; natural logarithms.

    Attributes:
        word: of the changed words, given the text before them.
        after: of the words behind them.
        new: log-likelihood of the changed words themselves, which tells a text that the model understands from noise.
    """

    word: float
    after: float
    new: float = 0.0

    @property
    def total(self) -> float:
        """Of all words that are read."""
        return self.word + self.after


@dataclass(frozen=True)
class Branch:
    """Replaces the tokens ``[start, end)`` of the text by ``tokens``.

    ``common`` tokens at the end are those of the text itself: the words behind the change.
    """

    start: int
    end: int
    tokens: tuple[int, ...]
    common: int
    index: int


@dataclass(frozen=True)
class Window:
    """The tokens ``[first, last)`` of a text and the branches that leave it there."""

    first: int
    last: int
    branches: tuple[Branch, ...]


LogProbs = Mapping[tuple[int, int], float]
"""By branch (its place in the window; -1 is the text itself) and token (its place in the branch, or in the text), the
token's natural log probability."""


class TreeModel(Protocol):
    """Reads windows with their branches, each in one pass.

    Attributes:
        keeps_windows: whether it need not read again what a window shares with the one before it.
    """

    keeps_windows: bool

    def log_probs(self, tokens: Sequence[int], windows: Sequence[Window]) -> Iterator[LogProbs]:
        """The log probabilities of the wanted tokens of each window.

        Args:
            tokens: of the whole text, which begins with a token that starts a text.
            windows: its parts to read, in order.
        """
        ...


def gains(
    text: str, edits: Sequence[TextEdit], tokenizer: Tokenizer, start_token: int, model: TreeModel, context_size: int
) -> list[Gain | None]:
    """The gain of each edit of ``text``; None where the tokens of its words cannot be told from their neighbours'."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    tokens = [start_token, *encoded.ids]
    starts = {start: place for place, (start, _) in reversed([*enumerate(encoded.offsets, start=1)])}
    starts[len(text)] = len(tokens)
    found: list[Gain | None] = [None] * len(edits)
    made = (_branch(text, edit, index, tokens, starts, tokenizer) for index, edit in enumerate(edits))
    read = [*windows([branch for branch in made if branch], context_size, keep=model.keeps_windows)]
    for window, probabilities in zip(read, model.log_probs(tokens, read), strict=True):
        for place, branch in enumerate(window.branches):
            gain = _gain(branch, place, probabilities)
            found[branch.index] = gain if all(map(math.isfinite, gain)) else None
    return found


def _branch(
    text: str, edit: TextEdit, index: int, tokens: Sequence[int], starts: Mapping[int, int], tokenizer: Tokenizer
) -> Branch | None:
    word_start, word_end = words_around(text, edit.start, edit.end)
    if word_start and text[word_start - 1] == " ":
        word_start -= 1  # the space belongs to the word's first token
    last = words_behind(text, word_end, config.WORDS_BEHIND)
    start, end = starts.get(word_start), starts.get(last)
    if start is None or end is None:
        return None
    changed = text[word_start : edit.start] + edit.corrected + text[edit.end : last]
    new, old = tokenizer.encode(changed, add_special_tokens=False).ids, tokens[start:end]
    while new and old and new[0] == old[0]:
        new, old, start = new[1:], old[1:], start + 1
    if not new or not old or max(len(new), len(old)) > config.MAX_BRANCH:
        return None
    common, most = 0, end - starts.get(word_end, end)
    while common < min(len(new), len(old), most) and new[-1 - common] == old[-1 - common]:
        common += 1
    return Branch(start, end, tuple(new), common, index)


def words_behind(text: str, start: int, count: int) -> int:
    """The end of the ``count`` words behind ``start``, which is the end of a word."""
    for _ in range(count):
        while start < len(text) and text[start].isspace():
            start += 1
        start = words_around(text, start, start)[1]
    return start


def windows(branches: Iterable[Branch], context_size: int, *, keep: bool) -> Iterator[Window]:
    """Puts branches, in order of position, into as few passes as the limits of a window allow.

    Args:
        branches: of one text.
        context_size: of the model, in tokens.
        keep: whether a window that begins within the one before it reaches back into that one, since it costs little.
    """
    group: list[Branch] = []
    first = last = size = 0
    before = None
    for branch in sorted(branches, key=lambda branch: (branch.start, branch.index)):
        full = group and (
            branch.start - group[0].start >= config.WINDOW
            or size + len(branch.tokens) > config.MAX_BRANCHES
            or max(last, branch.end) - first + size + len(branch.tokens) > context_size
        )
        if full:
            before = Window(first, last, tuple(group))
            yield before
            group, size, last = [], 0, 0
        if not group:
            first = max(0, branch.start - config.TOKENS_BEFORE)
            if keep and before and first < before.last:
                kept = min(config.TOKENS_KEPT, int(config.MAX_SHARE_KEPT * context_size))
                first = min(first, max(before.first, branch.start - kept))
        group.append(branch)
        last, size = max(last, branch.end), size + len(branch.tokens)
    if group:
        yield Window(first, last, tuple(group))


def _gain(branch: Branch, place: int, probabilities: LogProbs) -> Gain:
    own = len(branch.tokens) - branch.common
    new = [probabilities[place, token] for token in range(len(branch.tokens))]
    old = [probabilities[-1, token] for token in range(branch.start, branch.end)]
    border = len(old) - branch.common
    return Gain(sum(new[:own]) - sum(old[:border]), sum(new[own:]) - sum(old[border:]), sum(new[:own]))


class TreeLayout(NamedTuple):
    """The inputs of a pass over a window, and where each wanted log probability is found.

    Attributes:
        tokens: [columns]: the window from its first unread token on, then its branches without their last tokens.
        positions: [columns], from the window's first token on.
        mask: [columns, columns read before and own ones], true where a token may attend.
        wanted: by branch and token, the column that predicts it and the token itself.
    """

    tokens: NDArray[np.int64]
    positions: NDArray[np.int64]
    mask: NDArray[np.bool_]
    wanted: dict[tuple[int, int], tuple[int, int]]


def layout(tokens: Sequence[int], window: Window, begin: int | None = None) -> TreeLayout:
    """Lays a window and its branches out in one row.

    Args:
        tokens: of the whole text.
        window: its part to read.
        begin: the first token of the window that no cache holds; None: none is cached.
    """
    begin = window.first if begin is None else begin
    cached = begin - window.first
    row = list(tokens[begin : window.last])
    positions = list(range(cached, window.last - window.first))
    spans = []
    wanted: dict[tuple[int, int], tuple[int, int]] = {}
    for place, branch in enumerate(window.branches):
        start = len(row)
        row += branch.tokens[:-1]
        at = branch.start - window.first
        positions += range(at, at + len(branch.tokens) - 1)
        spans.append((start, len(row), at))
        for number, token in enumerate(branch.tokens):
            wanted[place, number] = (start + number - 1 if number else branch.start - begin - 1), token
        for number in range(branch.start, branch.end):
            wanted[-1, number] = number - begin - 1, tokens[number]
    mask = np.tri(len(row), cached + len(row), cached, dtype=np.bool_)
    for start, end, at in spans:
        mask[start:end, at : cached + start] = False
    return TreeLayout(np.array(row, np.int64), np.array(positions, np.int64), mask, wanted)
