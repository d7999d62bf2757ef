"""The profile contains the share of each provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from model_export import float32
from model_export.profiling import profile_generation, time_by_provider


def test_shares_cover_node_time_only(tmp_path: Path) -> None:
    events = [
        {"cat": "Session", "dur": 900, "args": {}},
        {"cat": "Node", "dur": 30, "args": {"provider": "CUDAExecutionProvider"}},
        {"cat": "Node", "dur": 60, "args": {"provider": "CUDAExecutionProvider"}},
        {"cat": "Node", "dur": 10, "args": {"provider": "CPUExecutionProvider"}},
    ]
    (tmp_path / "profile.json").write_text(json.dumps(events))
    assert time_by_provider(tmp_path / "profile.json") == {"CUDAExecutionProvider": 0.9, "CPUExecutionProvider": 0.1}


def test_generation_is_profiled(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    float32.export_float32(small_model("qwen2"), "text-generation", tmp_path)
    profile = profile_generation(tmp_path / "model.onnx", "CPUExecutionProvider", tmp_path, prompt=8, tokens=2)
    assert profile.shares == {"CPUExecutionProvider": 1.0}
    assert profile.milliseconds > 0
