"""The trained model as one small file: an ONNX graph in float32 whose matrices are stored as int8 and scales.

The int8 grid is a matter of storage: onnxruntime turns the matrices into float32 when it opens the file, and peers get
the same float32 numbers by `unpack`. So all of them run the same weights.

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
from model_export.direct import write_direct

_SUFFIX, _SCALE = ".int8", ".scale"
_TABLE, _HEAD = "model.embed_tokens.weight", "lm_head.weight"
Matrix = NDArray[np.float32]


def pack(trained: Path, packed: Path) -> None:
    """Exports a trained model and stores its matrices as int8."""
    with tempfile.TemporaryDirectory() as scratch:
        write_direct(trained, Path(scratch) / "model.onnx")
        graph = onnx.load(f"{scratch}/model.onnx")
    _store_as_int8(graph)
    onnx.save(graph, packed)
    shutil.copyfile(trained / "tokenizer.json", packed.with_name("tokenizer.json"))


def unpack(packed: Path, folder: Path) -> None:
    """Writes the packed model as a Hub folder: what transformers and its kind can load."""
    model = new_model(Tokenizer.from_file(str(packed.with_name("tokenizer.json"))))
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(packed).graph.initializer}
    wanted = {name: tuple(weight.shape) for name, weight in model.named_parameters()}
    weights = _taken_apart({name: _restored_from(found, name) for name in _names(found)}, wanted)
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(weights[name])) for name in wanted}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    shutil.copyfile(packed.with_name("tokenizer.json"), folder / "tokenizer.json")


def _names(found: dict[str, NDArray[np.generic]]) -> list[str]:
    return [name.removesuffix(_SUFFIX) for name in found if name.startswith("model.") and not name.endswith(_SCALE)]


def _restored_from(found: dict[str, NDArray[np.generic]], name: str) -> Matrix:
    if name in found:
        return found[name].astype(np.float32)
    return _restored(found[name + _SUFFIX], found[name + _SCALE].astype(np.float32))


def _taken_apart(weights: dict[str, Matrix], wanted: dict[str, tuple[int, ...]]) -> dict[str, Matrix]:
    """Matrices of layers that the graph has joined (…q_proj_k_proj_v_proj.weight), under the names that they had."""
    apart: dict[str, Matrix] = {}
    for name, weight in weights.items():
        owner, joined, kind = name.rsplit(".", 2)
        parts = [f"{part}_proj" for part in joined.removesuffix("_proj").split("_proj_")]
        names = [name] if name in wanted else [f"{owner}.{part}.{kind}" for part in parts]
        ends = np.cumsum([wanted[part][0] for part in names if part in wanted])
        apart |= dict(zip(names, np.split(weight, ends[:-1]), strict=False)) if len(names) > 1 else {name: weight}
    return apart


def _rounded(weight: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """Rows on their own grids of 255 values: (integers, [rows, 1] scales)."""
    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


def _restored(integers: NDArray[np.generic], scale: Matrix) -> Matrix:
    return integers.astype(np.float32) * scale


def _store_as_int8(model: onnx.ModelProto) -> None:
    """Replaces every matrix by its integers, [outputs, inputs], and the nodes that make it out of them again."""
    kept, made = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        name = tensor.name
        if name == _HEAD:  # tied to the table
            made.append(helper.make_node("Transpose", [_TABLE], [name], perm=[1, 0]))
        elif values.ndim == 2:
            turned = name != _TABLE
            integers, scale = _rounded(values.T if turned else values)
            kept += [numpy_helper.from_array(integers, name + _SUFFIX), numpy_helper.from_array(scale, name + _SCALE)]
            restored = name + ".restored" if turned else name
            made.append(helper.make_node("Cast", [name + _SUFFIX], [name + ".cast"], to=onnx.TensorProto.FLOAT))
            made.append(helper.make_node("Mul", [name + ".cast", name + _SCALE], [restored]))
            if turned:
                made.append(helper.make_node("Transpose", [restored], [name], perm=[1, 0]))
        else:
            kept.append(tensor)
    made.sort(key=lambda node: node.output[0] == _HEAD)  # the head's comes after its table
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*made, *nodes])


def main() -> None:
    """Packs, or unpacks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unpack", action="store_true")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    (unpack if arguments.unpack else pack)(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
