"""The float32 export generates the same tokens as PyTorch, with and without a cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import numpy as np
import torch

from model_export import cli, graphs, reference_model
from model_export.inference import CausalModel, Graph, Seq2SeqModel, open_session
from model_export.llama_graph import is_supported
from scanproof.correction.models.folder import open_model
from tests.export.small_models import EOS, PAD, lines

pytestmark = pytest.mark.usefixtures("short_check")

LENGTH = 40


@pytest.fixture
def exported(small_model: Callable[[str], Path], tmp_path: Path) -> Callable[[str], tuple[Path, dict[str, str], Path]]:
    def export(architecture: str) -> tuple[Path, dict[str, str], Path]:
        model = small_model(architecture)
        assert cli.main([str(model), str(tmp_path), "--precision", "fp32", "--quiet"]) == 0
        return tmp_path / "cpu", dict(open_model(tmp_path / "cpu").graphs.files), model

    return export


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_causal_generation_equals_pytorch(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]], architecture: str
) -> None:
    folder, files, source = exported(architecture)
    tokenizer = reference_model.load_tokenizer(source)
    model = reference_model.load_model(source, "text-generation")
    exported_model = CausalModel(folder, files)
    for pair in lines()[:4]:
        ids = tokenizer(pair.raw)["input_ids"]
        generated = model.generate(torch.tensor([ids]), max_new_tokens=LENGTH, do_sample=False, pad_token_id=PAD)[0]
        expected = [token for token in generated[len(ids) :].tolist() if token != EOS]
        assert exported_model.greedy(ids, frozenset([EOS]), LENGTH) == expected


def test_seq2seq_generation_equals_pytorch(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]],
) -> None:
    folder, files, source = exported("t5")
    tokenizer, model = (
        reference_model.load_tokenizer(source),
        reference_model.load_model(source, "text2text-generation"),
    )
    exported_model = Seq2SeqModel(folder, files)
    for pair in lines()[:4]:
        ids = tokenizer(pair.raw)["input_ids"]
        generated = model.generate(torch.tensor([ids]), max_new_tokens=LENGTH, do_sample=False)[0]
        expected = [token for token in generated[1:].tolist() if token != EOS]
        assert exported_model.greedy(ids, frozenset([EOS]), LENGTH, start=PAD) == expected


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_masked_draft_may_stay_in_cache(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]], architecture: str
) -> None:
    """Decoding depends on it: mask 0 hides a cached token, and position ids keep the later tokens' positions."""
    folder, files, source = exported(architecture)
    ids = reference_model.load_tokenizer(source)(lines()[0].raw)["input_ids"]
    graph = Graph(open_session(folder / files["model"]))
    direct = graph(ids)["logits"][0, -1]

    graph.restart()
    kept, rest, rejected = ids[:10], ids[10:], [7, 8, 9]
    graph([*kept, *rejected])
    mask = np.array([[1] * len(kept) + [0] * len(rejected) + [1] * len(rest)])
    positions = np.arange(len(kept), len(ids))[None]
    with_rejected = graph(rest, attention_mask=mask, position_ids=positions)["logits"][0, -1]
    assert np.allclose(with_rejected, direct, atol=1e-4)


def test_llama_graph_skips_logits(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]],
) -> None:
    folder, files, source = exported("qwen2")
    layers = open_model(folder).graphs.layers
    assert layers is not None
    operators = [node.op_type for node in graphs.load(folder / files["model"]).graph.node]
    assert operators.count("Attention") == layers
    assert len(operators) <= 20 * layers + 30  # a traced graph has about a hundred per layer

    ids = reference_model.load_tokenizer(source)(lines()[0].raw)["input_ids"]
    session = open_session(folder / files["model"])
    full = Graph(session)(ids)["logits"]
    partial = Graph(session)(ids, logits_from=np.array([len(ids) - 2]))["logits"]
    assert partial.shape[1] == 2
    assert np.allclose(partial, full[:, -2:], atol=1e-5)


@pytest.mark.parametrize(("config", "supported"), [
    ({"model_type": "qwen2"}, True),
    ({"model_type": "qwen2", "use_sliding_window": True}, False),
    ({"model_type": "llama", "rope_scaling": {"rope_type": "llama3"}}, False),
    ({"model_type": "llama", "hidden_act": "gelu"}, False),
    ({"model_type": "mistral", "sliding_window": 4096}, False),
    ({"model_type": "gpt2"}, False),
])  # fmt: skip
def test_llama_graph_requires_supported_features(config: dict[str, object], supported: bool) -> None:
    assert is_supported(config) is supported


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_fused_attention_equals_pytorch(small_model: Callable[[str], Path], tmp_path: Path, architecture: str) -> None:
    model = small_model(architecture)
    options = ["--precision", "fp32", "--attention", "group_query", "--quiet"]
    assert cli.main([str(model), str(tmp_path), *options]) == 0
    manifest = open_model(tmp_path / "cpu")
    assert manifest.graphs.attention == "group_query"
    path = tmp_path / "cpu" / manifest.graphs.files["model"]
    assert sum(node.op_type == "GroupQueryAttention" for node in graphs.load(path).graph.node) == manifest.graphs.layers

    ids = reference_model.load_tokenizer(model)(lines()[0].raw)["input_ids"]
    with torch.inference_mode():
        expected = reference_model.load_model(model, "text-generation")(torch.tensor([ids])).logits[0].numpy()
    graph = Graph(open_session(path))
    assert np.allclose(graph(ids)["logits"][0], expected, atol=1e-4)
    graph.restart()
    graph([*ids[:10], 7, 8, 9])
    graph.cache = {name: tensor[:, :, :10] for name, tensor in graph.cache.items()}
    assert np.allclose(graph(ids[10:])["logits"][0, -1], expected[-1], atol=1e-4)


@pytest.mark.parametrize(("device", "precision"), [("cpu", "int8"), ("cuda", "int4")])
def test_fused_attention_can_be_quantized(
    small_model: Callable[[str], Path], tmp_path: Path, device: str, precision: str
) -> None:
    options = ["--device", device, "--precision", precision, "--attention", "group_query", "--quiet"]
    assert cli.main([str(small_model("qwen2")), str(tmp_path), *options]) == 0


def test_fused_attention_requires_causal_model(
    small_model: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([str(small_model("bert")), str(tmp_path), "--attention", "group_query", "--quiet"]) == 1
    assert "fused_attention_unsupported" in capsys.readouterr().err
