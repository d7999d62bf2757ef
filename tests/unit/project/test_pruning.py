"""Images and layers hold the library without its command line and without a packaged model, and run without them."""

from __future__ import annotations

import ast
import os
import subprocess
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

from devstack import PROJECT_ROOT

LIBRARY = PurePosixPath("layers/scanproof/scanproof")
PRUNED = ("cli", "model_data", "__main__.py")
# Stands in for pip: what the recipes change after installing has to be there.
PYTHON = '#!/bin/sh\nmkdir -p "$ARTIFACTS_DIR/python/numpy" "$ARTIFACTS_DIR/python/babel/locale-data"\n'


def in_build_context(path: PurePosixPath) -> bool:
    """Whether .dockerignore lets a path into the build: the last pattern that matches it or a parent decides."""
    included = True
    for line in (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#"):
            tails = ("", *map(str, path.parts)) if pattern.startswith("**/") else ()
            places = [*map(str, (path, *path.parents)), *tails]
            if any(fnmatch(place, pattern.removeprefix("**/")) for place in places if place != "."):
                included = line.startswith("!")
    return included


@pytest.mark.parametrize("folder", PRUNED)
def test_build_context_lacks_pruned_folders(folder: str) -> None:
    assert not in_build_context(LIBRARY / folder)


def test_build_context_lacks_local_stack() -> None:
    assert not in_build_context(PurePosixPath("devstack/web/app.py"))


@pytest.mark.parametrize(
    "path",
    [
        LIBRARY / "workers" / "ocr.py",
        LIBRARY / "correction" / "guards" / "words.toml",
        PurePosixPath("model_export/cli.py"),
        PurePosixPath("models/fast/model.safetensors"),
        PurePosixPath("functions/ocr/app.py"),
        PurePosixPath("requirements/correct.txt"),
    ],
)
def test_build_context_holds_the_rest(path: PurePosixPath) -> None:
    assert in_build_context(path)


@pytest.mark.parametrize("recipe", ["build-ScanproofLayer", "build-AsposeLibraryLayer"])
def test_layer_recipes_prune(tmp_path: Path, recipe: str) -> None:
    stand_in = tmp_path / "bin" / "python3"
    stand_in.parent.mkdir()
    stand_in.write_text(PYTHON)
    stand_in.chmod(0o755)
    artifacts = tmp_path / "artifacts"
    path = f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [
            "make",
            "--silent",
            "--directory",
            PROJECT_ROOT / "layers" / "scanproof",
            recipe,
            f"ARTIFACTS_DIR={artifacts}",
        ],
        env={**os.environ, "PATH": path, "ARTIFACTS_DIR": str(artifacts)},
        check=True,
    )
    library = artifacts / "python" / "scanproof"
    assert (library / "workers" / "publish.py").is_file()
    assert not [folder for folder in PRUNED if (library / folder).exists()]
    assert not list(library.rglob("__pycache__"))


def test_deployed_code_imports_nothing_pruned() -> None:
    root = PROJECT_ROOT / LIBRARY
    library = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in PRUNED]
    deployed = [*library, *PROJECT_ROOT.glob("functions/*/app.py"), *PROJECT_ROOT.glob("model_export/**/*.py")]
    assert len(deployed) > 100
    users = {str(path.relative_to(PROJECT_ROOT)) for path in deployed if imported_by(path) & {"scanproof.cli"}}
    assert users == set()


def imported_by(path: Path) -> set[str]:
    """Packages of the library, two names deep, that a file imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {".".join(name.split(".")[:2]) for name in names}
