"""Make targets that documents, messages and the Makefile name exist."""

from __future__ import annotations

import re
from pathlib import Path

from devstack import PROJECT_ROOT

MAKEFILE = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
IN_CODE = re.compile(r"`make ([a-z-]+)")  # as prose and messages quote it
IN_BLOCK = re.compile(r"^make ([a-z-]+)", re.MULTILINE)


def texts() -> list[Path]:
    folders = [
        PROJECT_ROOT / name for name in ("docs", "layers", "models", "functions", "devstack", "benchmarks", "tests")
    ]
    found = [path for folder in folders for kind in ("md", "py", "sh") for path in folder.rglob(f"*.{kind}")]
    return [*PROJECT_ROOT.glob("*.md"), *PROJECT_ROOT.glob("*.toml"), PROJECT_ROOT / "template.yaml", *found]


def test_every_named_target_exists() -> None:
    for path in texts():
        text = path.read_text(encoding="utf-8")
        named = {*IN_CODE.findall(text), *(IN_BLOCK.findall(text) if path.suffix == ".md" else ())}
        assert named <= TARGETS, f"{path.relative_to(PROJECT_ROOT)}: {named - TARGETS}"


def test_phony_and_called_targets_exist() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    called = re.findall(r"\$\(MAKE\) ([a-z][a-z-]*)", MAKEFILE)
    assert {*phony.split(), *called} == TARGETS
