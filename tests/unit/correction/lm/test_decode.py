"""With any draft, window and batch, the output equals that of greedy decoding, token for token."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanproof.correction.deadline import Deadline
from scanproof.correction.lm.decode import Decoder, Job
from scanproof.correction.lm.predictions import PredictionHead
from scanproof.correction.lm.session import CausalGraph
from scanproof.correction.lm.window import PassCost
from tests.unit.correction.lm.conftest import END, TinyModel, open_session_of, open_tiny

pytestmark = pytest.mark.slow  # many decodings with real graphs

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
def corrupted(draw: st.DrawFn, text: str) -> str:
    """Draws ``text`` with OCR-like errors: characters replaced, lost, doubled."""
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text("aeo01l ", max_size=2)) + text[at + draw(st.integers(0, 3)) :]
    return text


@quick
@given(prompt=PROMPTS, draft=TEXTS, window=st.sampled_from([None, 1, 3, 16, 64]))
def test_output_is_independent_of_draft(tiny: TinyModel, prompt: list[int], draft: str, window: int | None) -> None:
    [output] = decoder(tiny, window=window).decode([Job(tuple(prompt), draft, LIMIT)])
    assert list(output.tokens) == expected(tiny, prompt)


@quick
@given(data=st.data(), prompt=PROMPTS, window=st.sampled_from([None, 2, 8, 64]))
def test_corrupted_draft_keeps_output(
    tiny: TinyModel, data: st.DataObject, prompt: list[int], window: int | None
) -> None:
    wanted = expected(tiny, prompt)
    draft = data.draw(corrupted(tiny.tokenizer.decode(wanted, skip_special_tokens=False)))
    [output] = decoder(tiny, window=window).decode([Job(tuple(prompt), draft, LIMIT)])
    assert list(output.tokens) == wanted


@quick
@given(data=st.data(), prefix=st.lists(TOKENS, max_size=8), rows=st.integers(1, 4))
def test_output_is_independent_of_batch(tiny: TinyModel, data: st.DataObject, prefix: list[int], rows: int) -> None:
    prompts = data.draw(st.lists(PROMPTS.map(lambda prompt: prefix + prompt), min_size=1, max_size=6))
    limits = data.draw(st.lists(st.integers(1, LIMIT), min_size=len(prompts), max_size=len(prompts)))
    end = data.draw(st.sampled_from(sorted(set(expected(tiny, prompts[0]))) or [END]))  # some end early, some never
    wanted = [expected(tiny, prompt, limit, end) for prompt, limit in zip(prompts, limits, strict=True)]
    drafts = [data.draw(corrupted(tiny.tokenizer.decode(tokens))) for tokens in wanted]
    jobs = [Job(tuple(p), draft, limit) for p, draft, limit in zip(prompts, drafts, limits, strict=True)]
    batched = decoder(tiny, end, rows)
    for _ in range(2):  # the second time with the prefix cached
        assert [list(output.tokens) for output in batched.decode(jobs, tuple(prefix))] == wanted


def test_exact_draft_fills_whole_windows(tiny: TinyModel) -> None:
    prompt, text = _round_trip_prompt(tiny)
    exact = decoder(tiny, window=16)
    [output] = exact.decode([Job(tuple(prompt), text, LIMIT)])
    assert len(output.tokens) == LIMIT
    assert exact.stats.passes == -(-LIMIT // 17)  # sixteen are accepted and one more is generated in each


def _round_trip_prompt(tiny: TinyModel) -> tuple[list[int], str]:
    """Returns a prompt and its output as text, where tokenizing the text gives the same output."""
    for token in range(1, 320):
        tokens = expected(tiny, [token])
        text = tiny.tokenizer.decode(tokens, skip_special_tokens=False)
        if len(tokens) == LIMIT and [piece[0] for piece in tiny.vocabulary.encode(text)] == tokens:
            return [token], text
    raise AssertionError("no such prompt")


def test_empty_draft_decodes_each_token(tiny: TinyModel) -> None:
    plain = decoder(tiny)
    [output] = plain.decode([Job((5, 6, 7), "", 12)])
    assert plain.stats.passes == len(output.tokens) + output.ended


def test_compacting_cache_keeps_output(tiny: TinyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanproof.correction.lm.session._MIN_COMPACTED_COLUMNS", 8)
    draft = "nothing of this is what the model is going to write " * 5
    [output] = decoder(tiny, window=32).decode([Job((9, 8), draft, LIMIT)])
    assert list(output.tokens) == expected(tiny, [9, 8])


def test_prompt_without_prefix_raises_value_error(tiny: TinyModel) -> None:
    with pytest.raises(ValueError, match="prefix"):
        decoder(tiny).decode([Job((1, 2), "", 3)], prefix=(1, 2))


@pytest.mark.parametrize("name", ["qwen2", "gpt2"])
def test_device_predictions_equal_host_predictions(name: str) -> None:
    """On a GPU a small graph predicts the tokens; here it runs on the CPU."""
    session = open_session_of(name)
    tiny = open_tiny(name)
    on_device = CausalGraph(session, PredictionHead(session, on_device=True))
    job = Job((5, 6, 7), "The invoice was paid", LIMIT)
    [expected_output] = decoder(tiny).decode([job])
    [output] = Decoder(on_device, tiny.vocabulary, frozenset({END}), PassCost(8, 1)).decode([job])
    assert output.tokens == expected_output.tokens
    assert output.probabilities == pytest.approx(expected_output.probabilities, abs=1e-5)


def test_no_pass_begins_after_deadline(tiny: TinyModel) -> None:
    jobs = [Job((5, 6, 7 + number), "The invoice", 12) for number in range(3)]
    plain = decoder(tiny, rows=1)
    outputs = plain.decode(jobs)
    for passes in range(plain.stats.passes):
        timed = decoder(tiny, rows=1)
        deadline = Deadline(lambda timed=timed, passes=passes: passes - timed.stats.passes)  # type: ignore[misc]
        done = timed.decode_until(deadline, jobs)
        assert timed.stats.passes <= passes + 1  # the first pass of a batch reads the prompt
        assert len(done) < 3
        assert all(outputs[index] == output for index, output in done.items())
