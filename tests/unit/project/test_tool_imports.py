"""Tools import names that exist: most of them run only by hand, so nothing else notices a renamed function."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

FOLDERS = ("benchmarks", "devstack", "model_export", "model_training")
SOURCES = {"scanproof": PROJECT_ROOT / "layers" / "scanproof"} | dict.fromkeys(FOLDERS, PROJECT_ROOT)


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names that a module binds anywhere at its top level, also under conditions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return frozenset(found)


def missing_names(path: Path) -> list[str]:
    """The names of the project that a module imports in vain."""
    missing = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] not in SOURCES:
            continue
        target = SOURCES[str(node.module).split(".")[0]].joinpath(*str(node.module).split("."))
        module = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
        submodules = {child.stem for child in target.iterdir()} if target.is_dir() else set()
        known = names_in(module) | submodules if module.is_file() else submodules
        missing += [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in known]
    return missing


@pytest.mark.parametrize("folder", FOLDERS)
def test_tools_import_existing_names(folder: str) -> None:
    modules = [*(PROJECT_ROOT / folder).rglob("*.py")]
    assert modules
    assert {str(path.relative_to(PROJECT_ROOT)): names for path in modules if (names := missing_names(path))} == {}
