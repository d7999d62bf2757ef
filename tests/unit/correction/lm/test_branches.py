"""The gain of an edit is the difference of two log-likelihoods, however its pass is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Branch, Gain, LogProbs, Window, layout, windows
from scanproof.correction.lm.scorer import LmScorer, RowPasses, TreePasses
from scanproof.correction.lm.session import Cache, CausalGraph, Ids, Logits
from scanproof.edits import TextEdit, apply
from tests.unit.correction.lm.conftest import TinyModel, open_session_of, open_tiny

TEXT = "The lnvoice was sent to tbe customer on the first of March and has to be paid soon."
EDITS = [TextEdit(4, 5, "i"), TextEdit(24, 27, "the"), TextEdit(28, 36, "consumer"), TextEdit(63, 63, "x")]


@pytest.fixture(scope="module", params=["qwen2", "gpt2", "qwen2-fused", "qwen2-direct"])
def model(request: pytest.FixtureRequest) -> TinyModel:
    return open_tiny(request.param)


def scorer(model: TinyModel, context_size: int = 1000) -> LmScorer:
    assert isinstance(model.graph, CausalGraph)
    return LmScorer(model.graph, model.tokenizer, context_size)


def log_likelihood(model: TinyModel, text: str) -> float:
    assert isinstance(model.graph, CausalGraph)
    tokens = model.tokenizer.encode("\n" + text).ids
    logits, _ = model.graph.read(tokens)
    sums = np.log(np.exp(logits.astype(np.float64)).sum(-1))
    return float(sum(logits[place - 1, token] - sums[place - 1] for place, token in enumerate(tokens) if place))


def total(gain: Gain | None) -> float:
    assert gain is not None
    return gain.word + gain.after


def test_gain_is_likelihood_ratio(model: TinyModel) -> None:
    short = "The lnvoice was sent"  # all of it is within the reach of a branch
    [gain] = scorer(model).gains(short, EDITS[:1])
    expected = log_likelihood(model, apply(short, EDITS[:1])) - log_likelihood(model, short)
    assert total(gain) == pytest.approx(expected, abs=1e-3)


def test_gain_is_independent_of_others(model: TinyModel) -> None:
    together = scorer(model).gains(TEXT, EDITS)
    alone = [scorer(model).gains(TEXT, [edit])[0] for edit in EDITS]
    assert [total(gain) for gain in together] == pytest.approx([total(gain) for gain in alone], abs=1e-3)


def passes(graph: CausalGraph, tokens: Sequence[int], windows: Sequence[Window]) -> Iterator[list[LogProbs]]:
    for model in (TreePasses(graph, 1000), RowPasses(graph)):
        yield [*model.log_probs(tokens, windows)]


def test_tree_equals_rows() -> None:
    graph = open_tiny("qwen2-direct").graph
    assert isinstance(graph, CausalGraph)
    tokens = [*range(3, 43)]
    window = Window(2, 40, (Branch(10, 14, (7, 8, 13), 1, 0), Branch(10, 12, (9,), 0, 1), Branch(20, 22, (5, 6), 0, 2)))
    [tree], [rows] = passes(graph, tokens, [window])
    assert dict(tree) == pytest.approx(dict(rows), abs=1e-4)


def test_window_continues_the_one_before() -> None:
    graph = open_tiny("qwen2-direct").graph
    assert isinstance(graph, CausalGraph)
    tokens = [*range(3, 43)]
    near, far = Branch(10, 14, (7, 8, 13), 1, 0), Branch(20, 23, (5, 6), 0, 1)
    apart = [Window(0, 14, (near,)), Window(0, 23, (far,))]  # the second one has the first one's text before it
    model = TreePasses(graph, 1000)
    tree = [*model.log_probs(tokens, apart)]
    assert model.tokens_read == 14 + 2 + (23 - 14) + 1
    for window, found in zip(apart, tree, strict=True):
        [[alone], _] = passes(graph, tokens, [window])
        assert dict(found) == pytest.approx(dict(alone), abs=1e-4)


class Watched(CausalGraph):
    """A graph that keeps what its passes over trees were given."""

    passes: list[tuple[NDArray[np.bool_], Cache]]

    def read_tree(
        self, tokens: Ids, positions: Ids, mask: NDArray[np.bool_], wanted: Ids, cache: Cache, keep: bool = False
    ) -> Logits:
        read = self.cut(cache, cache.mask.shape[1])
        logits = super().read_tree(tokens, positions, mask, wanted, cache, keep)
        self.passes.append((mask, read))
        return logits


def test_first_token_stays_in_sight() -> None:
    graph = Watched(open_session_of("qwen2-direct"))
    graph.passes = []
    ends = (14, 23, 32)
    apart = [Window(end - 14, end, (Branch(end - 3, end, (7, 8), 0, 0),)) for end in ends]
    assert len([*TreePasses(graph, 1000).log_probs([*range(3, 43)], apart)]) == 3
    first, *others = [next(iter(cache.values.values())) for _, cache in graph.passes]
    assert first.shape[2] == 0
    for number, (mask, cache) in enumerate(graph.passes[1:], start=1):
        assert cache.mask.shape[1] == 1 + ends[number - 1] - apart[number].first
        assert mask[:, 0].all()
    one, two = (np.asarray(value)[:, :, 0] for value in others)
    assert np.array_equal(one, two)


def test_full_context_begins_anew() -> None:
    graph = open_tiny("qwen2-direct").graph
    assert isinstance(graph, CausalGraph)
    apart = [Window(0, 14, (Branch(10, 14, (7, 8, 13), 1, 0),)), Window(5, 23, (Branch(20, 23, (5, 6), 0, 1),))]
    model = TreePasses(graph, config.MAX_BRANCH + 18)
    assert len([*model.log_probs([*range(3, 43)], apart)]) == 2
    assert model.tokens_read == 14 + 2 + 18 + 1


def test_long_text_is_read_in_windows() -> None:
    text = " ".join(["the report of tbe year"] * 60)
    edits = [TextEdit(at, at + 3, "the") for at in range(len(text)) if text.startswith("tbe", at)]
    model = open_tiny("qwen2")
    gains = scorer(model, config.MIN_CONTEXT).gains(text, edits)
    assert len([gain for gain in gains if gain]) == len(edits) == 60


@pytest.mark.parametrize("keep", [False, True])
def test_windows_keep_within_context(*, keep: bool) -> None:
    branches = [Branch(start, start + 4, (1, 2, 3, 4, 5), 2, start) for start in range(1, 400, 7)]
    cut = list(windows(branches, config.MIN_CONTEXT, keep=keep))
    assert [branch for window in cut for branch in window.branches] == branches
    for window in cut:
        assert len(layout(range(500), window).tokens) <= config.MIN_CONTEXT
        assert window.first < window.branches[0].start


def test_context_grows_where_it_is_kept() -> None:
    branches = [Branch(start, start + 4, (1, 2, 3), 1, start) for start in (*range(300, 900, 20), 1500)]
    apart, kept = ([window.first for window in windows(branches, 4000, keep=keep)] for keep in (False, True))
    assert apart == [252, 392, 532, 672, 812, 1452]
    assert kept == [252, 252, 252, 320, 460, 1452]


def test_gain_is_split_behind_the_word() -> None:
    model = open_tiny("qwen2")
    [alone] = scorer(model).gains("we sent tbe", [TextEdit(8, 11, "the")])
    [followed] = scorer(model).gains("we sent tbe bill today", [TextEdit(8, 11, "the")])
    assert alone is not None
    assert followed is not None
    assert (followed.word, alone.after) == (pytest.approx(alone.word, abs=1e-3), 0.0)
    assert followed.after != 0.0


class Broken(CausalGraph):
    """A graph whose logits are not numbers."""

    def read(self, tokens: Sequence[int], cache: Cache | None = None) -> tuple[Logits, Cache]:
        logits, read = super().read(tokens, cache)
        return np.full_like(logits, np.nan), read


def test_broken_logits_give_no_gain() -> None:
    scorer = LmScorer(Broken(open_session_of("qwen2")), open_tiny("qwen2").tokenizer, 1000)
    assert scorer.gains(TEXT, EDITS) == [None] * len(EDITS)
