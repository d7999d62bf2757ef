"""The output equals that of transformers' `generate`, on random models and on models trained to copy and correct."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the environment of model_export")
pytest.importorskip("optimum.onnxruntime", reason="needs the environment of model_export")

from scanproof.correction.lm.decode import Decoder, Job  # noqa: E402
from scanproof.correction.lm.draft import TokenizerVocabulary  # noqa: E402
from scanproof.correction.lm.seq2seq import open_seq2seq  # noqa: E402
from scanproof.correction.lm.session import Graph, open_graph  # noqa: E402
from scanproof.correction.lm.window import PassCost  # noqa: E402
from tests.unit.correction.lm.conftest import START, TINY  # noqa: E402
from tests.unit.correction.lm.make_tiny import PARTS, TEXTS, export, tiny_models  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
END, ANSWER, LIMIT = 0, 1, 40
WORDS = sorted({word for text in TEXTS for word in text.split()})


def briefly_trained(model: Any, encode: Any) -> Any:
    """Trains the model for a few seconds to correct lines."""
    rng = random.Random(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(120):
        rows = []
        for _ in range(16):
            line = " ".join(rng.choices(WORDS, k=4))
            rows.append([*encode(corrupted(line, rng, 2)), ANSWER, *encode(line), END])
        width = max(map(len, rows))
        ids = torch.tensor([row + [END] * (width - len(row)) for row in rows])
        loss = model(input_ids=ids, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def corrupted(text: str, rng: random.Random, errors: int) -> str:
    """Returns ``text`` with ``errors`` characters replaced, lost or doubled."""
    for _ in range(errors):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(["", "0", "l", text[at] * 2]) + text[at + 1 :]
    return text


KINDS = [
    ("qwen2", False), ("qwen2", True), ("gpt2", False), ("gpt2", True), ("qwen2-fused", False), ("qwen2-direct", False),
    ("qwen2-direct", True), ("t5", False),
]  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Decoder, Any]:
    """Returns the torch model, a decoder with the same weights, and the tokenizer."""
    from tokenizers import Tokenizer

    name, trained = request.param
    folder: Path = tmp_path_factory.mktemp(f"{name}-{trained}")
    tokenizer = Tokenizer.from_file(str(TINY / "tokenizer.json"))
    torch.set_num_threads(1)
    model: Any = tiny_models()[name]
    if trained:
        torch.manual_seed(0)
        for weight in model.parameters():
            if weight.dim() > 1:
                torch.nn.init.normal_(weight, std=0.05)
        model = briefly_trained(model, lambda text: tokenizer.encode(text).ids)
    export(model.eval(), name, folder)
    graph: Graph
    if name == "t5":
        graph = open_seq2seq(folder, {part: f"t5-{part}.onnx" for part in PARTS}, START, threads=1)
    else:
        graph = open_graph(folder / f"{name}.onnx", threads=1, fused=name.endswith("-fused"))
    decoder = Decoder(graph, TokenizerVocabulary(tokenizer), frozenset({END}), PassCost(8, 1), rows=3)
    return model, decoder, tokenizer


def generated(model: Any, prompt: list[int]) -> list[int]:
    """Returns transformers' greedy output without the end token."""
    with torch.no_grad():
        ids = torch.tensor([prompt])
        tokens = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=LIMIT, pad_token_id=END
        )
    output = tokens[0, 1 if model.config.is_encoder_decoder else len(prompt) :].tolist()
    return output[: output.index(END)] if END in output else output


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), min_size=1, max_size=4), data=st.data())
def test_output_equals_generate(both: tuple[Any, Decoder, Any], lines: list[list[str]], data: Any) -> None:
    model, decoder, tokenizer = both
    rng = random.Random(data.draw(st.integers(0, 99)))
    read = [corrupted(" ".join(words), rng, data.draw(st.integers(0, 4))) for words in lines]
    prompts = [[*tokenizer.encode(text).ids, ANSWER] for text in read]
    drafts = [data.draw(st.sampled_from([text, "", text[::-1], text[2:] + " paid"])) for text in read]
    outputs = decoder.decode([Job(tuple(p), draft, LIMIT) for p, draft in zip(prompts, drafts, strict=True)])
    assert [list(output.tokens) for output in outputs] == [generated(model, prompt) for prompt in prompts]
