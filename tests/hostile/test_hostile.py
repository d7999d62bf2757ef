"""Files made to break programs are published or fail for a named reason; `make hostile` processes all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from devstack import PROJECT_ROOT
from tests.hostile.files import hostile_files


def test_files_are_many_and_named_apart() -> None:
    files = list(hostile_files(1))
    assert len(files) >= 400
    assert set(Counter(file.name for file in files).values()) == {1}


def test_files_follow_from_the_seed() -> None:
    first, again, other = (
        [file.make() for file in hostile_files(seed) if file.group == "flipped"] for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.slow
def test_sample_is_accounted_for() -> None:
    # In a process of its own: it forks, which one with threads must not.
    command = [sys.executable, "-m", "tests.hostile", "--sample", "14"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT_ROOT, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    found = json.loads(answer.stdout.splitlines()[-1])
    assert found["files"] > 40
    assert found["published"] > 10
    assert found["unaccounted"] == 0
