"""`scanproof correct --model` exports a model in Hub layout once, in the export environment, then runs it."""

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


def test_model_is_exported_once(
    small_model: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SCANPROOF_EXPORT_PYTHON", sys.executable)
    model = str(small_model("gpt2"))
    folder = cache.prepare_model(model, "cpu", "fp32", download=False, cache=tmp_path)
    printed = capfd.readouterr()
    assert printed.out == ""  # reserved for corrected text
    assert "agreement: passed" in printed.err

    def fail(_command: Sequence[str], _directory: Path) -> int:
        raise AssertionError("exported twice")

    assert cache.prepare_model(model, "cpu", "fp32", cache=tmp_path, run=fail) == folder
    corrector = load_lm_corrector(folder, threads=1)
    lines = ["Tbe total is 12.50 EUR", "", "Inv0ice"]
    assert [apply_edits(line, found.edits) for line, found in zip(lines, corrector.correct(lines), strict=True)] == [
        found.text for found in corrector.correct(lines)
    ]
    assert all("12.50" in found.text for found in corrector.correct(lines)[:1])
    corrector.close()


def test_invalid_model_reports_exporter_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCANPROOF_EXPORT_PYTHON", sys.executable)
    (tmp_path / "mine").mkdir()
    with pytest.raises(PermanentError) as error:
        cache.prepare_model(str(tmp_path / "mine"), cache=tmp_path / "cache")
    assert error.value.code == "export_failed"
    assert "has no weights" in capfd.readouterr().err
    assert not list((tmp_path / "cache").rglob("*.onnx"))
