"""Counts what was quantized. A quantizer that skipped half of a model returns as happily as one that did its work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod

import onnx

from model_export import graphs
from scanproof.correction.models.manifest import Precision
from scanproof.errors import PermanentError

LEAST_SHARE = 0.95
_INTEGER_BITS: dict[int, int] = {
    onnx.TensorProto.INT8: 8,
    onnx.TensorProto.UINT8: 8,
    onnx.TensorProto.INT4: 4,
    onnx.TensorProto.UINT4: 4,
}
_PRODUCTS = ("MatMulNBits", "MatMulInteger", "QAttention", "GatherBlockQuantized")  # with integer weights
_SUFFIXES = ("_quant", "_Q8", "_Q4")


@dataclass
class Census:
    """Matrix weights, counted as elements: those in the precision asked for, and those not, by layer."""

    quantized: int = 0
    left: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The part of all matrix weights that has the precision, 0 to 1."""
        total = self.quantized + sum(self.left.values())
        return self.quantized / total if total else 0.0

    def require(self, least: float = LEAST_SHARE) -> None:
        """Raises PermanentError ``not_quantized``, naming the largest layers left over, if the share is too small."""
        if self.share >= least:
            return
        largest = sorted(self.left.items(), key=lambda item: -item[1])
        named = ", ".join(f"{name} ({size:,})" for name, size in largest[:8])
        rest = f" and {len(largest) - 8} more" if len(largest) > 8 else ""
        message = f"Only {self.share:.1%} of the matrix weights were quantized; left as they were: {named}{rest}."
        raise PermanentError("not_quantized", message, "Choose --precision fp16 or fp32, or report the architecture.")


def count(models: Iterable[onnx.ModelProto], precision: Precision) -> Census:
    """Counts every weight matrix in the place where it is used: one shared by two layers counts for both."""
    census = Census()
    for model in models:
        _count_graph(model, precision, census)
    return census


def _count_graph(model: onnx.ModelProto, precision: Precision, census: Census) -> None:
    known = graphs.constants(model)
    reshaped = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type in ("Reshape", "Transpose")}
    scales = {node.input[2] for node in model.graph.node if node.op_type in ("MatMulNBits", "GatherBlockQuantized")}
    for node in model.graph.node:
        for name in dict.fromkeys(reshaped.get(name, name) for name in node.input):
            weight = known.get(name)
            if node.op_type in ("Reshape", "Transpose") or weight is None or len(weight.dims) < 2 or name in scales:
                continue
            if _has_precision(node, weight, precision):
                census.quantized += _elements(node, weight)
            elif graphs.is_float(weight) or node.op_type in _PRODUCTS:
                layer = _layer(node, name)
                census.left[layer] = census.left.get(layer, 0) + _elements(node, weight)


def _has_precision(node: onnx.NodeProto, weight: onnx.TensorProto, precision: Precision) -> bool:
    if precision == "fp32":
        return weight.data_type == onnx.TensorProto.FLOAT
    if precision == "fp16":
        return weight.data_type == onnx.TensorProto.FLOAT16
    if weight.data_type not in _INTEGER_BITS or node.op_type not in (*_PRODUCTS, "Gather"):
        return False
    bits = graphs.attributes(node).get("bits", _INTEGER_BITS[weight.data_type])
    return bits == (4 if precision == "int4" else 8)


def _elements(node: onnx.NodeProto, weight: onnx.TensorProto) -> int:
    values = graphs.attributes(node)
    if node.op_type == "MatMulNBits":
        return int(str(values["K"])) * int(str(values["N"]))
    packed = 2 if node.op_type == "GatherBlockQuantized" and values.get("bits") == 4 else 1
    return int(prod(weight.dims)) * packed


def _layer(node: onnx.NodeProto, weight: str) -> str:
    name = node.name or weight
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.strip("/").replace("/", ".")
