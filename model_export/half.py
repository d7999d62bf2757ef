"""float16: activations and weights for CUDA, except where float16 overflows; for CPUs the weights in the file."""

from __future__ import annotations

from typing import cast

import numpy as np
import onnx

from model_export import graphs

_LARGEST = float(np.finfo(np.float16).max)


def to_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns the graph (its types inferred) in float16; normalisations and rotary angles stay in float32."""
    from onnxruntime.transformers import float16  # type: ignore[import-untyped]

    blocked_types = [*float16.DEFAULT_OP_BLOCK_LIST, "Cos", "Sin"]
    blocked = _normalisations(model) | _angles(model)
    converted = float16.convert_float_to_float16(
        model,
        op_block_list=blocked_types,
        node_block_list=sorted(blocked),
        disable_shape_infer=True,  # onnx does not know onnxruntime's operators: types were noted before
    )
    _join_float32_stretches(converted)
    return cast(onnx.ModelProto, converted)


def store_in_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns the graph with its matrices in float16, cast to float32 before they are used.

    A CPU computes in float32 all the same, and onnxruntime casts them once, when it opens the graph; the file is half
    as large, and no different where the model was published in float16.
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


def _join_float32_stretches(model: onnx.ModelProto) -> None:
    """Removes the detours through float16 between two float32 nodes, where a square would overflow after all.

    The converter looks at each blocked node alone: it puts a cast to float16 behind it and one to float32 before the
    next, and the latter twice where a node reads a value twice.
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
    graphs.replace_nodes(model, graphs.in_running_order(kept))


def _normalisations(model: onnx.ModelProto) -> set[str]:
    """Names of the nodes of every x / sqrt(mean(x^2) + e): from the square to the division.

    Activations of language models reach thousands; their squares do not fit into float16, which ends at 65,504.
    """
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    names: set[str] = set()
    for node in model.graph.node:
        if node.op_type != "Pow":
            continue
        chain, found = [node], node
        for wanted in ("ReduceMean", "Add", "Sqrt", "Div"):
            following = [reader for reader in readers.get(found.output[0], []) if reader.op_type == wanted]
            if not following:
                break
            found = following[0]
            chain.append(found)
        if len(chain) > 2:
            names |= {member.name for member in chain}
    return names


def _angles(model: onnx.ModelProto) -> set[str]:
    """Names of the nodes that compute rotary angles from positions: float16 counts exactly only to 2,048."""
    producers = {name: node for node in model.graph.node for name in node.output}
    names: set[str] = set()
    for node in model.graph.node:
        if node.op_type not in ("Cos", "Sin"):
            continue
        waiting = list(node.input)
        while waiting:
            producer = producers.get(waiting.pop())
            if producer is None or producer.name in names:
                continue
            names.add(producer.name)
            waiting += producer.input
    return names
