"""The wheel works outside the checkout: its files, the Python API, the command line, the documented examples."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

pytestmark = pytest.mark.package

SOURCES = (
    "pyproject.toml",
    "setup.py",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "NOTICE",
    "layers/scanproof",
    "models/fast",
)
UNPACKAGED = {"README.md", "model.safetensors", "reliability.svg"}
SAMPLES = {
    "clean-letter.png": "scan.png",
    "receipt-photo.jpg": "receipt.jpg",
    "born-digital.pdf": "invoice.pdf",
    "encrypted.pdf": "encrypted.pdf",
    "noisy-invoice.png": "noisy-invoice.png",
}
BLOCKS = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources: the checkout stays clean, and leftovers of other builds stay out."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source, target = PROJECT_ROOT / name, folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
        else:
            shutil.copyfile(source, target)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "source")
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and sees this environment's dependencies."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    [packages] = folder.glob("lib/python*/site-packages")
    # A folder named in a .pth file comes last on the path, and its own .pth files (the editable install) are not read.
    others = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()])
    (packages / "dependencies.pth").write_text("\n".join(others) + "\n")
    return python


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with samples under other names."""
    for sample, name in SAMPLES.items():
        shutil.copyfile(PROJECT_ROOT / "samples" / sample, tmp_path / name)
    return tmp_path


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    subprocess.run(command, check=True, env=environment())


def environment(**more: str) -> dict[str, str]:
    """Without what would lead to the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONPATH", "SCANPROOF_"))}
    return kept | {"NO_COLOR": "1", "COLUMNS": "200"} | more


def run(python: Path, folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, *arguments],
        cwd=folder,
        env=environment(XDG_STATE_HOME=str(folder / "state")),
        input=text,
        capture_output=True,
        text=True,
        timeout=240,
    )


def scanproof(python: Path, folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return run(python, folder, str(python.with_name("scanproof")), *arguments, text=text)


def test_wheel_holds_library_and_model(wheel: Path) -> None:
    library = PROJECT_ROOT / "layers" / "scanproof"
    ours = {path.relative_to(library) for path in (library / "scanproof").rglob("*") if path.is_file()}
    expected = {str(path) for path in ours if "__pycache__" not in path.parts}
    model = PROJECT_ROOT / "models" / "fast"
    needed = [path.relative_to(model) for path in model.rglob("*") if path.is_file() and path.parent != model]
    patterns = ("*.xz", "*.npz", "re*.json", "er*.json", "judge.json")
    needed += [path.relative_to(model) for pattern in patterns for path in model.glob(pattern)]
    expected |= {f"scanproof/model_data/fast/{path}" for path in (*needed, "LICENSE.md")}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == expected
    assert not {Path(name).name for name in names} & UNPACKAGED


def test_wheel_states_its_licences(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    text = archive.read(metadata).decode()
    assert "\nLicense-Expression: Apache-2.0 AND CC-BY-SA-4.0\n" in text
    licences = {name.partition("/licenses/")[2] for name in archive.namelist() if "/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE", "models/fast/LICENSE.md"}


def test_environment_uses_the_wheel(python: Path, folder: Path) -> None:
    code = """
import importlib.metadata, scanproof, sys
from scanproof.correction.fast.model_folder import default_folder
print(scanproof.__file__, default_folder(), scanproof.__version__, importlib.metadata.version("scanproof"), sep="\\n")
"""
    library, model, version, stated = run(python, folder, "-c", code).stdout.splitlines()
    environment_folder = python.parents[1]
    assert Path(library).is_relative_to(environment_folder)
    assert Path(model).is_relative_to(environment_folder)
    assert version == stated


def test_import_loads_nothing_else(python: Path, folder: Path) -> None:
    code = "import scanproof, sys; print(*sys.modules)"
    loaded = set(run(python, folder, "-c", code).stdout.split())
    assert {name for name in loaded if name.startswith("scanproof")} == {"scanproof"}
    assert not loaded & {"numpy", "onnxruntime", "pydantic", "PIL", "boto3"}


def test_documented_examples_run(python: Path, folder: Path) -> None:
    blocks = BLOCKS.findall((PROJECT_ROOT / "docs" / "python-api.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 4
    answer = run(python, folder, "-c", "".join(blocks))
    assert answer.stderr == ""
    expected = [line for block in blocks for line in re.findall(r"^# -> (.*)$", block, re.MULTILINE)]
    assert [line for line in answer.stdout.splitlines() if line] == expected


def test_command_corrects_a_line(python: Path, folder: Path) -> None:
    answer = scanproof(python, folder, "correct", text="Inv0ice No: 12345\n")
    assert (answer.stdout, answer.returncode) == ("Invoice No: 12345\n", 0)


def test_command_reads_a_file(python: Path, folder: Path) -> None:
    answer = scanproof(python, folder, "read", "invoice.pdf", "--json")
    [result] = json.loads(answer.stdout)
    document = result["document"]
    assert answer.returncode == 0
    assert document["source"]["name"] == "invoice.pdf"
    assert document["pages"][0]["lines"]


@pytest.mark.parametrize("command", ["up", "demo"])
def test_stack_commands_need_a_checkout(python: Path, folder: Path, command: str) -> None:
    answer = scanproof(python, folder, command)
    assert answer.returncode == 1
    assert "needs a checkout of the Scanproof repository" in answer.stderr
    assert "Clone the repository" in answer.stderr


def test_replay_needs_a_stack(python: Path, folder: Path) -> None:
    (folder / "event.json").write_text("{}")
    answer = scanproof(python, folder, "replay", "event.json")
    assert answer.returncode == 3
    assert "no local stack" in answer.stderr
    code = """
from scanproof.cli.commands.replay import find_sample
from scanproof.errors import PermanentError
try:
    find_sample("clean-letter.png")
except PermanentError as error:
    print(error.code)
"""
    assert run(python, folder, "-c", code).stdout == "checkout_missing\n"


def test_exporting_needs_a_checkout(python: Path, folder: Path) -> None:
    code = """
import scanproof
try:
    scanproof.Corrector("accurate-apache", download=True)
except scanproof.PermanentError as error:
    print(error.code)
"""
    assert run(python, folder, "-c", code).stdout == "checkout_missing\n"
