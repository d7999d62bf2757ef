"""The images copy the exported fast model, and export a language model in a separate build stage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from model_export.cli import build_parser
from model_export.source import REPOSITORY_ROOT

FOLDER = REPOSITORY_ROOT / "functions" / "correct"


@pytest.mark.parametrize(("file", "device"), [("Dockerfile", "cpu"), ("Dockerfile.gpu", "cuda")])
def test_build_stage_exports_models(file: str, device: str) -> None:
    export, *later = re.split(r"(?m)^FROM ", (FOLDER / file).read_text("utf-8"))[1:]
    commands = re.findall(r"python -m model_export ([^;\\\n]+)", export)
    [accurate] = (build_parser().parse_args(re.sub('"|\\$@', "", command).split()) for command in commands)
    assert (accurate.model, accurate.output, accurate.device) == ("${MODEL}", Path("models/accurate"), device)
    assert "COPY models/fast models/fast" in export
    assert "models/fast/onnx" not in (REPOSITORY_ROOT / ".dockerignore").read_text("utf-8")
    assert "requirements-cpu.txt" in export
    assert not any("model_export" in stage or "torch" in stage for stage in later)
