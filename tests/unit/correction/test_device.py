"""Selection of the device."""

from __future__ import annotations

import logging

import onnxruntime  # type: ignore[import-untyped]
import pytest

from scanproof.correction import device
from scanproof.settings import Settings


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
def test_device_follows_request_and_obstacle(wanted: str, obstacle: object, used: str, fell_back: bool) -> None:
    report = device.describe(Settings(device=wanted), obstacle)  # type: ignore[arg-type]
    assert (report.used, report.fell_back) == (used, fell_back)
    assert report.onnxruntime == onnxruntime.__version__


def test_fallback_warning_names_the_obstacle(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        device.select_device(Settings(device="cuda"), broken)
        device.select_device(Settings(), works)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "libcudnn.so.9" in caplog.text


def test_report_agrees_with_onnxruntime() -> None:
    report = device.describe(Settings())
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        assert (report.used, report.reason) == ("cpu", "this onnxruntime was built without CUDA")
    assert report.memory_mib > 256
    assert report.processors >= 1


def test_listed_but_broken_provider_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is a CUDA build here")
    listed = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: listed)
    report = device.describe(Settings(device="cuda"))
    assert report.fell_back
    assert "cannot use CUDA" in report.reason


def test_lambda_memory_limits_the_process() -> None:
    assert device.memory_mib(Settings(lambda_memory_mb=512)) == 512
