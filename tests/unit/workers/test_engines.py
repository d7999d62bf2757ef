"""Which engines a function has, and where the licence comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from scanproof.ocr.engine import EngineRefusalError
from scanproof.options import ScanOptions
from scanproof.workers import engines
from scanproof.workers.engines import aspose_settings, engines_from_environment

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:licence"


def test_a_function_has_the_engines_that_its_environment_names() -> None:
    found = engines_from_environment({"OCR_ENGINES": "aspose"})
    assert not found.has(ScanOptions(engine="rapidocr"))
    assert engines_from_environment({}).has(ScanOptions(engine="rapidocr"))


def test_without_a_licence_it_is_a_trial_that_is_refused() -> None:
    settings = aspose_settings({"ASPOSE_LICENCE_ARN": ""})
    assert settings.read_licence is None
    assert not settings.show_trial


def test_a_licence_file_is_read_whenever_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "licence.xml"
    read = aspose_settings({"ASPOSE_LICENCE_FILE": str(file)}).read_licence
    assert read is not None
    with pytest.raises(EngineRefusalError, match=r"licence\.xml"):
        read()
    file.write_text("\N{ZERO WIDTH NO-BREAK SPACE}<License>", encoding="utf-8")
    assert read() == "<License>"


def test_a_secret_that_may_not_be_read_is_named_and_a_throttled_one_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says = "AccessDeniedException"

    def refuse(name: str, **_: Any) -> str:
        raise GetParameterError(f"An error occurred ({says})")

    monkeypatch.setattr(engines, "get_secret", refuse)
    read = aspose_settings({"ASPOSE_LICENCE_ARN": ARN}).read_licence
    assert read is not None
    with pytest.raises(EngineRefusalError, match=ARN):
        read()
    says = "ThrottlingException"
    with pytest.raises(GetParameterError):
        read()
