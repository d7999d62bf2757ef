"""Exports every architecture with every device's recipes; quality gates refuse corrupted weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from model_export import cli, embeddings, export, graphs, recipes, rotation, row_int8
from model_export.encoder_attention import fuse_encoder_attention
from scanproof.correction.models.folder import open_model
from scanproof.correction.models.manifest import Precision

pytestmark = pytest.mark.usefixtures("short_check")

ARCHITECTURES = ("bert", "qwen2", "gpt2", "t5")


def run(model: Path, output: Path, *options: str) -> int:
    return cli.main([str(model), str(output), "--quiet", *options])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("device", "precision", "ratio"), [("cpu", "int8", 0.31), ("cuda", "int8", 0.30), ("cuda", "int4", 0.20)]
)
def test_recipe_passes_gates_and_size_limit(
    small_model: Callable[[str], Path], tmp_path: Path, architecture: str, device: str, precision: str, ratio: float
) -> None:
    assert run(small_model(architecture), tmp_path, "--device", device, "--precision", precision) == 0
    manifest = open_model(tmp_path / device)
    assert manifest.sizes.onnx <= ratio * manifest.sizes.float32
    assert manifest.quantization.share >= 0.95
    agreement = next(gate for gate in manifest.gates if gate.name == "agreement")
    assert agreement.passed
    assert agreement.measured >= (0.99 if precision == "int8" else 0.95)


def test_export_is_reproducible(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    model = small_model("bert")
    for place in ("one", "two"):
        assert run(model, tmp_path / place) == 0
    one, two = ((tmp_path / place / "cpu" / "manifest.json").read_text() for place in ("one", "two"))
    assert one == two
    for file in (tmp_path / "one" / "cpu").iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()
        assert b"site-packages" not in file.read_bytes()


def test_decoders_share_weights_on_disk(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    assert run(small_model("t5"), tmp_path) == 0
    files = open_model(tmp_path / "cpu").files
    decoder = sum(files[name].bytes for name in ("decoder_model.onnx", "decoder_with_past_model.onnx"))
    assert decoder < 0.15 * files["weights.bin"].bytes


def test_correction_gate_compares_with_float32(
    small_model: Callable[[str], Path], tmp_path: Path, pairs_file: Path
) -> None:
    assert run(small_model("bert"), tmp_path, "--check", str(pairs_file)) == 0
    gate = next(gate for gate in open_model(tmp_path / "cpu").gates if gate.name == "correction")
    assert gate.passed
    assert gate.measured is not None


def test_causal_models_are_batch_invariant() -> None:
    for precision in get_args(Precision):
        assert all(recipe.batch_invariant for recipe in recipes.recipes_for("cpu", precision, "text-generation"))


def test_judge_gate_compares_choices(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    assert run(small_model("qwen2"), tmp_path) == 0
    gate = next(gate for gate in open_model(tmp_path / "cpu").gates if gate.name == "same_choice")
    assert gate.passed
    assert gate.measured >= 0.99
    assert "candidate sets" in gate.note


def _corrupted(recipe: recipes.Recipe, corrupt: Callable[[Any], None]) -> recipes.Recipe:
    def apply(model: Any, scratch: Path) -> Any:
        quantized = recipe.apply(model, scratch)
        corrupt(quantized)
        return quantized

    return recipes.Recipe(recipe.name, apply, recipe.batch_invariant, recipe.float16_activations)


def _negate_scales(model: Any) -> None:
    """Negates the scales of the first quantized layer, which keeps the graph valid."""
    name = next(node.input[2] for node in model.graph.node if node.op_type == "MatMulNBits")
    scales = graphs.initializers(model)[name]
    scales.CopyFrom(graphs.tensor(-graphs.array(scales), name))


def test_corrupted_weight_keeps_earlier_export(
    small_model: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = small_model("qwen2")
    assert run(model, tmp_path, "--device", "cuda") == 0
    before = (tmp_path / "cuda" / "manifest.json").read_text()
    good = recipes.recipes_for("cuda", "int8", "text-generation")
    monkeypatch.setattr(
        export.recipes, "recipes_for", lambda *_: tuple(_corrupted(recipe, _negate_scales) for recipe in good)
    )
    assert run(model, tmp_path, "--device", "cuda") == 3
    assert "gates_failed" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["cuda"]
    assert (tmp_path / "cuda" / "manifest.json").read_text() == before
    open_model(tmp_path / "cuda")


def test_nan_fails_agreement_gate(
    small_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def corrupt(model: Any) -> None:
        name = next(node.input[2] for node in model.graph.node if node.op_type == "MatMulNBits")
        scales = graphs.initializers(model)[name]
        scales.CopyFrom(graphs.tensor(graphs.array(scales) * float("nan"), name))

    good = recipes.recipes_for("cuda", "int8", "text-generation")
    monkeypatch.setattr(export.recipes, "recipes_for", lambda *_: tuple(_corrupted(recipe, corrupt) for recipe in good))
    assert run(small_model("bert"), tmp_path, "--device", "cuda") == 3


def test_failed_gate_tries_next_recipe(
    small_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = recipes.recipes_for("cpu", "int8", "token-classification")

    def corrupt(model: Any) -> None:
        name = [node.input[1] for node in model.graph.node if node.op_type == "MatMulInteger"][-1]
        weight = graphs.initializers(model)[name]
        weight.CopyFrom(graphs.tensor(graphs.array(weight)[::-1], name))

    monkeypatch.setattr(export.recipes, "recipes_for", lambda *_: (_corrupted(first, corrupt), second))
    assert run(small_model("bert"), tmp_path) == 0
    quantization = open_model(tmp_path / "cpu").quantization
    assert quantization.recipe == second.name
    assert quantization.batch_invariant


def test_skipped_layers_are_named(
    small_model: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # GPT-2's Conv1D is exported as Gemm, which onnxruntime's quantizers silently skip.
    monkeypatch.setattr(graphs, "_gemm_to_matmul", lambda _model, node, _known: [node])
    assert run(small_model("gpt2"), tmp_path, "--device", "cuda") == 3
    message = capsys.readouterr().err
    assert "not_quantized" in message
    assert "h.0.mlp.c_fc" in message
    assert list(tmp_path.iterdir()) == []


def test_table_rows_have_own_scales() -> None:
    import numpy as np

    table = np.array([[0.001, -0.002], [100.0, 50.0], [0.0, 0.0]], np.float32)
    values, scales = embeddings.quantize_rows(table)
    assert np.allclose(values * scales[:, None], table, rtol=0.01)


def test_second_term_makes_tables_precise() -> None:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    table = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    errors = []
    for second_term in (False, True):
        graph = helper.make_graph(
            [helper.make_node("Gather", ["table", "ids"], ["rows"], name="lookup")],
            "lookup",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, 64])],
            [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [1, 64, 64])],
            [graphs.tensor(table, "table")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        embeddings.quantize_tables(model, {}, second_term)
        onnx.checker.check_model(model)
        [rows] = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"ids": np.arange(64)[None]})
        errors.append(np.abs(rows[0] - table).max())
    assert errors[1] < errors[0] / 100


def test_fused_encoder_attention_keeps_outputs(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    import numpy as np
    import onnxruntime

    assert run(small_model("bert"), tmp_path, "--precision", "fp32") == 0
    plain = graphs.load(tmp_path / "cpu" / "model.onnx")
    ids = np.array([[5, 6, 7, 8, 9], [9, 8, 7, 6, 5], [5, 5, 6, 6, 7]], np.int64)
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 1, 1, 1]], np.int64)
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    outputs = []
    for model in (plain, fuse_encoder_attention(graphs.load(tmp_path / "cpu" / "model.onnx"))):
        session = onnxruntime.InferenceSession(model.SerializeToString())
        outputs.append(session.run(None, inputs)[0][mask > 0])
    assert "Softmax" not in {node.op_type for node in model.graph.node}
    assert np.allclose(*outputs, atol=1e-4)


def test_decoder_is_not_fused(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    assert run(small_model("gpt2"), tmp_path, "--precision", "fp32") == 0
    model = graphs.load(tmp_path / "cpu" / "model.onnx")
    assert fuse_encoder_attention(model) is model


def test_fused_attention_is_quantized(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    assert run(small_model("bert"), tmp_path) == 0
    operators = {node.op_type for node in graphs.load(tmp_path / "cpu" / "model.onnx").graph.node}
    assert "QAttention" in operators
    assert not operators & {"Attention", "MatMul"}


def _llama_graph(model: Path, folder: Path) -> Any:
    from model_export.llama_graph import write_llama_graph

    write_llama_graph(model, folder / "model.onnx")
    return graphs.load(folder / "model.onnx")


def _logits(model: Any, ids: list[int]) -> Any:
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())
    past = {
        value.name: np.zeros((1, value.shape[1], 0, value.shape[3]), np.float32)
        for value in session.get_inputs()
        if value.name.startswith("past_key_values.")
    }
    row = np.array([ids], np.int64)
    inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "position_ids": np.arange(len(ids))[None]}
    return session.run(["logits"], {**inputs, **past})[0][0]


def test_rotated_graph_keeps_its_logits(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    import numpy as np

    plain, rotated = _llama_graph(small_model("qwen2"), tmp_path), _llama_graph(small_model("qwen2"), tmp_path)
    rotation.rotate(rotated)
    ids = [5, 6, 7, 8, 9]
    assert np.allclose(_logits(plain, ids), _logits(rotated, ids), atol=1e-3)
    before, after = (graphs.array(graphs.initializers(model)["lm_head.weight"]) for model in (plain, rotated))
    assert not np.allclose(before, after, atol=1e-2)


def test_row_int8_ignores_later_rows(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    import numpy as np

    plain = _llama_graph(small_model("qwen2"), tmp_path)
    quantized = row_int8.quantize_row_int8(_llama_graph(small_model("qwen2"), tmp_path), tmp_path)
    operators = {node.op_type for node in quantized.graph.node}
    assert "MatMulIntegerToFloat" in operators
    assert not operators & {"MatMul", "MatMulNBits"}
    whole, part = _logits(quantized, [5, 6, 7, 8, 9, 9]), _logits(quantized, [5, 6, 7])
    assert np.allclose(whole[:3], part, atol=1e-4)
    assert np.abs(whole - _logits(plain, [5, 6, 7, 8, 9, 9])).mean() < 0.1


def test_llama_graph_gets_row_int8(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    assert run(small_model("qwen2"), tmp_path) == 0
    manifest = open_model(tmp_path / "cpu")
    assert (manifest.quantization.recipe, manifest.quantization.batch_invariant) == ("row-int8-rotated", True)
    assert run(small_model("gpt2"), tmp_path) == 0
    assert open_model(tmp_path / "cpu").quantization.recipe == "weight-only-int8-block32"
