"""Rotates the residual stream of a Llama-like graph, so that no channel stands out and one scale fits a whole row.

A few channels of a language model's activations are a hundred times as large as the others, so int8 with one scale for
a row loses the others. A graph computes the same in any orthonormal basis of its residual stream (QuaRot: Ashkboos et
al., 2024): the rotation goes into the weights around the stream, and no operator is added. RMSNormalization commutes
with it once its own weights are part of the following matrix.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx

from model_export import graphs

_TABLE, _SEED = "model.embed_tokens.weight", 0
_INTO_STREAM = (".o_proj.weight", ".down_proj.weight")
_BIASES_INTO_STREAM = (".o_proj.bias", ".down_proj.bias")

Matrix = npt.NDArray[np.float64]


def rotate(model: onnx.ModelProto) -> None:
    """Rotates the stream of a graph of `llama_graph` in place; its outputs stay the same but for rounding."""
    known = graphs.initializers(model)
    rotation = _orthonormal(known[_TABLE].dims[1])
    norms = {node.output[0]: node.input[1] for node in model.graph.node if node.op_type == "RMSNormalization"}
    changed: dict[str, npt.NDArray[np.float64]] = {}
    for node in model.graph.node:
        if node.op_type != "MatMul" or node.input[1] not in known:
            continue
        name, values = node.input[1], _float64(known[node.input[1]])
        if name.endswith(_INTO_STREAM):
            changed[name] = values @ rotation
        elif norm := norms.get(node.input[0]):
            changed[name] = rotation.T @ (_float64(known[norm])[:, None] * values)
    changed |= {name: np.ones(known[name].dims) for name in norms.values()}
    changed |= {name: _float64(known[name]) @ rotation for name in known if name.endswith(_BIASES_INTO_STREAM)}
    changed[_TABLE] = _float64(known[_TABLE]) @ rotation
    for name, rotated in changed.items():
        known[name].CopyFrom(graphs.tensor(rotated.astype(np.float32), name))


def _float64(tensor: onnx.TensorProto) -> Matrix:
    return graphs.array(tensor).astype(np.float64)


def _orthonormal(size: int) -> Matrix:
    """Returns a [size, size] matrix that spreads each channel over all others.

    It is Hadamard's for the power of two in the size, and a random rotation for the odd factor.
    """
    random = np.random.default_rng(_SEED)
    hadamard = np.ones((1, 1))
    while size % (2 * len(hadamard)) == 0:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    odd = size // len(hadamard)
    rest, _ = np.linalg.qr(random.standard_normal((odd, odd)))
    signs = random.choice((-1.0, 1.0), size)
    rotation: Matrix = signs[:, None] * np.kron(hadamard / np.sqrt(len(hadamard)), rest)
    return rotation
