"""The model folder is found, and a folder without a valid model is refused."""

import shutil
from pathlib import Path

import pytest

from scanproof.correction.fast.corrector import load_fast
from scanproof.correction.fast.model_folder import default_folder
from scanproof.errors import PermanentError


def test_variable_names_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCANPROOF_FAST_MODEL", str(tmp_path))
    assert default_folder() == tmp_path


def test_checkout_has_bundled_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCANPROOF_FAST_MODEL", raising=False)
    assert (default_folder() / "reranker.json").is_file()


def test_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=str(tmp_path)) as refused:
        load_fast(tmp_path)
    assert refused.value.code == "model_missing"


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fast"
    shutil.copytree(default_folder(), folder)
    weights = folder / "onnx" / "cpu" / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(PermanentError) as refused:
        load_fast(folder)
    assert refused.value.code == "model_altered"


def test_invalid_reranker_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fast"
    shutil.copytree(default_folder(), folder)
    (folder / "reranker.json").write_text('{"kinds": {"letters": {"doubt": 2}}}')
    with pytest.raises(PermanentError) as refused:
        load_fast(folder)
    assert refused.value.code == "reranker_invalid"
