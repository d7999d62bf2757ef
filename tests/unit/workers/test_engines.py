"""Engines of a function, and the source of Aspose.OCR's licence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from scanproof.ocr.engine import EngineRefusalError
from scanproof.options import ScanOptions
from scanproof.settings import Settings
from scanproof.workers import engines
from scanproof.workers.engines import aspose_settings, create_engines

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:licence"


def test_settings_name_the_engines() -> None:
    found = create_engines(Settings(ocr_engines=("aspose",)))
    assert not found.has(ScanOptions(engine="rapidocr"))
    assert create_engines(Settings()).has(ScanOptions(engine="rapidocr"))


def test_missing_licence_is_refused_trial() -> None:
    settings = aspose_settings(Settings.from_environment({"ASPOSE_LICENCE_ARN": ""}))
    assert settings.read_licence is None
    assert not settings.show_trial


def test_licence_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "licence.xml"
    read = aspose_settings(Settings(aspose_licence_file=file)).read_licence
    assert read is not None
    with pytest.raises(EngineRefusalError, match=r"licence\.xml"):
        read()
    file.write_text("\N{ZERO WIDTH NO-BREAK SPACE}<License>", encoding="utf-8")
    assert read() == "<License>"


def test_denied_secret_is_named_throttled_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "AccessDeniedException"

    def refuse(name: str, **_: Any) -> str:
        raise GetParameterError(f"An error occurred ({code})")

    monkeypatch.setattr(engines, "get_secret", refuse)
    read = aspose_settings(Settings(aspose_licence_arn=ARN)).read_licence
    assert read is not None
    with pytest.raises(EngineRefusalError, match=ARN):
        read()
    code = "ThrottlingException"
    with pytest.raises(GetParameterError):
        read()
