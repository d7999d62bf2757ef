"""Checks of the doctor, each made to fail, with their remedies; empty files stand in for Aspose.OCR."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from scanproof.cli.console import ExitCode
from scanproof.cli.main import main
from scanproof.ocr import health
from scanproof.ocr.aspose import runtime

EXPIRED = "<License><Data><LicenseExpiry>20200131</LicenseExpiry></Data></License>"
THIS_PYTHON = f"{sys.version_info.major}{sys.version_info.minor}"


def diagnosis(**environment: str) -> dict[str, Any]:
    """The report on Aspose.OCR: whether it can run, and each check by its name."""
    result = CliRunner().invoke(main, ["doctor", "--json"], env={"ASPOSE_LICENCE_ARN": "", **environment})
    found: dict[str, Any] = json.loads(result.stdout)["engines"]["aspose"]
    return {"usable": found["usable"], **{check["name"]: check for check in found["checks"]}}


@pytest.fixture(autouse=True)
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer with everything that is checked."""
    built = tmp_path / "layer"
    resources = built / "aspose-resources"
    resources.mkdir(parents=True)
    (resources / health.ADVANCED).touch()
    package = install(built, THIS_PYTHON)
    monkeypatch.setattr(runtime, "_package_folder", lambda: package)
    monkeypatch.setattr(runtime, "_not_loaded", lambda name: None)
    monkeypatch.delenv("ASPOSE_RESOURCES", raising=False)
    monkeypatch.delenv("ASPOSE_LICENCE_FILE", raising=False)
    return built


def install(built: Path, python: str) -> Path:
    package = built / "python" / "aspose"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    (package / f"ocr.cpython-{python}-x86_64-linux-gnu.so").touch()
    return package


def test_complete_layer_lacks_only_licence() -> None:
    found = diagnosis()
    assert found.pop("usable")
    assert [name for name, check in found.items() if not check["ok"]] == ["licence"]
    assert "AsposeLicenceArn" in found["licence"]["next_step"]


def test_layer_for_other_python_fails(layer: Path) -> None:
    install(layer, "39")
    found = diagnosis()
    assert not found["usable"]
    assert "not built for CPython" in found["package"]["found"]
    assert "make aspose-layer" in found["package"]["next_step"]


def test_missing_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_package_folder", lambda: None)
    found = diagnosis()
    assert not found["usable"]
    assert "not installed" in found["package"]["found"]


def test_missing_openssl_names_searched_folder(monkeypatch: pytest.MonkeyPatch, layer: Path) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(runtime, "_package_folder", lambda: layer / "python" / "aspose")
    monkeypatch.setattr(runtime, "_OPENSSL", ("libcrypto.so.0.0",))  # this machine may have 1.1
    found = diagnosis()
    assert not found["usable"]
    assert str(layer / "lib") in found["OpenSSL 1.1"]["found"]
    assert "libssl1.1" in found["OpenSSL 1.1"]["next_step"]


def test_icu_globalization_fails() -> None:
    found = diagnosis(DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="0")
    assert not found["usable"]
    assert "Set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1" in found["globalization"]["next_step"]


def test_full_disk_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3 << 20))
    found = diagnosis()
    assert not found["usable"]
    assert found["disk"]["found"].startswith("3 MiB free")


@pytest.mark.parametrize(("text", "message"), [(EXPIRED, "expired on 2020-01-31"), ("licence", "no licence file")])
def test_invalid_licence_fails(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "aspose.lic").write_text(text)
    found = diagnosis(ASPOSE_LICENCE_FILE=str(tmp_path / "aspose.lic"))
    assert not found["usable"]
    assert message in found["licence"]["found"]


def test_missing_resources_are_optional(tmp_path: Path) -> None:
    found = diagnosis(ASPOSE_RESOURCES=str(tmp_path / "nowhere"))
    assert found["usable"]
    assert not found["resources"]["ok"]
    assert health.ADVANCED in found["resources"]["next_step"]


def test_no_usable_engine_exits_with_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "find_spec", lambda name: None)
    monkeypatch.setattr(runtime, "_package_folder", lambda: None)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == ExitCode.FAILED
    assert "rapidocr: cannot run" in result.stdout
    assert "missing: rapidocr, onnxruntime, cv2" in result.stdout
    assert "make demo" in result.stdout
