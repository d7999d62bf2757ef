"""models/fast/onnx is what an export of models/fast makes, file for file."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from model_export import cli
from model_export.source import REPOSITORY_ROOT
from scanproof.models.folder import open_model

BUNDLED = REPOSITORY_ROOT / "models" / "fast" / "onnx"


@pytest.mark.skipif(
    not BUNDLED.is_dir(), reason="models/fast/onnx has not been made yet: python -m model_export fast models/fast/onnx"
)
def test_the_bundled_model_is_what_the_export_makes(tmp_path: Path) -> None:
    for device in sorted(path.name for path in BUNDLED.iterdir() if path.is_dir()):
        assert cli.main(["fast", str(tmp_path), "--device", device, "--quiet"]) == 0
        bundled, made = open_model(BUNDLED / device), open_model(tmp_path / device)
        assert bundled.files == made.files
        assert bundled.revision == made.revision
        assert all(gate.passed is not False for gate in made.gates)
