"""Weights are rounded so that products change little; the inputs that count come from text of the model's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from model_export import graphs
from model_export.calibration import input_moments
from model_export.llama_graph import write_llama_graph
from model_export.weight_rounding import rounded

LARGEST = 7
SIZE = 200  # more than one block


def problem(correlation: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs that share a part of their values, weights, and a scale for each column."""
    random = np.random.default_rng(1)
    inputs = random.standard_normal((1000, SIZE)) + correlation * random.standard_normal((1000, 1))
    weight = random.standard_normal((SIZE, 30)).astype(np.float32)
    return inputs.astype(np.float32), weight, np.abs(weight).max(axis=0) / np.float32(LARGEST)


def test_rounding_spares_products() -> None:
    inputs, weight, scales = problem(correlation=2)
    integers = rounded(weight, scales, inputs.T @ inputs / np.float32(len(inputs)), LARGEST)
    errors = [np.square(inputs @ (each * scales - weight)).mean() for each in (np.rint(weight / scales), integers)]
    assert np.abs(integers).max() <= LARGEST
    assert errors[1] < errors[0] / 2


def test_unrelated_inputs_round_to_nearest() -> None:
    _, weight, scales = problem(correlation=0)
    integers = rounded(weight, scales, np.eye(SIZE, dtype=np.float32), LARGEST)
    assert np.array_equal(integers, np.rint(weight / scales))


def test_inputs_that_never_vary_round() -> None:
    _, weight, scales = problem(correlation=0)
    integers = rounded(weight, scales, np.zeros((SIZE, SIZE), np.float32), LARGEST)
    assert np.array_equal(integers, np.rint(weight / scales))


def test_moments_leave_graph_alone(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    write_llama_graph(small_model("qwen2"), tmp_path / "model.onnx")
    model = graphs.load(tmp_path / "model.onnx")
    before = model.SerializeToString(deterministic=True)
    moments = input_moments(model, tmp_path)
    assert model.SerializeToString(deterministic=True) == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    products = [node for node in model.graph.node if node.op_type == "MatMul"]
    weights = graphs.initializers(model)
    assert len(moments) == 2 * 4 + 1
    for node in products:
        found = moments[node.input[0]]
        assert found.shape == (weights[node.input[1]].dims[0],) * 2
        assert np.linalg.eigvalsh(found).min() > -1e-3 * np.trace(found)
        assert np.trace(found) > 0


def test_large_graph_keeps_its_weights(
    small_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_llama_graph(small_model("qwen2"), tmp_path / "model.onnx")
    model = graphs.load(tmp_path / "model.onnx")
    before = {name: graphs.array(proto).copy() for name, proto in graphs.initializers(model).items()}
    monkeypatch.setattr(graphs, "MAX_SINGLE_FILE", 0)  # weights go to a file of their own
    input_moments(model, tmp_path)
    assert all(np.array_equal(graphs.array(proto), before[proto.name]) for proto in model.graph.initializer)
