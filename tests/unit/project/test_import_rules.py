"""Imports go down only: entry points, stages, foundations; no circles, and AWS stays where it belongs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

LIBRARY = PROJECT_ROOT / "layers" / "scanproof"
STAGES = {"opening", "ocr", "correction", "extraction", "tables", "output"}
FOUNDATIONS = {
    "checkout", "document", "edits", "errors", "extras", "language", "lattice", "options", "page_image",
    "list_files", "placement", "reading_order", "rulings", "settings", "user_fields", "values",
}  # fmt: skip
# Parts of the library, top to bottom. A part imports from lower rows only; parts of a row do not import each other.
ROWS = ({"__main__"}, {"cli"}, {"api"}, {"workers", "local_run"}, {"reviewing"}, STAGES, FOUNDATIONS)
MAY_IMPORT_EACH_OTHER = FOUNDATIONS
AWS = {"boto3", "botocore", "aws_lambda_powertools"}
KNOW_AWS = {"workers", "cli"}
# The correction function opens its models when it starts, before there is a message.
BESIDE_WORKERS_IN_HANDLERS = {"scanproof.correction.model_pool", "scanproof.settings", "scanproof.errors"}
TOOLS = {"devstack", "model_export", "model_training", "benchmarks", "tests", "docs"}


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, when."""

    importer: str
    imported: str
    lazy: bool  # inside a function
    typing_only: bool  # under `if TYPE_CHECKING`


@cache
def modules() -> dict[str, Path]:
    """Every module of the library by its dotted name."""
    paths = (LIBRARY / "scanproof").rglob("*.py")
    return {".".join(path.relative_to(LIBRARY).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for name, path in modules().items() for found in imports_of(name, ast.parse(path.read_text())))


def imports_of(name: str, node: ast.AST, lazy: bool = False, typing_only: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(name, alias.name, lazy, typing_only)
        elif isinstance(child, ast.ImportFrom):
            module = child.module or ""
            for alias in child.names:
                inner = f"{module}.{alias.name}"
                yield Import(name, inner if inner in modules() else module, lazy, typing_only)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from imports_of(name, child, lazy or inside, typing_only or checking)


def part(module: str) -> str:
    """First name below `scanproof`; empty for the package itself."""
    return [*module.split("."), ""][1]


def row(name: str) -> int:
    return next(number for number, names in enumerate(ROWS) if name in names)


def own_imports() -> Iterator[Import]:
    """Imports of one module of the library by another; the package's own lazy exports are left out."""
    for found in imports():
        if found.imported.split(".")[0] == "scanproof" and part(found.importer) and part(found.imported):
            yield found


def test_every_part_has_a_row() -> None:
    assert {part(name) for name in modules()} - {""} <= set().union(*ROWS)


@pytest.mark.parametrize("name", sorted(set().union(*ROWS)))
def test_part_imports_lower_rows_only(name: str) -> None:
    crossing = [found for found in own_imports() if part(found.importer) == name != part(found.imported)]
    wrong = {
        f"{found.importer} imports {found.imported}"
        for found in crossing
        if row(name) >= row(part(found.imported)) and not {name, part(found.imported)} <= MAY_IMPORT_EACH_OTHER
    }
    assert not wrong


def test_modules_import_in_no_circle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for found in own_imports():
        if not found.typing_only and found.imported != found.importer:
            graph[found.importer].add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' -> '.join(reversed(error.args[1]))}")


def test_aws_stays_in_its_parts() -> None:
    knowing = {found.importer for found in imports() if found.imported.split(".")[0] in AWS}
    assert {part(module) for module in knowing} <= KNOW_AWS


def test_commands_import_devstack_lazily() -> None:
    users = [found for found in imports() if found.imported.split(".")[0] in TOOLS]
    assert {found.imported.split(".")[0] for found in users} <= {"devstack"}
    assert all(found.lazy or found.typing_only for found in users)
    assert all(found.importer.startswith("scanproof.cli.") for found in users)


@pytest.mark.parametrize("handler", sorted(path.parent.name for path in PROJECT_ROOT.glob("functions/*/app.py")))
def test_handlers_import_workers_only(handler: str) -> None:
    text = (PROJECT_ROOT / "functions" / handler / "app.py").read_text(encoding="utf-8")
    used = set(re.findall(r"^\s*(?:from|import) (scanproof[\w.]*)", text, re.MULTILINE))
    assert {name for name in used if not name.startswith("scanproof.workers")} <= BESIDE_WORKERS_IN_HANDLERS
