"""The float32 export generates what PyTorch generates, with and without a cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import numpy as np
import torch

from model_export import cli, graphs, original
from model_export.direct import can_write
from model_export.running import CausalModel, Graph, Seq2SeqModel, open_session
from scanproof.correction.models.folder import open_model
from tests.export.small_models import EOS, PAD, lines

pytestmark = pytest.mark.usefixtures("short_check")

LENGTH = 40


@pytest.fixture
def exported(small_model: Callable[[str], Path], tmp_path: Path) -> Callable[[str], tuple[Path, dict[str, str], Path]]:
    def of(architecture: str) -> tuple[Path, dict[str, str], Path]:
        model = small_model(architecture)
        assert cli.main([str(model), str(tmp_path), "--precision", "fp32", "--quiet"]) == 0
        return tmp_path / "cpu", dict(open_model(tmp_path / "cpu").graphs.files), model

    return of


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_causal_generation_is_pytorchs(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]], architecture: str
) -> None:
    folder, files, source = exported(architecture)
    tokenizer, model = original.load_tokenizer(source), original.load_model(source, "text-generation")
    ours = CausalModel(folder, files)
    for pair in lines()[:4]:
        ids = tokenizer(pair.raw)["input_ids"]
        theirs = model.generate(torch.tensor([ids]), max_new_tokens=LENGTH, do_sample=False, pad_token_id=PAD)[0]
        expected = [token for token in theirs[len(ids) :].tolist() if token != EOS]
        assert ours.greedy(ids, frozenset([EOS]), LENGTH) == expected


def test_sequence_to_sequence_generation_is_pytorchs(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]],
) -> None:
    folder, files, source = exported("t5")
    tokenizer, model = original.load_tokenizer(source), original.load_model(source, "text2text-generation")
    ours = Seq2SeqModel(folder, files)
    for pair in lines()[:4]:
        ids = tokenizer(pair.raw)["input_ids"]
        theirs = model.generate(torch.tensor([ids]), max_new_tokens=LENGTH, do_sample=False)[0]
        expected = [token for token in theirs[1:].tolist() if token != EOS]
        assert ours.greedy(ids, frozenset([EOS]), LENGTH, start=PAD) == expected


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_a_rejected_draft_can_stay_in_the_cache_masked(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]], architecture: str
) -> None:
    """What the decoder builds on: mask 0 hides a cached token, position ids keep the later tokens' places."""
    folder, files, source = exported(architecture)
    ids = original.load_tokenizer(source)(lines()[0].raw)["input_ids"]
    graph = Graph(open_session(folder / files["model"]))
    straight = graph(ids)["logits"][0, -1]

    graph.restart()
    kept, rest, junk = ids[:10], ids[10:], [7, 8, 9]
    graph([*kept, *junk])
    mask = np.array([[1] * len(kept) + [0] * len(junk) + [1] * len(rest)])
    positions = np.arange(len(kept), len(ids))[None]
    detour = graph(rest, attention_mask=mask, position_ids=positions)["logits"][0, -1]
    assert np.allclose(detour, straight, atol=1e-4)


def test_a_graph_for_cpus_is_short_and_leaves_out_the_places_that_nobody_asks_about(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]],
) -> None:
    folder, files, source = exported("qwen2")
    layers = open_model(folder).graphs.layers
    assert layers is not None
    operators = [node.op_type for node in graphs.load(folder / files["model"]).graph.node]
    assert operators.count("Attention") == layers
    assert len(operators) <= 20 * layers + 30  # traced, it is about a hundred a layer

    ids = original.load_tokenizer(source)(lines()[0].raw)["input_ids"]
    session = open_session(folder / files["model"])
    whole = Graph(session)(ids)["logits"]
    wanted = Graph(session)(ids, logits_from=np.array([len(ids) - 2]))["logits"]
    assert wanted.shape[1] == 2
    assert np.allclose(wanted, whole[:, -2:], atol=1e-5)


@pytest.mark.parametrize(("config", "known"), [
    ({"model_type": "qwen2"}, True),
    ({"model_type": "qwen2", "use_sliding_window": True}, False),
    ({"model_type": "llama", "rope_scaling": {"rope_type": "llama3"}}, False),
    ({"model_type": "llama", "hidden_act": "gelu"}, False),
    ({"model_type": "mistral", "sliding_window": 4096}, False),
    ({"model_type": "gpt2"}, False),
])  # fmt: skip
def test_only_architectures_known_whole_are_written_directly(config: dict[str, object], known: bool) -> None:
    assert can_write(config) is known


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_fused_attention_answers_as_plain_and_its_cache_can_be_shortened(
    small_model: Callable[[str], Path], tmp_path: Path, architecture: str
) -> None:
    model = small_model(architecture)
    options = ["--precision", "fp32", "--attention", "group_query", "--quiet"]
    assert cli.main([str(model), str(tmp_path), *options]) == 0
    manifest = open_model(tmp_path / "cpu")
    assert manifest.graphs.attention == "group_query"
    path = tmp_path / "cpu" / manifest.graphs.files["model"]
    assert sum(node.op_type == "GroupQueryAttention" for node in graphs.load(path).graph.node) == manifest.graphs.layers

    ids = original.load_tokenizer(model)(lines()[0].raw)["input_ids"]
    with torch.inference_mode():
        expected = original.load_model(model, "text-generation")(torch.tensor([ids])).logits[0].numpy()
    graph = Graph(open_session(path))
    assert np.allclose(graph(ids)["logits"][0], expected, atol=1e-4)
    graph.restart()
    graph([*ids[:10], 7, 8, 9])
    graph.cache = {name: tensor[:, :, :10] for name, tensor in graph.cache.items()}
    assert np.allclose(graph(ids[10:])["logits"][0, -1], expected[-1], atol=1e-4)


@pytest.mark.parametrize(("device", "precision"), [("cpu", "int8"), ("cuda", "int4")])
def test_fused_attention_goes_through_the_recipes(
    small_model: Callable[[str], Path], tmp_path: Path, device: str, precision: str
) -> None:
    options = ["--device", device, "--precision", precision, "--attention", "group_query", "--quiet"]
    assert cli.main([str(small_model("qwen2")), str(tmp_path), *options]) == 0


def test_fused_attention_is_for_causal_models(
    small_model: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([str(small_model("bert")), str(tmp_path), "--attention", "group_query", "--quiet"]) == 1
    assert "fused_attention_unsupported" in capsys.readouterr().err
