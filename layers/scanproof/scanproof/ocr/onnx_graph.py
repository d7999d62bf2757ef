"""Edits ONNX models as bytes: cuts out a part, replaces weights, flushes denormal weights.

The `onnx` package is not installed where the models run. A model is a protobuf message whose fields this module finds,
drops and adds without decoding anything else; numbers of fields are those of ``onnx.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_GRAPH, _METADATA = 7, 14  # of a model
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13  # of a graph
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR = 1, 2, 4
_DIMENSION, _DATA_TYPE, _TENSOR_NAME, _RAW_DATA = 1, 2, 8, 9  # of a tensor
_FLOAT32 = 1
_BYTES = 2  # wire type of strings, arrays and messages


class _Field(NamedTuple):
    number: int
    value: int | memoryview
    whole: memoryview  # with its tag


@dataclass(frozen=True)
class LastLayer:
    """The names in a graph around its last matrix product, which is followed by a sum and a softmax."""

    hidden: str
    weights: str
    bias: str
    output: str


def metadata(model: bytes) -> dict[str, str]:
    """Returns the properties that the model's maker stored with it."""
    entries = [list(_fields(_view(field))) for field in _fields(model) if field.number == _METADATA]
    return {_text(key): _text(value) for key, value in entries}


def find_last_layer(model: bytes) -> LastLayer:
    """Finds the layer that turns features into probabilities of characters.

    Raises:
        ValueError: the graph ends otherwise.
    """
    graph = _graph(model)
    [output] = [_name(field) for field in graph if field.number == _OUTPUT]
    weights = {_tensor_name(field) for field in graph if field.number == _INITIALIZER}
    producers = {name: field for field in graph if field.number == _NODE for name in _names(field, _NODE_OUTPUT)}
    name, bias = output, ""
    while name in producers:
        inputs = _names(producers[name], _NODE_INPUT)
        match _names(producers[name], _NODE_OPERATOR):
            case ["Softmax" | "Identity"]:
                pass
            case ["Add"] if inputs[1] in weights and not bias:
                bias = inputs[1]
            case ["MatMul"] if inputs[1] in weights and bias:
                return LastLayer(inputs[0], inputs[1], bias, output)
            case _:
                break
        name = inputs[0]
    raise ValueError("the model does not end in a matrix product, a sum and a softmax")


def read_weights(model: bytes, name: str) -> NDArray[np.float32]:
    """Returns the float32 array that is stored under ``name``."""
    for field in _graph(model):
        if field.number == _INITIALIZER and _tensor_name(field) == name:
            parts = list(_fields(_view(field)))
            shape = [part.value for part in parts if part.number == _DIMENSION and isinstance(part.value, int)]
            [raw] = [_view(part) for part in parts if part.number == _RAW_DATA]
            return np.frombuffer(raw, np.float32).reshape(shape)
    raise ValueError(f"the model has no weights {name!r}")


def flush_denormals(model: bytes) -> bytes:
    """Sets weights to 0 that are too small for a normal float32: they change no result, but slow processors down."""
    flushed = bytearray(model)
    for field in _graph(flushed):
        if field.number == _INITIALIZER:
            parts = {part.number: part for part in _fields(_view(field))}
            if parts[_DATA_TYPE].value == _FLOAT32 and _RAW_DATA in parts:
                values = np.frombuffer(_view(parts[_RAW_DATA]), np.float32)
                values[np.abs(values) < np.finfo(np.float32).tiny] = 0
    return bytes(flushed)


def cut(
    model: bytes,
    inputs: Sequence[str],
    outputs: Sequence[str],
    replaced: Mapping[str, NDArray[np.float32]] | None = None,
) -> bytes:
    """Returns the part of a model that computes ``outputs`` from ``inputs``.

    Args:
        model: with float32 inputs and outputs.
        inputs: names of values in the graph that the new model takes instead of computing them.
        outputs: names of values in the graph.
        replaced: new arrays for weights, by their names.
    """
    graph, replaced = _graph(model), replaced or {}
    needed, nodes = set(outputs), []
    for field in reversed([field for field in graph if field.number == _NODE]):
        if needed.intersection(_names(field, _NODE_OUTPUT)) - set(inputs):
            nodes.append(field.whole)
            needed.update(_names(field, _NODE_INPUT))
    given = {_name(field): bytes(field.whole) for field in graph if field.number == _INPUT}
    tensors = [field for field in graph if field.number == _INITIALIZER and _tensor_name(field) in needed]
    rest = {_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO}
    content: list[bytes | memoryview] = [
        *(field.whole for field in graph if field.number not in rest),
        *reversed(nodes),
        *(field.whole for field in tensors if _tensor_name(field) not in replaced),
        *(_message(_INITIALIZER, _tensor(name, array)) for name, array in replaced.items() if name in needed),
        *(given.get(name) or _message(_INPUT, _value_info(name)) for name in inputs),
        *(_message(_OUTPUT, _value_info(name)) for name in outputs),
    ]
    others: list[bytes | memoryview] = [
        field.whole for field in _fields(model) if field.number not in (_GRAPH, _METADATA)
    ]
    return b"".join([*others, _message(_GRAPH, b"".join(content))])


def _graph(model: bytes | bytearray) -> list[_Field]:
    return [part for field in _fields(model) if field.number == _GRAPH for part in _fields(_view(field))]


def _fields(message: bytes | bytearray | memoryview) -> Iterator[_Field]:
    data, position = memoryview(message), 0
    while position < len(data):
        start = position
        tag, position = _varint(data, position)
        value: int | memoryview
        match tag & 7:
            case 0:
                value, position = _varint(data, position)
            case 1:
                value, position = data[position : position + 8], position + 8
            case 2:
                length, position = _varint(data, position)
                value, position = data[position : position + length], position + length
            case 5:
                value, position = data[position : position + 4], position + 4
            case other:
                raise ValueError(f"unknown wire type {other}")
        yield _Field(tag >> 3, value, data[start:position])


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _view(field: _Field) -> memoryview:
    if isinstance(field.value, int):
        raise ValueError(f"field {field.number} is a number")
    return field.value


def _text(field: _Field) -> str:
    return str(_view(field), "utf-8")


def _names(node: _Field, number: int) -> list[str]:
    return [_text(part) for part in _fields(_view(node)) if part.number == number]


def _name(value_info: _Field) -> str:
    return _names(value_info, 1)[0]


def _tensor_name(tensor: _Field) -> str:
    return _names(tensor, _TENSOR_NAME)[0]


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _message(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _integer(number: int, value: int) -> bytes:
    return _number(number << 3) + _number(value)


def _value_info(name: str) -> bytes:
    """Encodes a float32 tensor of any shape."""
    return _message(1, name.encode()) + _message(2, _message(1, _integer(1, _FLOAT32)))


def _tensor(name: str, array: NDArray[np.float32]) -> bytes:
    dimensions = b"".join(_integer(_DIMENSION, size) for size in array.shape)
    raw = np.ascontiguousarray(array, np.float32).tobytes()
    named = _message(_TENSOR_NAME, name.encode())
    return dimensions + _integer(_DATA_TYPE, _FLOAT32) + named + _message(_RAW_DATA, raw)
