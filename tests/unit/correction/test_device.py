"""A GPU is used if it works; where it does not, that is said, and the processor does the work."""

from __future__ import annotations

import logging

import onnxruntime  # type: ignore[import-untyped]
import pytest

from scanproof.correction import device
from scanproof.errors import PermanentError


def works() -> str | None:
    return None


def broken() -> str | None:
    return "libcudnn.so.9 is missing"


@pytest.mark.parametrize(
    ("wanted", "obstacle", "used", "fell_back"),
    [
        ("auto", works, "cuda", False),
        ("cuda", works, "cuda", False),
        ("cpu", works, "cpu", False),
        ("auto", broken, "cpu", False),
        ("cuda", broken, "cpu", True),
    ],
)
def test_what_is_used_follows_from_what_is_asked_for_and_what_works(
    wanted: str, obstacle: object, used: str, fell_back: bool
) -> None:
    report = device.describe({"SCANPROOF_DEVICE": wanted}, obstacle)  # type: ignore[arg-type]
    assert (report.used, report.fell_back) == (used, fell_back)
    assert report.onnxruntime == onnxruntime.__version__


def test_a_fall_back_is_a_warning_that_names_the_obstacle(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        device.chosen({"SCANPROOF_DEVICE": "cuda"}, broken)
        device.chosen({}, works)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "libcudnn.so.9" in caplog.text


def test_here_the_report_agrees_with_what_onnxruntime_can_do() -> None:
    report = device.describe({})
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        assert (report.used, report.reason) == ("cpu", "this onnxruntime was built without CUDA")
    assert report.memory_mib > 256
    assert report.processors >= 1


def test_a_provider_that_is_listed_and_does_not_work_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is a CUDA build here")
    listed = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: listed)
    report = device.describe({"SCANPROOF_DEVICE": "cuda"})
    assert report.fell_back
    assert "cannot use CUDA" in report.reason


def test_a_functions_memory_is_what_lambda_says() -> None:
    assert device.memory_mib({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}) == 512


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(PermanentError) as refusal:
        device.describe({"SCANPROOF_DEVICE": "tpu"})
    assert refusal.value.code == "device_unknown"
