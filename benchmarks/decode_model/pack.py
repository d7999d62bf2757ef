"""Stores the trained model as one small file: a float32 ONNX graph whose matrices are stored as int8 with scales.

int8 is used for storage only: onnxruntime converts the matrices to float32 when it opens the file, and `unpack` gives
peers the same float32 weights.

    python -m benchmarks.decode_model.pack TRAINED_FOLDER benchmarks/decode_model/model.onnx
    python -m benchmarks.decode_model.pack --unpack benchmarks/decode_model/model.onnx HUB_FOLDER
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from safetensors.torch import save_file
from tokenizers import Tokenizer

from benchmarks.decode_model.shape import new_model
from model_export.llama_graph import write_llama_graph

_SUFFIX, _SCALE = ".int8", ".scale"
_TABLE, _HEAD = "model.embed_tokens.weight", "lm_head.weight"
Matrix = NDArray[np.float32]


def pack(trained: Path, packed: Path) -> None:
    """Exports a trained model with its matrices stored as int8."""
    with tempfile.TemporaryDirectory() as scratch:
        write_llama_graph(trained, Path(scratch) / "model.onnx")
        graph = onnx.load(f"{scratch}/model.onnx")
    _store_as_int8(graph)
    onnx.save(graph, packed)
    shutil.copyfile(trained / "tokenizer.json", packed.with_name("tokenizer.json"))


def unpack(packed: Path, folder: Path) -> None:
    """Writes the packed model as a folder in Hub layout."""
    model = new_model(Tokenizer.from_file(str(packed.with_name("tokenizer.json"))))
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(packed).graph.initializer}
    shapes = {name: tuple(weight.shape) for name, weight in model.named_parameters()}
    weights = _split_joined({name: _weight(tensors, name) for name in _names(tensors)}, shapes)
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    torch_weights = {name: torch.from_numpy(np.ascontiguousarray(weights[name])) for name in shapes}
    save_file(torch_weights, folder / "model.safetensors", {"format": "pt"})
    shutil.copyfile(packed.with_name("tokenizer.json"), folder / "tokenizer.json")


def _names(tensors: dict[str, NDArray[np.generic]]) -> list[str]:
    return [name.removesuffix(_SUFFIX) for name in tensors if name.startswith("model.") and not name.endswith(_SCALE)]


def _weight(tensors: dict[str, NDArray[np.generic]], name: str) -> Matrix:
    if name in tensors:
        return tensors[name].astype(np.float32)
    return _dequantized(tensors[name + _SUFFIX], tensors[name + _SCALE].astype(np.float32))


def _split_joined(weights: dict[str, Matrix], shapes: dict[str, tuple[int, ...]]) -> dict[str, Matrix]:
    """Splits matrices that the graph has joined (…q_proj_k_proj_v_proj.weight) into the original ones."""
    split: dict[str, Matrix] = {}
    for name, weight in weights.items():
        owner, joined, kind = name.rsplit(".", 2)
        parts = [f"{part}_proj" for part in joined.removesuffix("_proj").split("_proj_")]
        names = [name] if name in shapes else [f"{owner}.{part}.{kind}" for part in parts]
        ends = np.cumsum([shapes[part][0] for part in names if part in shapes])
        split |= dict(zip(names, np.split(weight, ends[:-1]), strict=False)) if len(names) > 1 else {name: weight}
    return split


def _quantized(weight: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """Quantizes each row to int8 with a scale of its own; returns integers and scales [rows, 1]."""
    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


def _dequantized(integers: NDArray[np.generic], scale: Matrix) -> Matrix:
    return integers.astype(np.float32) * scale


def _store_as_int8(model: onnx.ModelProto) -> None:
    """Replaces every matrix by int8 values [outputs, inputs] and the nodes that dequantize them."""
    initializers, dequantize = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        name = tensor.name
        if name == _HEAD:  # tied to the table
            dequantize.append(helper.make_node("Transpose", [_TABLE], [name], perm=[1, 0]))
        elif values.ndim == 2:
            transposed = name != _TABLE
            integers, scale = _quantized(values.T if transposed else values)
            initializers += [
                numpy_helper.from_array(integers, name + _SUFFIX),
                numpy_helper.from_array(scale, name + _SCALE),
            ]
            restored = name + ".restored" if transposed else name
            dequantize.append(helper.make_node("Cast", [name + _SUFFIX], [name + ".cast"], to=onnx.TensorProto.FLOAT))
            dequantize.append(helper.make_node("Mul", [name + ".cast", name + _SCALE], [restored]))
            if transposed:
                dequantize.append(helper.make_node("Transpose", [restored], [name], perm=[1, 0]))
        else:
            initializers.append(tensor)
    dequantize.sort(key=lambda node: node.output[0] == _HEAD)  # the tied head reads the table
    del model.graph.initializer[:]
    model.graph.initializer.extend(initializers)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*dequantize, *nodes])


def main() -> None:
    """Packs or unpacks the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unpack", action="store_true")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    (unpack if arguments.unpack else pack)(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
