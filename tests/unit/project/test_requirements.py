"""What was tested is what runs: images and layers hold the versions that the tests are run with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

TESTED = PROJECT_ROOT / "requirements/dev.txt"
DEPLOYED = (
    "requirements/ocr.txt",
    "requirements/correct.txt",
    "requirements/correct-gpu.txt",
    "requirements/runtime.txt",
    "layers/scanproof/requirements.txt",
    "layers/scanproof/requirements-aspose.txt",
)
GPU_ONLY = {"onnxruntime-gpu", "nvidia-cudnn-cu13"}
NEVER = "sys_platform == 'never'"  # requirements/overrides*.txt: what is not to be installed at all


@pytest.mark.parametrize("deployed", DEPLOYED)
def test_deployed_versions_were_tested(deployed: str) -> None:
    running = {pin for pin in pins(PROJECT_ROOT / deployed) if pin[0] not in GPU_ONLY and pin[2] != NEVER}
    assert running
    tested = pins(TESTED)
    assert {pin for pin in running - tested if (pin[0], pin[1], "") not in tested} == set()  # tested everywhere


def test_no_lock_names_an_index() -> None:
    locks = [TESTED, *(PROJECT_ROOT / name for name in DEPLOYED), *PROJECT_ROOT.glob("requirements/*.txt")]
    assert [lock.name for lock in locks if re.search(r"://|index-url", lock.read_text(encoding="utf-8"))] == []


def test_cudnn_stays_while_graphs_reduce() -> None:
    """onnxruntime's CUDA library reduces by cuDNN, which it loads when needed: without, a page fails on the GPU."""
    graphs = (PROJECT_ROOT / "layers/scanproof/scanproof/correction/lm").glob("top_choice*.onnx")
    reducing = [graph.name for graph in graphs if b"ReduceMax" in graph.read_bytes()]
    installed = {name for name, _, _ in pins(PROJECT_ROOT / "requirements/correct-gpu.txt")}
    assert bool(reducing) == ("nvidia-cudnn-cu13" in installed)
    assert ("nvidia/cudnn/lib" in (PROJECT_ROOT / "functions/correct/Dockerfile.gpu").read_text("utf-8")) == bool(
        reducing
    )


def pins(lock: Path) -> set[tuple[str, str, str]]:
    """Name, version and marker of everything that a lock file pins."""
    lines = re.findall(r"^([\w.-]+)(?:\[.*?])?==([^\s;]+)(.*?)\\?$", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {(name, version, marker.strip(" ;")) for name, version, marker in lines}
