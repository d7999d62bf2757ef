"""Git stays small: large files are named here, and every other tracked file is small."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

MOST_BYTES = 6_000_000
LARGE = {
    "models/fast/model.safetensors": 9_500_000,
}
MOST_BYTES_IN_ALL = 45_000_000


@pytest.fixture(scope="module")
def sizes() -> dict[str, int]:
    """Bytes of every tracked file by its path."""
    if shutil.which("git") is None or not (PROJECT_ROOT / ".git").exists():
        pytest.skip("needs git and its history")
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=PROJECT_ROOT, text=True).split("\0")
    paths = {name: Path(PROJECT_ROOT / name) for name in names if name}
    return {name: path.lstat().st_size for name, path in paths.items() if path.is_file()}


def test_no_tracked_file_is_too_large(sizes: dict[str, int]) -> None:
    assert {name: size for name, size in sizes.items() if size > LARGE.get(name, MOST_BYTES)} == {}


def test_large_files_are_still_there(sizes: dict[str, int]) -> None:
    assert {name for name in LARGE if sizes.get(name, 0) <= MOST_BYTES} == set(), "take them off the list"


def test_all_files_together_are_small(sizes: dict[str, int]) -> None:
    assert sum(sizes.values()) < MOST_BYTES_IN_ALL
