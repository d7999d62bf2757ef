"""Loads, normalises and saves ONNX graphs; weights that several files share are stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Array = npt.NDArray[np.generic]

ONNXRUNTIME = "com.microsoft"  # domain of onnxruntime's operators

# Protobuf limits a file to 2 GiB; the rest is for the graph itself.
MAX_SINGLE_FILE = 1_500_000_000
_MIN_EXTERNAL = 4096
_PAGE = 4096


def load(path: Path) -> onnx.ModelProto:
    """Loads a graph and its external weights."""
    return onnx.load(str(path))


def initializers(model: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    """Returns the graph's initializers by name."""
    return {tensor.name: tensor for tensor in model.graph.initializer}


def array(tensor: onnx.TensorProto) -> Array:
    """Returns a tensor's values, without a copy if protobuf allows it."""
    return numpy_helper.to_array(tensor)


def tensor(values: Array, name: str) -> onnx.TensorProto:
    """Returns an initializer with these values."""
    return numpy_helper.from_array(np.ascontiguousarray(values), name)


def weight_bytes(model: onnx.ModelProto) -> int:
    """Returns the bytes of all initializers; protobuf itself cannot measure a message over 2 GiB."""
    return sum(len(proto.raw_data) for proto in model.graph.initializer)


def is_float(proto: onnx.TensorProto) -> bool:
    """Returns whether the tensor is float32 or float16."""
    return proto.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)


def attributes(node: onnx.NodeProto) -> dict[str, object]:
    """Returns a node's attributes as Python values."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def replace_nodes(model: onnx.ModelProto, nodes: Iterable[onnx.NodeProto]) -> None:
    """Replaces all nodes by `nodes`, which are topologically sorted."""
    kept = list(nodes)
    del model.graph.node[:]
    model.graph.node.extend(kept)


def topologically_sorted(nodes: Iterable[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """Returns the nodes, each after those whose outputs it reads."""
    listed = list(nodes)
    by_output = {name: index for index, node in enumerate(listed) for name in node.output}
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for index, node in enumerate(listed):
        sorter.add(index, *(by_output[name] for name in node.input if name in by_output))
    return [listed[index] for index in sorter.static_order()]


def drop_unused_initializers(model: onnx.ModelProto) -> None:
    """Removes initializers that no node reads, and duplicates of a name."""
    read = {name for node in model.graph.node for name in node.input} | {out.name for out in model.graph.output}
    used = {proto.name: proto for proto in model.graph.initializer if proto.name in read}
    if len(used) < len(model.graph.initializer):
        kept = list(used.values())
        del model.graph.initializer[:]
        model.graph.initializer.extend(kept)


def normalise(model: onnx.ModelProto) -> None:
    """Brings an exported graph into the form that the later steps expect.

    Removes documentation strings (the exporter writes paths of the build machine into them), turns constants into
    initializers, resolves aliases of initializers, and replaces Gemm with MatMul and Add: GPT-2's Conv1D is exported
    as Gemm, which neither quantizer supports.
    """
    _remove_provenance(model)
    _constants_to_initializers(model)
    _resolve_identities(model)
    known = initializers(model)
    replace_nodes(model, [new for node in model.graph.node for new in _gemm_to_matmul(model, node, known)])
    drop_unused_initializers(model)


def infer_types(model: onnx.ModelProto) -> None:
    """Infers the type of every value in the graph; weights are detached meanwhile, because of protobuf's size limit."""
    large = {proto.name: proto.raw_data for proto in model.graph.initializer if len(proto.raw_data) >= _MIN_EXTERNAL}
    for proto in model.graph.initializer:
        if proto.name in large:
            proto.raw_data = b""
            proto.data_location = onnx.TensorProto.EXTERNAL
    try:
        inferred = onnx.shape_inference.infer_shapes(model)
    finally:
        for proto in model.graph.initializer:
            if proto.name in large:
                proto.data_location = onnx.TensorProto.DEFAULT
                proto.raw_data = large[proto.name]
    del model.graph.value_info[:]
    model.graph.value_info.extend(inferred.graph.value_info)


