"""`scanproof correct --model`: a language model from a folder, and messages where there is none."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from devstack import PROJECT_ROOT
from scanproof.cli.console import ExitCode
from scanproof.cli.main import main
from scanproof.document import Edit, apply_edits
from tests.unit.correction.lm.test_load import describe

TINY = Path(__file__).parents[1] / "correction" / "lm" / "tiny"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A small Qwen2 with random weights, laid out as by `model_export`."""
    folder = tmp_path / "exported" / "cpu"
    folder.mkdir(parents=True)
    shutil.copyfile(TINY / "qwen2.onnx", folder / "model.onnx")
    shutil.copyfile(TINY / "tokenizer.json", folder / "tokenizer.json")
    (folder / "config.json").write_text(json.dumps({"eos_token_id": 0}))
    describe(folder)
    return folder.parent


def correct(model: object, *options: str, text: str = "Tbe total is 12.50 EUR\n") -> Result:
    arguments = ["correct", "--model", str(model), "--device", "cpu", *options]
    return CliRunner().invoke(main, arguments, input=text, catch_exceptions=False)


def test_correct_uses_model_from_folder(exported: Path) -> None:
    text = "Tbe total is 12.50 EUR"
    given = json.dumps({"text": text}) + "\n"
    result = correct(exported, "--no-download", "--mode", "generate", "--jsonl", text=given)
    row = json.loads(result.stdout)
    edits = [Edit.model_validate({key: value for key, value in edit.items() if key != "line"}) for edit in row["edits"]]
    assert apply_edits(text, edits) == row["text"]
    assert all(edit.corrector == "accurate" and edit.model == "tiny" for edit in edits)
    assert "12.50" in row["text"]


def test_trained_tagger_runs_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "own").symlink_to(PROJECT_ROOT / "models" / "fast")
    assert correct(tmp_path / "own", "--corrector", "fast", text="Inv0ice No: 12345\n").stdout == "Invoice No: 12345\n"
    without = tmp_path / "without"
    shutil.copytree(PROJECT_ROOT / "models" / "fast" / "onnx", without / "onnx", copy_function=os.symlink)
    result = correct(without, text="x")
    assert result.exit_code == ExitCode.FAILED
    assert str(without) in result.stderr.replace("\n", "")


def test_altered_model_is_refused(exported: Path) -> None:
    with (exported / "cpu" / "model.onnx").open("r+b") as graph:
        graph.seek(1000)
        graph.write(b"\0\1\2\3")
    result = correct(exported)
    assert result.exit_code == ExitCode.FAILED
    assert "not the file that the manifest describes" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("model", "option", "message"),
    [
        ("owner/name", "--no-download", "has not been exported on this machine"),
        ("./nowhere", "--no-download", "There is no folder"),
        ("accurate-apache", "--no-download", "has not been exported on this machine"),
    ],
)
def test_no_download_names_missing_model(
    model: str, option: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCANPROOF_MODEL_CACHE", str(tmp_path))
    result = correct(model, option)
    assert result.exit_code == ExitCode.FAILED
    assert message in result.stderr.replace("\n", " ")


def test_missing_export_environment_gives_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANPROOF_MODEL_CACHE", str(tmp_path))
    monkeypatch.setenv("SCANPROOF_EXPORT_PYTHON", str(tmp_path / "no-python"))
    result = correct("owner/name")
    assert result.exit_code == ExitCode.FAILED
    assert "docs/models.md" in result.stderr.replace("\n", " ")


def test_unknown_profile_lists_profiles(exported: Path) -> None:
    result = correct(exported, "--profile", "poetic")
    assert result.exit_code == ExitCode.USAGE
    assert "financial" in result.stderr
