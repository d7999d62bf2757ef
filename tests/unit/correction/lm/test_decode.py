"""The hard promise: with any draft, window and batch, the output is that of greedy decoding, token for token."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanproof.correction.lm.choices import Chooser
from scanproof.correction.lm.decode import Decoder, Job
from scanproof.correction.lm.session import CausalGraph
from scanproof.correction.lm.window import PassCost
from tests.unit.correction.lm.conftest import END, TinyModel, open_session_of, open_tiny

LIMIT = 40
TOKENS = st.integers(1, 319)
PROMPTS = st.lists(TOKENS, min_size=1, max_size=24)
TEXTS = st.text(alphabet="The invoice was paid\n é0", max_size=80)
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def decoder(tiny: TinyModel, end: int = END, rows: int = 4, window: int | None = None) -> Decoder:
    return Decoder(tiny.graph, tiny.vocabulary, frozenset({end}), PassCost(8, 1), rows, window)


def expected(tiny: TinyModel, prompt: list[int], limit: int = LIMIT, end: int = END) -> list[int]:
    return tiny.greedy(prompt, end, limit)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """``text`` as an engine might read it: characters replaced, lost, doubled."""
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text("aeo01l ", max_size=2)) + text[at + draw(st.integers(0, 3)) :]
    return text


@quick
@given(prompt=PROMPTS, draft=TEXTS, window=st.sampled_from([None, 1, 3, 16, 64]))
def test_any_draft_leaves_the_output_as_it_is(
    tiny: TinyModel, prompt: list[int], draft: str, window: int | None
) -> None:
    [output] = decoder(tiny, window=window).decode([Job(tuple(prompt), draft, LIMIT)])
    assert list(output.tokens) == expected(tiny, prompt)


@quick
@given(data=st.data(), prompt=PROMPTS, window=st.sampled_from([None, 2, 8, 64]))
def test_a_draft_that_is_nearly_right_leaves_the_output_as_it_is(
    tiny: TinyModel, data: st.DataObject, prompt: list[int], window: int | None
) -> None:
    wanted = expected(tiny, prompt)
    draft = data.draw(damaged(tiny.tokenizer.decode(wanted, skip_special_tokens=False)))
    [output] = decoder(tiny, window=window).decode([Job(tuple(prompt), draft, LIMIT)])
    assert list(output.tokens) == wanted


@quick
@given(data=st.data(), prefix=st.lists(TOKENS, max_size=8), rows=st.integers(1, 4))
def test_any_batch_gives_each_job_its_own_output(
    tiny: TinyModel, data: st.DataObject, prefix: list[int], rows: int
) -> None:
    prompts = data.draw(st.lists(PROMPTS.map(lambda prompt: prefix + prompt), min_size=1, max_size=6))
    limits = data.draw(st.lists(st.integers(1, LIMIT), min_size=len(prompts), max_size=len(prompts)))
    end = data.draw(st.sampled_from(sorted(set(expected(tiny, prompts[0]))) or [END]))  # some end early, some never
    wanted = [expected(tiny, prompt, limit, end) for prompt, limit in zip(prompts, limits, strict=True)]
    drafts = [data.draw(damaged(tiny.tokenizer.decode(tokens))) for tokens in wanted]
    states = [Job(tuple(p), draft, limit) for p, draft, limit in zip(prompts, drafts, limits, strict=True)]
    several = decoder(tiny, end, rows)
    for _ in range(2):  # the second time with the prefix remembered
        assert [list(output.tokens) for output in several.decode(states, tuple(prefix))] == wanted


def test_an_exact_draft_takes_one_pass_a_window(tiny: TinyModel) -> None:
    prompt, text = _one_that_tokenizes_back(tiny)
    exact = decoder(tiny, window=16)
    [output] = exact.decode([Job(tuple(prompt), text, LIMIT)])
    assert len(output.tokens) == LIMIT
    assert exact.tally.passes == -(-LIMIT // 17)  # sixteen agree and one more is written in each


def _one_that_tokenizes_back(tiny: TinyModel) -> tuple[list[int], str]:
    """A prompt whose output, as text, is tokenized into that output again."""
    for token in range(1, 320):
        tokens = expected(tiny, [token])
        text = tiny.tokenizer.decode(tokens, skip_special_tokens=False)
        if len(tokens) == LIMIT and [piece[0] for piece in tiny.vocabulary.encode(text)] == tokens:
            return [token], text
    raise AssertionError("no such prompt")


def test_without_a_draft_every_token_takes_a_pass(tiny: TinyModel) -> None:
    plain = decoder(tiny)
    [output] = plain.decode([Job((5, 6, 7), "", 12)])
    assert plain.tally.passes == len(output.tokens) + output.ended


def test_rejected_tokens_never_outgrow_what_counts(tiny: TinyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanproof.correction.lm.session._WORTH_COMPACTING", 8)
    draft = "nothing of this is what the model is going to write " * 5
    [output] = decoder(tiny, window=32).decode([Job((9, 8), draft, LIMIT)])
    assert list(output.tokens) == expected(tiny, [9, 8])


def test_a_prompt_that_is_not_behind_the_prefix_is_a_mistake_of_the_caller(tiny: TinyModel) -> None:
    with pytest.raises(ValueError, match="prefix"):
        decoder(tiny).decode([Job((1, 2), "", 3)], prefix=(1, 2))


@pytest.mark.parametrize("name", ["qwen2", "gpt2"])
def test_choices_made_beside_the_model_are_those_made_in_main_memory(name: str) -> None:
    """On a GPU a small graph picks the tokens; here it runs on the CPU."""
    session = open_session_of(name)
    tiny = open_tiny(name)
    beside = CausalGraph(session, Chooser(session, on_device=True))
    state = Job((5, 6, 7), "The invoice was paid", LIMIT)
    [expected_output] = decoder(tiny).decode([state])
    [output] = Decoder(beside, tiny.vocabulary, frozenset({END}), PassCost(8, 1)).decode([state])
    assert output.tokens == expected_output.tokens
    assert output.probabilities == pytest.approx(expected_output.probabilities, abs=1e-5)