def _remove_provenance(model: onnx.ModelProto) -> None:
    model.doc_string = model.graph.doc_string = ""
    del model.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        value.doc_string = ""


def _constants_to_initializers(model: onnx.ModelProto) -> None:
    nodes = []
    for node in model.graph.node:
        values = attributes(node) if node.op_type == "Constant" else {}
        value = values.get("value")
        if isinstance(value, onnx.TensorProto) and len(value.dims) > 1:
            value.name = node.output[0]
            model.graph.initializer.append(value)
        else:
            nodes.append(node)
    replace_nodes(model, nodes)


def _resolve_identities(model: onnx.ModelProto) -> None:
    outputs = {out.name for out in model.graph.output}
    names = {proto.name for proto in model.graph.initializer}
    alias: dict[str, str] = {}
    nodes = []
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = alias.get(name, name)
        if node.op_type == "Identity" and node.input[0] in names and node.output[0] not in outputs:
            alias[node.output[0]] = node.input[0]
        else:
            nodes.append(node)
    replace_nodes(model, nodes)


def _gemm_to_matmul(
    model: onnx.ModelProto, node: onnx.NodeProto, known: dict[str, onnx.TensorProto]
) -> list[onnx.NodeProto]:
    values = attributes(node)
    plain = values.get("alpha", 1.0) == 1.0 and values.get("beta", 1.0) == 1.0 and not values.get("transA", 0)
    if node.op_type != "Gemm" or node.input[1] not in known or not plain:
        return [node]
    weight = node.input[1]
    if values.get("transB", 0):
        weight = f"{node.input[1]}_transposed"
        if weight not in known:
            known[weight] = tensor(array(known[node.input[1]]).T, weight)
            model.graph.initializer.append(known[weight])
    if len(node.input) == 2 or not node.input[2]:
        return [helper.make_node("MatMul", [node.input[0], weight], node.output, name=node.name)]
    product = f"{node.output[0]}_product"
    return [
        helper.make_node("MatMul", [node.input[0], weight], [product], name=node.name),
        helper.make_node("Add", [product, node.input[2]], node.output, name=f"{node.name}_bias"),
    ]


def save(models: dict[str, onnx.ModelProto], folder: Path, data_name: str = "weights.bin") -> list[str]:
    """Writes the graphs into `folder` and returns the names of all files written. Consumes the models' weights.

    One small graph keeps its weights in its own file. Larger or several graphs store them in `data_name`, each
    distinct tensor once: a decoder with a cache has the same weights as one without.
    """
    total = sum(map(weight_bytes, models.values()))
    if len(models) > 1 or total > MAX_SINGLE_FILE:
        _externalize_weights(models.values(), folder / data_name)
    for name, model in models.items():
        (folder / name).write_bytes(model.SerializeToString(deterministic=True))
    return [*models, *([data_name] if (folder / data_name).exists() else [])]


def _externalize_weights(models: Iterable[onnx.ModelProto], data: Path) -> None:
    offsets: dict[bytes, int] = {}
    with data.open("wb") as stream:
        for model in models:
            for proto in model.graph.initializer:
                content = proto.raw_data or array(proto).tobytes()
                if len(content) < _MIN_EXTERNAL:
                    continue
                key = hashlib.sha256(content).digest()
                if key not in offsets:
                    stream.seek(-stream.tell() % _PAGE, 1)  # page-aligned, so that onnxruntime can map it
                    offsets[key] = stream.tell()
                    stream.write(content)
                _set_external_location(proto, data.name, offsets[key], len(content))


def _set_external_location(proto: onnx.TensorProto, location: str, offset: int, length: int) -> None:
    for field in ("raw_data", "float_data", "int32_data", "int64_data"):
        proto.ClearField(field)
    proto.data_location = onnx.TensorProto.EXTERNAL
    del proto.external_data[:]
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        proto.external_data.add(key=key, value=str(value))
