"""Finding a checkout, and what commands say where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanproof import checkout
from scanproof.checkout import find_checkout, require_checkout, state_folder
from scanproof.cli import local_stack
from scanproof.cli.commands.replay import find_sample
from scanproof.cli.console import ExitCode
from scanproof.cli.main import main
from scanproof.errors import PermanentError

LIBRARY = Path(checkout.__file__).parents[1]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that looks like a checkout."""
    root = tmp_path / "repository"
    for folder in ("devstack", "samples", "layers/scanproof/scanproof"):
        (root / folder).mkdir(parents=True)
    (root / "template.yaml").touch()
    (root / "samples" / "letter.png").touch()
    return root


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory outside of any checkout."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def no_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "find_checkout", lambda: None)


def test_checkout_found_from_library_folder(repository: Path, elsewhere: Path) -> None:
    assert find_checkout(repository / "layers/scanproof/scanproof") == repository


def test_checkout_found_from_working_directory(
    repository: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert find_checkout(elsewhere) == repository
    monkeypatch.chdir(repository / "samples")
    assert find_checkout(elsewhere) == repository


def test_library_folder_wins_over_working_directory(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    for folder in ("devstack", "samples"):
        (other / folder).mkdir(parents=True)
    (other / "template.yaml").touch()
    monkeypatch.chdir(other)
    assert find_checkout(repository / "layers/scanproof/scanproof") == repository


def test_incomplete_checkout_is_not_found(repository: Path, elsewhere: Path) -> None:
    (repository / "template.yaml").unlink()
    assert find_checkout(repository / "layers/scanproof/scanproof") is None


def test_missing_checkout_names_purpose(no_checkout: None) -> None:
    with pytest.raises(PermanentError, match=r"^The demo needs a checkout") as raised:
        require_checkout("The demo")
    assert raised.value.code == "checkout_missing"


def test_required_checkout_becomes_importable(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "find_checkout", lambda: repository)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert require_checkout("The demo") == require_checkout("The demo") == repository
    assert sys.path.count(str(repository)) == 1


def test_state_lies_in_checkout(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "find_checkout", lambda: repository)
    assert state_folder() == repository / ".scanproof"


def test_state_without_checkout_follows_xdg(no_checkout: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "scanproof"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == Path.home() / ".local" / "state" / "scanproof"


@pytest.mark.parametrize("command", ["up", "demo"])
def test_local_stack_without_checkout_is_refused(command: str, no_checkout: None) -> None:
    result = CliRunner().invoke(main, [command], catch_exceptions=False)
    assert result.exit_code == ExitCode.FAILED
    assert "needs a checkout of the Scanproof repository" in result.stderr
    assert "Clone the repository" in result.stderr


@pytest.mark.parametrize("command", ["up", "demo"])
def test_missing_emulator_is_named(command: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_stack, "require_checkout", lambda purpose: repository)
    result = CliRunner().invoke(main, [command], catch_exceptions=False)
    assert result.exit_code == ExitCode.FAILED
    assert "lacks the emulator's environment .venv-emulator" in result.stderr
    assert "make demo" in result.stderr


def test_missing_packages_are_named(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_stack, "require_checkout", lambda purpose: repository)
    monkeypatch.setattr(local_stack, "find_spec", lambda name: None)
    result = CliRunner().invoke(main, ["up"], catch_exceptions=False)
    assert result.exit_code == ExitCode.FAILED
    assert "lacks the package samtranslator and the package awslambdaric and" in result.stderr


def test_sample_lookup_requires_checkout(no_checkout: None) -> None:
    with pytest.raises(PermanentError, match=r"Uploading the sample 'letter.png' needs a checkout"):
        find_sample("letter.png")


def test_samples_are_found_by_name(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "find_checkout", lambda: repository)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert find_sample("letter.png") == repository / "samples" / "letter.png"
    assert find_sample("nothing.png") is None


def test_commands_import_without_devstack(elsewhere: Path) -> None:
    script = (
        "import sys; sys.modules['devstack'] = None\n"
        "from scanproof.cli.main import COMMANDS, main\n"
        "import click\n"
        "for name in COMMANDS: assert main.get_command(click.Context(main), name)"
    )
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    subprocess.run([sys.executable, "-c", script], cwd=elsewhere, env=environment, check=True, timeout=120)


def test_module_runs_the_command_line(elsewhere: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    arguments = [sys.executable, "-m", "scanproof", "--version"]
    version = subprocess.run(arguments, cwd=elsewhere, env=environment, check=True, capture_output=True, text=True)
    assert version.stdout.startswith("scanproof, version")
