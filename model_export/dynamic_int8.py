"""Dynamic int8 for the CPU: weight scales per output channel, activation scales at run time."""

from __future__ import annotations

import logging
from pathlib import Path

import onnx

from model_export import graphs


def quantize_dynamic_int8(model: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    """Replaces every MatMul by a constant with MatMulInteger, and onnxruntime's Attention with QAttention.

    Weights use seven of the eight bits. On a CPU without VNNI (AMD before Zen 4, much of Lambda), onnxruntime's 8-bit
    kernels add products in 16 bits and saturate, so full-range weights would give other results there than on the
    machine that ran the quality gates. Measured on a character tagger: same speed, and labels agree as often.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]

    before, after = scratch / "before-int8.onnx", scratch / "after-int8.onnx"
    large = graphs.weight_bytes(model) > graphs.MAX_SINGLE_FILE
    onnx.save(model, str(before), save_as_external_data=large, location=f"{before.name}.data")
    logging.getLogger().addFilter(_is_not_preprocessing_hint)
    quantize_dynamic(
        before,
        after,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=_attention_without_weights(model),
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        use_external_data_format=large,
        extra_options={"MatMulConstBOnly": True},
    )
    logging.getLogger().removeFilter(_is_not_preprocessing_hint)
    quantized = graphs.load(after)
    for path in scratch.glob("*-int8.onnx*"):
        path.unlink()
    return quantized


def _attention_without_weights(model: onnx.ModelProto) -> list[str]:
    """Returns the names of ONNX's Attention nodes, which the quantizer would confuse with onnxruntime's operator."""
    return [node.name for node in model.graph.node if node.op_type == "Attention" and node.domain != graphs.ONNXRUNTIME]


def _is_not_preprocessing_hint(record: logging.LogRecord) -> bool:
    # It suggests folding batch normalisation into convolutions; these models have neither.
    return "pre-processing" not in record.getMessage()
