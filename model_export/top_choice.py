"""Writes the two graphs that reduce logits to the most likely token and its probability on the logits' device.

    python -m model_export.top_choice layers/scanproof/scanproof/correction/lm

They are a few hundred bytes each and are committed, so that nothing has to be built at run time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

NAMES = {TensorProto.FLOAT: "top_choice.onnx", TensorProto.FLOAT16: "top_choice_float16.onnx"}


def top_choice(dtype: int) -> onnx.ModelProto:
    """Returns a graph from logits [rows, width, vocabulary] to ``token`` and ``probability`` [rows, width].

    Args:
        dtype: ONNX type of the logits.
    """
    shape = ["rows", "width"]
    nodes = [
        helper.make_node("Cast", ["logits"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("ArgMax", ["wide"], ["token"], axis=-1, keepdims=0),
        helper.make_node("Softmax", ["wide"], ["probabilities"], axis=-1),
        helper.make_node("ReduceMax", ["probabilities"], ["probability"], axes=[-1], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "top_choice",
        [helper.make_tensor_value_info("logits", dtype, [*shape, "vocabulary"])],
        [
            helper.make_tensor_value_info("token", TensorProto.INT64, shape),
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, shape),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    for dtype, name in NAMES.items():
        onnx.save(top_choice(dtype), Path(sys.argv[1]) / name)
