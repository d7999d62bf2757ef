"""The package declares what it imports: the base everything that commands and the Python API load, extras the rest."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT
from scanproof.cli.main import COMMANDS
from scanproof.extras import EXTRAS as EXPLAINED

LIBRARY = PROJECT_ROOT / "layers" / "scanproof" / "scanproof"
PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WITH_BOTO3 = {"botocore"}  # boto3 pins it
INDIRECT = {"opencv-python-headless": "cv2", "pi-heif": "pi_heif", "aspose-ocr-python-net": "aspose"}
# Where each extra may be imported: behind a function that is called only when it is needed.
PLACES = {
    "cv2": "ocr/",
    "img2pdf": "output/",
    "pikepdf": "output/",
    "pi_heif": "opening/images.py",
    "rapidocr": "ocr/",
    "tokenizers": "correction/lm",
    "aspose": "ocr/aspose",
}


def names(requirements: list[str]) -> set[str]:
    """Distribution names of requirement strings."""
    return {re.split(r"[\[<>=!~; ]", requirement)[0].lower() for requirement in requirements}


BASE = names(PROJECT["dependencies"])
EXTRAS = {extra: names(PROJECT["optional-dependencies"][extra]) for extra in ("ocr", "lm", "aspose")}


def third_party_imports() -> dict[str, set[str]]:
    """Top-level modules of other distributions that run-time code imports, with the files that do."""
    found: dict[str, set[str]] = {}
    for path in LIBRARY.rglob("*.py"):
        for module in imported_by(path):
            if module not in sys.stdlib_module_names | {"scanproof", "devstack"}:
                found.setdefault(module, set()).add(str(path.relative_to(LIBRARY)))
    return found


def imported_by(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    typing_only = {id(child) for node in checked for child in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if id(node) not in typing_only:
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found


def test_imports_and_declarations_agree() -> None:
    distributions = packages_distributions()
    known = {module: name for name, module in INDIRECT.items()}
    imported = {
        known.get(module) or distributions[module][0].lower().replace("_", "-") for module in third_party_imports()
    }
    assert imported - WITH_BOTO3 == BASE.union(*EXTRAS.values())


def test_every_extra_is_explained() -> None:
    assert set(EXPLAINED) == set(PLACES)
    for module, extra in EXPLAINED.items():
        distribution = next((name for name, indirect in INDIRECT.items() if indirect == module), module)
        assert distribution in EXTRAS[extra]


@pytest.mark.parametrize("module", PLACES)
def test_extras_are_imported_in_their_places(module: str) -> None:
    assert all(path.startswith(PLACES[module]) for path in third_party_imports()[module])


def test_commands_and_api_load_without_extras() -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys({sorted(PLACES)!r}))
import importlib
for name in {[*COMMANDS.values(), "scanproof.api", "scanproof.correction.fast.corrector"]!r}:
    importlib.import_module(name)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
