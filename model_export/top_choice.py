"""Writes the two graphs that reduce logits to the likeliest token and its probability, on the device they are on.

    python -m model_export.top_choice layers/scanproof/scanproof/correction/lm

They are a few hundred bytes each and are kept in the repository, so that nothing has to be built where models run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

NAMES = {TensorProto.FLOAT: "top_choice.onnx", TensorProto.FLOAT16: "top_choice_float16.onnx"}


def top_choice(kind: int) -> onnx.ModelProto:
    """Logits [rows, width, vocabulary] of the ONNX type ``kind`` in; ``token``, ``probability`` [rows, width] out."""
    places = ["rows", "width"]
    nodes = [
        helper.make_node("Cast", ["logits"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("ArgMax", ["wide"], ["token"], axis=-1, keepdims=0),
        helper.make_node("Softmax", ["wide"], ["probabilities"], axis=-1),
        helper.make_node("ReduceMax", ["probabilities"], ["probability"], axes=[-1], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "top_choice",
        [helper.make_tensor_value_info("logits", kind, [*places, "vocabulary"])],
        [
            helper.make_tensor_value_info("token", TensorProto.INT64, places),
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, places),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    for kind, name in NAMES.items():
        onnx.save(top_choice(kind), Path(sys.argv[1]) / name)
