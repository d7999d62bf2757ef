"""A model folder opens only if every file matches its manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanproof.correction.models.folder import file_entry, open_model, read_manifest
from scanproof.errors import PermanentError


def manifest_of(folder: Path) -> dict[str, Any]:
    return {
        "format": 1,
        "name": "small",
        "source": "local:small",
        "revision": "sha256:0",
        "licence": {"name": "mit", "permissive": True, "accepted": True},
        "task": "text-generation",
        "architecture": "gpt2",
        "device": "cpu",
        "precision": "int8",
        "quantization": {"recipe": "r", "precision": "int8", "share": 1.0, "batch_invariant": True},
        "graphs": {"files": {"model": "model.onnx"}},
        "tokenizer": {"files": ["tokenizer.json"]},
        "prompt": {"kind": "none"},
        "sizes": {"onnx": 1, "float32": 4},
        "gates": [],
        "tools": {},
        "files": {path.name: file_entry(path).model_dump() for path in sorted(folder.iterdir())},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(b"graph" * 100)
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "manifest.json").write_text(json.dumps(manifest_of(tmp_path)))
    return tmp_path


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_unaltered_folder_opens(folder: Path) -> None:
    assert open_model(folder).name == "small"
    assert open_model(folder).version.startswith("small-int8-")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_changed_byte_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(PermanentError, match=name) as error:
        open_model(folder)
    assert error.value.code == "model_altered"


def test_truncated_or_missing_file_is_refused(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"graph")
    with pytest.raises(PermanentError, match="not the file"):
        open_model(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(PermanentError, match="not there"):
        open_model(folder)


def test_graph_without_hash_is_refused(folder: Path) -> None:
    files = read_manifest(folder).model_dump()["files"]
    del files["model.onnx"]
    rewrite(folder, files=files)
    with pytest.raises(PermanentError, match="no hash"):
        open_model(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"precision": "int3"},
        {"graphs": {"files": {"model": "../model.onnx"}}},
        {"unknown": 1},
        {"files": 3},
    ],
)
def test_invalid_manifest_is_refused(folder: Path, changes: dict[str, object]) -> None:
    rewrite(folder, **changes)
    with pytest.raises(PermanentError) as error:
        open_model(folder)
    assert error.value.code == "model_manifest_invalid"


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as error:
        open_model(tmp_path / "nowhere")
    assert error.value.code == "model_missing"
