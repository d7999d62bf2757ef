"""Writes a model as plain float32 ONNX graphs with optimum."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from model_export import graphs
from scanproof.correction.models.manifest import Role, Task
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    import onnx

# File names as optimum chooses them, by role.
ROLES: dict[Role, str] = {
    "model": "model.onnx",
    "encoder": "encoder_model.onnx",
    "decoder": "decoder_model.onnx",
    "decoder_with_past": "decoder_with_past_model.onnx",
}
_OPSET = 18


def export_float32(model: Path, task: Task, folder: Path, trust_remote_code: bool = False) -> None:
    """Exports the model in `model` (Hub layout) into `folder`: one graph per role, weights over 2 GB in extra files.

    A causal model's graph takes input_ids, attention_mask, position_ids and past_key_values.*; its logits cover every
    input position. A sequence-to-sequence model has an encoder, a decoder for the first call and one for later calls.

    Raises:
        PermanentError: ``architecture_unsupported``.
    """
    from optimum.exporters.onnx import main_export  # type: ignore[import-untyped]

    export_task = task if task == "token-classification" else f"{task}-with-past"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing warns about every shape that becomes a constant
            for library in ("optimum", "transformers"):
                logging.getLogger(library).setLevel(logging.ERROR)
            main_export(
                model_name_or_path=str(model),
                output=folder,
                task=export_task,
                opset=_OPSET,
                do_validation=False,
                no_post_process=True,
                local_files_only=True,
                trust_remote_code=trust_remote_code,
                library_name="transformers",
            )
    except (ValueError, KeyError, NotImplementedError) as error:
        message = f"optimum cannot export the model in {model.name} for {task}: {error}"
        raise PermanentError("architecture_unsupported", message, "Choose another model or another --task.") from error


def load_float32(folder: Path) -> dict[Role, onnx.ModelProto]:
    """Loads the graphs that `export_float32` wrote, normalised and typed. Quantizing consumes them."""
    exported = {role: graphs.load(folder / name) for role, name in ROLES.items() if (folder / name).exists()}
    for graph in exported.values():
        graphs.normalise(graph)
        graphs.infer_types(graph)
    return exported
