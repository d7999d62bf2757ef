"""The project states its licences, and those of everything that its images and layers install."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

SCRIPT = runpy.run_path(str(PROJECT_ROOT / "docs" / "make_licences.py"))
LOCKS = sorted({lock for locks in SCRIPT["DEPLOYED"].values() for lock in locks})
PAGE = (PROJECT_ROOT / "docs" / "third-party-licences.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_listed(lock: str) -> None:
    missing = [pin for pin in SCRIPT["pins"](PROJECT_ROOT / lock) if f"| {pin[0]} | {pin[1]} | " not in PAGE]
    assert missing == [], "run `make licences`"


def test_no_listed_licence_is_empty() -> None:
    rows = [row.split(" | ") for row in PAGE.splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 40
    assert [row for row in rows if len(row) != 4 or not row[2].strip()] == []


def test_every_runtime_lock_is_covered() -> None:
    images = {f"requirements/{path.name}" for path in (PROJECT_ROOT / "requirements").glob("*.txt")}
    tools = {
        f"requirements/{name}.txt"
        for name in ("dev", "browser", "emulator", "lint", "sam", "overrides", "overrides-gpu")
    }
    layers = {str(path.relative_to(PROJECT_ROOT)) for path in (PROJECT_ROOT / "layers").glob("*/requirements*.txt")}
    assert set(LOCKS) == images - tools | layers


@pytest.mark.parametrize(
    ("file", "stated"),
    [
        ("LICENSE", "Version 2.0, January 2004"),
        ("LICENSE", "END OF TERMS AND CONDITIONS"),
        ("NOTICE", "Copyright 2026 The Scanproof authors"),
        ("models/fast/LICENSE.md", "https://creativecommons.org/licenses/by-sa/4.0/legalcode"),
        ("models/fast/README.md", "license: cc-by-sa-4.0"),
    ],
)
def test_licence_files_are_complete(file: str, stated: str) -> None:
    assert stated in Path(PROJECT_ROOT / file).read_text(encoding="utf-8")
