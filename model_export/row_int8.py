"""int8 products with a scale for each row of the activations and each column of the weights.

Products take a third of the time of block-wise int8, and a row's result depends on no other row. What it costs in
precision is kept small in three ways. `rotation` removes the channels that stand out; `weight_rounding` rounds weights
by how their inputs go together; and where errors count most, activations are two int8 terms, which have fifteen bits
together. That is behind the activation function, whose products no rotation can reach, before and behind attention,
and in the first layers, because all others amplify their errors. The embedding table has two terms, which take no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper

from model_export import embeddings, graphs
from model_export.calibration import input_moments
from model_export.rotation import rotate
from model_export.weight_rounding import Floats, rounded

# Without VNNI, onnxruntime adds two products in 16 bits and saturates. At these limits, of 127 each, that happens to
# one pair of SmolLM2's products in 50,000, at 127 to one in 5,000; either limit costs about as much precision.
_LARGEST_WEIGHT = 120
_LEVELS = 112  # of an activation on each side of its zero point, which is the same number
_TWO_TERMS = (".down_proj.", ".o_proj.", ".q_proj_k_proj_v_proj.")
_FIRST_LAYERS = 3  # one layer in so many, from the first on, has two terms
_SMALLEST = 1e-9  # scale of a row of zeros


def quantize_row_int8(model: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    """Rotates a graph of `llama_graph` and replaces every MatMul by a constant; tables get a scale for each row.

    Args:
        scratch: an existing folder, for a copy of the graph.
    """
    rotate(model)
    builder = _Quantizer(model, input_moments(model, scratch))
    graphs.replace_nodes(model, builder.nodes())
    model.graph.initializer.extend(builder.constants.values())
    if all(opset.domain != graphs.ONNXRUNTIME for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid(graphs.ONNXRUNTIME, 1))
    embeddings.quantize_tables(model, {}, second_term=True)
    graphs.drop_unused_initializers(model)
    return model


class _Quantizer:
    """Builds the nodes that replace a graph's."""

    def __init__(self, model: onnx.ModelProto, moments: Mapping[str, Floats]) -> None:
        self._model, self._known, self._moments = model, graphs.initializers(model), moments
        self._nodes: list[onnx.NodeProto] = []
        self._made: set[str] = set()
        layers = sum(node.op_type == "Attention" for node in model.graph.node)
        self._precise = tuple(f"layers.{layer}." for layer in range(-(-layers // _FIRST_LAYERS)))
        constants: dict[str, graphs.Array] = {
            "row_axis": np.array([-1], np.int64),
            "row_step": np.array(1 / _LEVELS, np.float32),
            "row_smallest": np.array(_SMALLEST, np.float32),
            "row_unit": np.array(1, np.float32),
            "row_fine": np.array(1 / (2 * _LEVELS), np.float32),
            "row_zero": np.array(_LEVELS, np.uint8),
        }
        self.constants = {name: graphs.tensor(value, name) for name, value in constants.items()}

    def nodes(self) -> list[onnx.NodeProto]:
        """Returns all nodes of the quantized graph."""
        for node in self._model.graph.node:
            if node.op_type == "MatMul" and node.input[1] in self._known:
                self._replace(node)
            else:
                self._nodes.append(node)
        return self._nodes

    def _replace(self, node: onnx.NodeProto) -> None:
        values, weight, output = node.input[0], node.input[1], node.output[0]
        terms, scale, scaled = self._quantized(values)
        self._add_weight(weight, self._moments[values])
        product = self._product(terms, weight, "row_unit", f"{output}_coarse")
        if any(part in weight for part in (*_TWO_TERMS, *self._precise)):
            fine = self._product(self._second_term(terms, scaled), weight, "row_fine", f"{output}_fine")
            product = self._node("Add", [product, fine], f"{output}_both")
        self._node("Mul", [product, scale], output)

    def _quantized(self, values: str) -> tuple[str, str, str]:
        """Returns int8 rows, their scales, and the rows by their scales."""
        sizes = self._node("Abs", [values], f"{values}_sizes")
        largest = self._node("ReduceMax", [sizes, "row_axis"], f"{values}_largest", keepdims=1)
        step = self._node("Mul", [largest, "row_step"], f"{values}_step")
        scale = self._node("Max", [step, "row_smallest"], f"{values}_scale")
        scaled = self._node("Div", [values, scale], f"{values}_scaled")
        terms = self._node("QuantizeLinear", [scaled, "row_unit", "row_zero"], f"{values}_terms")
        return terms, scale, scaled

    def _second_term(self, terms: str, scaled: str) -> str:
        """Returns what rounding to int8 left of the rows, at most half a step, as int8 of 224 steps to one."""
        rounded = self._node("DequantizeLinear", [terms, "row_unit", "row_zero"], f"{terms}_rounded")
        rest = self._node("Sub", [scaled, rounded], f"{terms}_rest")
        return self._node("QuantizeLinear", [rest, "row_fine", "row_zero"], f"{terms}_second")

    def _add_weight(self, name: str, moments: Floats) -> None:
        weight = graphs.array(self._known[name]).astype(np.float32)
        scales = np.maximum(np.abs(weight).max(axis=0), _SMALLEST) / np.float32(_LARGEST_WEIGHT)
        integers = rounded(weight, scales, moments, _LARGEST_WEIGHT)
        self.constants[f"{name}_int8"] = graphs.tensor(integers, f"{name}_int8")
        self.constants[f"{name}_scales"] = graphs.tensor(scales, f"{name}_scales")

    def _product(self, terms: str, weight: str, step: str, output: str) -> str:
        inputs = [terms, f"{weight}_int8", step, f"{weight}_scales", "row_zero"]
        return self._node("MatMulIntegerToFloat", inputs, output, domain=graphs.ONNXRUNTIME)

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401 - ONNX attributes
        """Adds a node, once: layers that read the same values share their rows."""
        if output not in self._made:
            self._made.add(output)
            self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output
