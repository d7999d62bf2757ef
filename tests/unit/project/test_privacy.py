"""The library writes nothing outside its own folders and opens no connection, unless a command is about that."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

pytestmark = pytest.mark.slow  # imports everything in a new process

# Audit events show what Python opens. What onnxruntime does in C++ shows in the home folder and in the open files: its
# telemetry keeps a database there, and connections.
TRACED = """
import json, os, sys

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
found = []

def trace(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if flags & WRITES and isinstance(path, str) and path != os.devnull:  # a number is a pipe to a process
            found.append(["open", str(path)])
    elif event.startswith(("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request")):
        found.append([event, repr(arguments)])
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link"):
        found.append([event, str(arguments[0])])

sys.addaudithook(trace)
sys.dont_write_bytecode = True
PROGRAM
paths = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
files = [os.readlink(path) for path in paths if os.path.lexists(path)]
print(json.dumps({"events": found, "sockets": [name for name in files if name.startswith("socket:")]}))
"""
LIBRARY = """
import importlib, pkgutil, scanproof
for module in pkgutil.walk_packages(scanproof.__path__, "scanproof."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
READ = """
import scanproof
document = scanproof.read(sys.argv[1])
assert document.text
"""


def traced(program: str, home: Path, *arguments: str) -> dict[str, list[object]]:
    """Runs a program in a process with an empty home; returns what it wrote and connected to."""
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    answer = subprocess.run(
        [sys.executable, "-c", TRACED.replace("PROGRAM", program), *arguments],
        env={**kept, "HOME": str(home), "TMPDIR": str(home), "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        check=True,
        text=True,
        cwd=PROJECT_ROOT,
    )
    found: dict[str, list[object]] = json.loads(answer.stdout.splitlines()[-1])
    return found


def test_importing_writes_and_connects_nothing(tmp_path: Path) -> None:
    assert traced(LIBRARY, tmp_path / "home") == {"events": [], "sockets": []}
    assert list((tmp_path / "home").iterdir()) == []


def test_reading_writes_and_connects_nothing(tmp_path: Path) -> None:
    found = traced(READ, tmp_path / "home", str(PROJECT_ROOT / "samples" / "clean-letter.png"))
    assert found == {"events": [], "sockets": []}
    assert list((tmp_path / "home").iterdir()) == []


def test_trace_notices_writes_and_connections(tmp_path: Path) -> None:
    program = "import socket; open('a', 'w').close()\ns = socket.socket(); s.connect_ex(('127.0.0.1', 9))"
    found = traced(f"os.chdir(os.environ['HOME']); {program}", tmp_path / "home")
    assert [event for event, _ in found["events"]] == ["open", "socket.connect"]  # type: ignore[misc]
    assert len(found["sockets"]) == 1


def test_telemetry_is_off_in_functions() -> None:
    template = (PROJECT_ROOT / "template.yaml").read_text(encoding="utf-8")
    globals_ = template[template.index("\nGlobals:") : template.index("\nResources:")]
    assert re.search(r'^ +ORT_DISABLE_TELEMETRY: "1"', globals_, re.MULTILINE)
    images = list(PROJECT_ROOT.glob("functions/*/Dockerfile*"))
    assert len(images) >= 3
    assert all("ORT_DISABLE_TELEMETRY=1" in path.read_text(encoding="utf-8") for path in images)
