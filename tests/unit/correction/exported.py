"""Creates a small language model with random weights, in the layout of `model_export`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.unit.correction.lm.conftest import TINY
from tests.unit.correction.lm.test_load import describe

LAYERS, HEADS, HEAD_SIZE, VOCABULARY = 2, 2, 6, 320


def exported(folder: Path, name: str, graph: str = "qwen2") -> Path:
    """Writes the model into ``folder/cpu`` and returns ``folder``."""
    inside = folder / "cpu"
    inside.mkdir(parents=True)
    shutil.copyfile(TINY / f"{graph}.onnx", inside / "model.onnx")
    shutil.copyfile(TINY / "tokenizer.json", inside / "tokenizer.json")
    (inside / "config.json").write_text(json.dumps({"eos_token_id": 0}))
    size = (inside / "model.onnx").stat().st_size
    shape = {"layers": LAYERS, "key_value_heads": HEADS, "head_size": HEAD_SIZE, "vocabulary": VOCABULARY}
    describe(
        inside,
        name=name,
        graphs={"files": {"model": "model.onnx"}, **shape},
        sizes={"onnx": size, "float32": size},
    )
    return folder
