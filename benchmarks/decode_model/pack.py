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
from onnx import numpy_helper
from optimum.exporters.onnx import main_export
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import Qwen2ForCausalLM

from benchmarks.decode_model.shape import new_model

_SUFFIX = ".int8"


def pack(trained: Path, packed: Path) -> None:
    """Rounds the matrices of a trained model to int8, exports it and stores them as such."""
    model = Qwen2ForCausalLM.from_pretrained(trained, dtype=torch.float32)
    grids = {name: _rounded(weight.detach().numpy()) for name, weight in model.named_parameters() if weight.dim() == 2}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name in grids:
                weight.copy_(torch.from_numpy(_restored(*grids[name])))
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        main_export(scratch, f"{scratch}/onnx", task="text-generation-with-past", do_validation=False)
        graph = onnx.load(f"{scratch}/onnx/model.onnx")
    _store_as_int8(graph, grids)
    onnx.save(graph, packed)
    shutil.copyfile(trained / "tokenizer.json", packed.with_name("tokenizer.json"))


def unpack(packed: Path, folder: Path) -> None:
    """Writes the packed model as a Hub folder: what transformers and its kind can load."""
    tokenizer = Tokenizer.from_file(str(packed.with_name("tokenizer.json")))
    model = new_model(tokenizer)
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(packed).graph.initializer}
    weights = {}
    for name, weight in model.named_parameters():
        if name + _SUFFIX in found:
            weights[name] = torch.from_numpy(_restored(found[name + _SUFFIX], found[name + ".scale"]))
        else:
            weights[name] = torch.from_numpy(found[name].copy())
        weight.data = weights[name]
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    contiguous = {name: weight.contiguous() for name, weight in weights.items()}
    save_file(contiguous, folder / "model.safetensors", {"format": "pt"})
    shutil.copyfile(packed.with_name("tokenizer.json"), folder / "tokenizer.json")


def _rounded(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows on their own grids of 255 values: (integers, [rows, 1] scales)."""
    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


def _restored(integers: NDArray[np.int8], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    return integers.astype(np.float32) * scale


def _store_as_int8(model: onnx.ModelProto, grids: dict[str, tuple[NDArray[np.int8], NDArray[np.float32]]]) -> None:
    """Replaces every matrix by its integers, a Cast and a Mul (and a Transpose where the graph wants it turned)."""
    restored = {name: _restored(*grid) for name, grid in grids.items()}
    kept, made, stored = [], [], set()
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        name = _name_of(values, restored) if values.ndim == 2 else None
        if name is None:
            kept.append(tensor)
            continue
        if name not in stored:
            stored.add(name)
            integers, scale = grids[name]
            kept += [numpy_helper.from_array(integers, name + _SUFFIX), numpy_helper.from_array(scale, name + ".scale")]
            made.append(onnx.helper.make_node("Cast", [name + _SUFFIX], [name + ".cast"], to=onnx.TensorProto.FLOAT))
            made.append(onnx.helper.make_node("Mul", [name + ".cast", name + ".scale"], [name + ".restored"]))
        turned = values.shape != restored[name].shape or not np.array_equal(values, restored[name])
        operation, options = ("Transpose", {"perm": [1, 0]}) if turned else ("Identity", {})
        made.append(onnx.helper.make_node(operation, [name + ".restored"], [tensor.name], **options))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*made, *nodes])


def _name_of(values: NDArray[np.float32], restored: dict[str, NDArray[np.float32]]) -> str | None:
    for name, weight in restored.items():
        if any(values.shape == form.shape and np.array_equal(values, form) for form in (weight, weight.T)):
            return name
    return None


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
