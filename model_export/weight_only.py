"""Weight-only int8 and int4 (MatMulNBits): 32 weights share a scale, activations are not quantized.

The only quantization here with CUDA kernels; on the CPU more accurate for models with outlier activations.
"""

from __future__ import annotations

import logging

import numpy as np
import onnx
from onnx import helper

from model_export import graphs
from model_export.embeddings import table_gathers

BLOCK = 32
_INT8_ACCURACY = 4  # accuracy_level: the CPU kernel rounds activations to int8 per block and row


def quantize_weights(model: onnx.ModelProto, bits: int, tied: dict[str, str], for_cpu: bool) -> onnx.ModelProto:
    """Replaces every MatMul by a constant with MatMulNBits and every table with GatherBlockQuantized.

    A tied table (`tied`: table -> output weight) reads the output layer's weight: MatMulNBits stores [columns, blocks,
    bytes], which are the table's rows in blocks. int8 is symmetric, int4 has zero points.
    """
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer  # type: ignore[import-untyped]

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    symmetric = bits == 8
    quantizer = MatMulNBitsQuantizer(
        model,
        bits=bits,
        block_size=BLOCK,
        is_symmetric=symmetric,
        accuracy_level=_INT8_ACCURACY if for_cpu else None,
    )
    quantizer.process()
    quantized: onnx.ModelProto = quantizer.model.model
    _quantize_tables(quantized, bits, symmetric, tied)
    graphs.drop_unused_initializers(quantized)
    return quantized


def _quantize_tables(model: onnx.ModelProto, bits: int, symmetric: bool, tied: dict[str, str]) -> None:
    targets = {node.output[0]: node.input[0] for node in table_gathers(model)}
    known = graphs.initializers(model)
    for table in dict.fromkeys(targets.values()):
        if table not in tied:
            model.graph.initializer.extend(_blocks(graphs.array(known[table]), table, bits, symmetric))
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        table = targets.get(node.output[0], "")
        nodes += _lookup(model, node, tied.get(table, table), bits, symmetric) if table else [node]
    graphs.replace_nodes(model, nodes)


def _blocks(table: graphs.Array, name: str, bits: int, symmetric: bool) -> list[onnx.TensorProto]:
    """Returns the table in MatMulNBits' format: packed values, scales, and zero points unless symmetric."""
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, DefaultWeightOnlyQuantizer

    config = DefaultWeightOnlyQuantConfig(block_size=BLOCK, is_symmetric=symmetric, bits=bits)
    transposed = np.ascontiguousarray(table.T.astype(np.float32))
    packed, scales, zero_points = DefaultWeightOnlyQuantizer(config).qbits_block_quant(transposed)
    tensors = [graphs.tensor(packed, f"{name}_Q{bits}"), graphs.tensor(scales, f"{name}_scales")]
    return tensors if symmetric else [*tensors, graphs.tensor(zero_points, f"{name}_zero_points")]


def _lookup(
    model: onnx.ModelProto, gather: onnx.NodeProto, weight: str, bits: int, symmetric: bool
) -> list[onnx.NodeProto]:
    """Returns nodes that look up rows of a block-quantized matrix, whose width must be a multiple of `BLOCK`."""
    name, out = gather.name or gather.output[0], gather.output[0]
    shape, flat = f"{name}_table_shape", f"{name}_table"
    _, blocks, size = graphs.initializers(model)[f"{weight}_Q{bits}"].dims
    model.graph.initializer.append(graphs.tensor(np.array([-1, blocks * size], np.int64), shape))
    inputs = [flat, gather.input[1], f"{weight}_scales"] + ([] if symmetric else [f"{weight}_zero_points"])
    return [
        helper.make_node("Reshape", [f"{weight}_Q{bits}", shape], [flat], name=f"{name}_flat"),
        helper.make_node(
            "GatherBlockQuantized",
            inputs,
            [out],
            name=f"{name}_Q{bits}",
            domain=graphs.ONNXRUNTIME,
            gather_axis=0,
            quantize_axis=1,
            block_size=BLOCK,
            bits=bits,
        ),
    ]
