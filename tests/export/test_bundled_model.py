"""models/fast/onnx equals a fresh export of models/fast, file for file."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from model_export import cli
from model_export.source import REPOSITORY_ROOT
from scanproof.correction.models.folder import open_model

BUNDLED = REPOSITORY_ROOT / "models" / "fast"


def test_bundled_model_equals_fresh_export(tmp_path: Path) -> None:
    devices = sorted(path.name for path in (BUNDLED / "onnx").iterdir() if path.is_dir())
    assert devices == ["cpu"]
    for device in devices:
        assert cli.main(["fast", str(tmp_path), "--device", device, "--quiet"]) == 0
        bundled, exported = open_model(BUNDLED / "onnx" / device), open_model(tmp_path / device)
        beside = {"LICENSE.md"}  # the bundled model has it in the folder above
        assert bundled.files == {name: file for name, file in exported.files.items() if name not in beside}
        assert bundled.revision == exported.revision
        assert all(gate.passed is not False for gate in exported.gates)
