"""What `scanproof correct --model` does: a model in Hub layout is exported once, in its own environment, then run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

from scanproof.correction.lm.load import load_lm_corrector
from scanproof.correction.models import cache
from scanproof.document import apply_edits
from scanproof.errors import PermanentError


def test_a_model_is_exported_in_its_own_process_once_and_corrects(
    small_model: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(cache.PYTHON_VARIABLE, sys.executable)
    model = str(small_model("gpt2"))
    made = cache.prepare_model(model, "cpu", "fp32", download=False, cache=tmp_path)
    printed = capfd.readouterr()
    assert printed.out == ""  # that is where corrected text goes
    assert "agreement: passed" in printed.err

    def never(_command: Sequence[str], _directory: Path) -> int:
        raise AssertionError("exported twice")

    assert cache.prepare_model(model, "cpu", "fp32", cache=tmp_path, run=never) == made
    corrector = load_lm_corrector(made, threads=1)
    lines = ["Tbe total is 12.50 EUR", "", "Inv0ice"]
    assert [apply_edits(line, found.edits) for line, found in zip(lines, corrector.correct(lines), strict=True)] == [
        found.text for found in corrector.correct(lines)
    ]
    assert all("12.50" in found.text for found in corrector.correct(lines)[:1])
    corrector.close()


def test_a_folder_that_is_no_model_fails_with_the_exporters_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(cache.PYTHON_VARIABLE, sys.executable)
    (tmp_path / "mine").mkdir()
    with pytest.raises(PermanentError) as refusal:
        cache.prepare_model(str(tmp_path / "mine"), cache=tmp_path / "cache")
    assert refusal.value.code == "export_failed"
    assert "holds no weights" in capfd.readouterr().err
    assert not list((tmp_path / "cache").rglob("*.onnx"))
