"""float16: activations and weights for CUDA, except where it overflows; only the stored weights for CPUs."""

from __future__ import annotations

from typing import cast

import numpy as np
import onnx

from model_export import graphs

_LARGEST = float(np.finfo(np.float16).max)


def convert_to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Converts a graph with inferred types to float16; normalisations and rotary angles stay in float32."""
    from onnxruntime.transformers import float16  # type: ignore[import-untyped]

    blocked_types = [*float16.DEFAULT_OP_BLOCK_LIST, "Cos", "Sin"]
    blocked = _normalisations(model) | _angles(model)
    converted = float16.convert_float_to_float16(
        model,
        op_block_list=blocked_types,
        node_block_list=sorted(blocked),
        disable_shape_infer=True,  # onnx does not know onnxruntime's operators; the types are inferred already
    )
    _remove_float16_detours(converted)
    return cast(onnx.ModelProto, converted)


def store_weights_as_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Stores the matrices in float16 and casts them to float32 before use.

    A CPU computes in float32 anyway, and onnxruntime casts once, when it opens the graph. The file is half as large;
    results are the same if the model was published in float16.
    """
    casts, initializers = [], []
    for proto in model.graph.initializer:
        values = graphs.array(proto)
        if proto.data_type != onnx.TensorProto.FLOAT or values.ndim < 2 or abs(values).max() > _LARGEST:
            initializers.append(proto)
            continue
        stored = f"{proto.name}_float16"
        initializers.append(graphs.tensor(values.astype(np.float16), stored))
        casts.append(
            onnx.helper.make_node("Cast", [stored], [proto.name], name=f"{proto.name}_cast", to=proto.data_type)
        )
    del model.graph.initializer[:]
    model.graph.initializer.extend(initializers)
    graphs.replace_nodes(model, [*casts, *model.graph.node])
    return model


def _remove_float16_detours(model: onnx.ModelProto) -> None:
    """Removes casts to float16 and back between two float32 nodes, where a square would overflow.

    The converter handles each blocked node on its own: it inserts a cast to float16 after the node and one to float32
    before the next, the latter twice if a node reads a value twice.
    """
    source = {node.output[0]: node.input[0] for node in model.graph.node if node.name.endswith("_cast_to_fp16_node")}
    nodes: dict[str, onnx.NodeProto] = {}
    renamed: dict[str, str] = {}
    for node in model.graph.node:
        if node.name.endswith("_cast_to_fp32_node") and node.input[0] in source:
            renamed[node.output[0]] = source[node.input[0]]
        else:
            nodes.setdefault(node.output[0], node)
    for node in nodes.values():
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)
    needed = {name for node in nodes.values() for name in node.input} | {out.name for out in model.graph.output}
    kept = [node for node in nodes.values() if needed.intersection(node.output)]
    graphs.replace_nodes(model, graphs.topologically_sorted(kept))


def _normalisations(model: onnx.ModelProto) -> set[str]:
    """Returns the names of the nodes of every x / sqrt(mean(x^2) + e), from the square to the division.

    Activations of language models reach thousands; their squares exceed float16's maximum of 65,504.
    """
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    names: set[str] = set()
    for node in model.graph.node:
        if node.op_type != "Pow":
            continue
        chain, last = [node], node
        for operator in ("ReduceMean", "Add", "Sqrt", "Div"):
            following = [reader for reader in readers.get(last.output[0], []) if reader.op_type == operator]
            if not following:
                break
            last = following[0]
            chain.append(last)
        if len(chain) > 2:
            names |= {member.name for member in chain}
    return names


def _angles(model: onnx.ModelProto) -> set[str]:
    """Returns the names of the nodes that compute rotary angles; float16 represents positions exactly only to 2,048."""
    producers = {name: node for node in model.graph.node for name in node.output}
    names: set[str] = set()
    for node in model.graph.node:
        if node.op_type not in ("Cos", "Sin"):
            continue
        pending = list(node.input)
        while pending:
            producer = producers.get(pending.pop())
            if producer is None or producer.name in names:
                continue
            names.add(producer.name)
            pending += producer.input
    return names
