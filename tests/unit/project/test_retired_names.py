"""Names that the glossary has replaced do not come back: in identifiers, options, log keys and metrics."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from devstack import PROJECT_ROOT
from scanproof.cli.main import COMMANDS, main

FOLDERS = (
    "layers/scanproof/scanproof", "devstack", "model_export", "model_training", "functions", "tests", "benchmarks",
)  # fmt: skip
WIRE_NAMES = {"instead_because"}  # JSON fields of queued messages
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@cache
def retired() -> tuple[str, ...]:
    """The names of CONTRIBUTING.md's list, without their replacements."""
    page = (PROJECT_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^## Retired names$.*?^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return tuple(line.split(" -> ")[0] for line in block.splitlines())


@cache
def pattern() -> re.Pattern[str]:
    """Matches an identifier, its words parted by spaces, that holds a retired name."""
    words = [" ".join(PARTS.findall(name)) for name in retired() if not is_whole(name)]
    whole = [name for name in retired() if is_whole(name)]
    return re.compile(rf"\b(?:{'|'.join(words)})\b|^(?:{'|'.join(whole)})$")


def is_whole(name: str) -> bool:
    """Whether a name counts only as a whole identifier: one lower-case word."""
    return name.islower() and "_" not in name


def is_retired(identifier: str) -> bool:
    return pattern().search(" ".join(PARTS.findall(identifier))) is not None


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name in a syntax tree: defined, imported, used, or given as an argument."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name, asname=other):
                yield from (*name.split("."), *([other] if other else []))
            case ast.ImportFrom(module=str(name)):
                yield from name.split(".")


def keys(tree: ast.AST) -> Iterator[str]:
    """Strings that name something in logs and metrics: keys of dictionaries, and what `add_metric` is given."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=found):
                yield from strings(found)
            case ast.Subscript(slice=found):
                yield from strings([found])
            case ast.Call(func=ast.Attribute(attr="add_metric" | "add_metadata" | "append_keys"), args=found):
                yield from strings(found)


def strings(nodes: list[ast.expr | None] | list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (PROJECT_ROOT / folder).rglob("*.py"))


def found_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {*identifiers(tree), *keys(tree), *path.relative_to(PROJECT_ROOT).with_suffix("").parts}
    return {name for name in names - WIRE_NAMES if name.isidentifier() and is_retired(name)}


def test_list_is_sorted_and_not_empty() -> None:
    assert len(retired()) > 50
    assert list(retired()) == sorted(set(retired()), key=lambda name: (name[0].islower(), name))


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        ("Looker", True), ("load_Looker", True), ("_Looker", True), ("Onlooker", False), ("looker", False),
        ("hangs_by_a_hair", True), ("it_hangs_by_a_hair_here", True), ("hangs", False),
        ("UNTOLD", True), ("UNTOLD_TYPES", True), ("untold", False), ("MAX_TRIES", True), ("ENTRIES", False),
        ("ties", True), ("_ties", True), ("properties", False), ("ties_broken", False),
    ],
)  # fmt: skip
def test_matching_follows_the_rules(identifier: str, found: bool) -> None:
    assert is_retired(identifier) is found


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_uses_no_retired_name(folder: str) -> None:
    paths = [path for path in files() if path.is_relative_to(PROJECT_ROOT / folder)]
    assert paths
    found = {str(path.relative_to(PROJECT_ROOT)): names for path in paths if (names := sorted(found_in(path)))}
    assert found == {}


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_no_retired_option(command: str) -> None:
    found = main.get_command(click.Context(main), command)
    assert found is not None
    options = {name for option in found.params for name in (*option.opts, *option.secondary_opts)}
    assert {name for name in options if name in retired() or is_retired(name.strip("-").replace("-", "_"))} == set()


def test_template_has_no_retired_metric() -> None:
    template = (PROJECT_ROOT / "template.yaml").read_text(encoding="utf-8")
    names = set(re.findall(r"MetricName: (\w+)", template)) | set(re.findall(r'\["Scanproof", "(\w+)"', template))
    assert len(names) > 3
    assert {name for name in names if is_retired(name)} == set()


def test_names_have_at_most_six_words() -> None:
    tree = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PROJECT_ROOT.glob("tests/**/test_*.py")}
    names = {
        node.name
        for parsed in tree.values()
        for node in ast.walk(parsed)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert len(names) > 500
    assert sorted(name for name in names if len(name.removeprefix("test_").split("_")) > 6) == []
