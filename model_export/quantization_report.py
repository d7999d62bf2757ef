"""Counts the quantized weights, because a quantizer reports success even if it skips half of a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod

import onnx

from model_export import graphs
from scanproof.correction.models.manifest import Precision
from scanproof.errors import PermanentError

MIN_SHARE = 0.95
_INTEGER_BITS: dict[int, int] = {
    onnx.TensorProto.INT8: 8,
    onnx.TensorProto.UINT8: 8,
    onnx.TensorProto.INT4: 4,
    onnx.TensorProto.UINT4: 4,
}
_QUANTIZED_OPERATORS = (
    "MatMulNBits",
    "MatMulInteger",
    "MatMulIntegerToFloat",
    "QAttention",
    "GatherBlockQuantized",
)
_SUFFIXES = ("_quant", "_Q8", "_Q4")


@dataclass
class QuantizationReport:
    """Number of elements of the matrix weights: those in the requested precision, and the others by layer."""

    quantized: int = 0
    unquantized: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of all matrix weights in the requested precision, 0 to 1."""
        total = self.quantized + sum(self.unquantized.values())
        return self.quantized / total if total else 0.0

    def require(self, min_share: float = MIN_SHARE) -> None:
        """Checks the share.

        Raises:
            PermanentError: ``not_quantized``, naming the largest unquantized layers.
        """
        if self.share >= min_share:
            return
        largest = sorted(self.unquantized.items(), key=lambda item: -item[1])
        named = ", ".join(f"{name} ({size:,})" for name, size in largest[:8])
        rest = f" and {len(largest) - 8} more" if len(largest) > 8 else ""
        message = f"Only {self.share:.1%} of the matrix weights were quantized; not quantized: {named}{rest}."
        raise PermanentError("not_quantized", message, "Choose --precision fp16 or fp32, or report the architecture.")


def report(models: Iterable[onnx.ModelProto], precision: Precision) -> QuantizationReport:
    """Counts every weight matrix where it is used: one shared by two layers counts for both."""
    result = QuantizationReport()
    for model in models:
        _count(model, precision, result)
    return result


def _count(model: onnx.ModelProto, precision: Precision, result: QuantizationReport) -> None:
    known = graphs.initializers(model)
    reshaped = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type in ("Reshape", "Transpose")}
    scales = {node.input[2] for node in model.graph.node if node.op_type in ("MatMulNBits", "GatherBlockQuantized")}
    for node in model.graph.node:
        for name in dict.fromkeys(reshaped.get(name, name) for name in node.input):
            weight = known.get(name)
            if node.op_type in ("Reshape", "Transpose") or weight is None or len(weight.dims) < 2 or name in scales:
                continue
            if _has_precision(node, weight, precision):
                result.quantized += _elements(node, weight)
            elif graphs.is_float(weight) or node.op_type in _QUANTIZED_OPERATORS:
                layer = _layer(node, name)
                result.unquantized[layer] = result.unquantized.get(layer, 0) + _elements(node, weight)


def _has_precision(node: onnx.NodeProto, weight: onnx.TensorProto, precision: Precision) -> bool:
    if precision == "fp32":
        return weight.data_type == onnx.TensorProto.FLOAT
    if precision == "fp16":
        return weight.data_type == onnx.TensorProto.FLOAT16
    if weight.data_type not in _INTEGER_BITS or node.op_type not in (*_QUANTIZED_OPERATORS, "Gather"):
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
