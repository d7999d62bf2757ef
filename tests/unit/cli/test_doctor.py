"""What the doctor finds missing, each caused, and how it says to mend it. A stand-in lies where Aspose.OCR would."""

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
    """What it says about Aspose.OCR: whether it can run, and each check by its name."""
    result = CliRunner().invoke(main, ["doctor", "--json"], env={"ASPOSE_LICENCE_ARN": "", **environment})
    found: dict[str, Any] = json.loads(result.stdout)["engines"]["aspose"]
    return {"usable": found["usable"], **{check["name"]: check for check in found["checks"]}}


@pytest.fixture(autouse=True)
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer with everything that is looked at."""
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


def test_with_everything_there_it_can_run_and_a_licence_is_the_only_thing_to_wish_for() -> None:
    found = diagnosis()
    assert found.pop("usable")
    assert [name for name, check in found.items() if not check["ok"]] == ["licence"]
    assert "AsposeLicenceArn" in found["licence"]["mend"]


def test_a_layer_for_another_python_is_told(layer: Path) -> None:
    install(layer, "39")
    found = diagnosis()
    assert not found["usable"]
    assert "not built for CPython" in found["package"]["found"]
    assert "make aspose-layer" in found["package"]["mend"]


def test_a_package_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_package_folder", lambda: None)
    found = diagnosis()
    assert not found["usable"]
    assert "not installed" in found["package"]["found"]


def test_openssl_that_is_not_there_is_told_with_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, layer: Path
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(runtime, "_package_folder", lambda: layer / "python" / "aspose")
    monkeypatch.setattr(runtime, "_OPENSSL", ("libcrypto.so.0.0",))  # this machine may have 1.1
    found = diagnosis()
    assert not found["usable"]
    assert str(layer / "lib") in found["OpenSSL 1.1"]["found"]
    assert "libssl1.1" in found["OpenSSL 1.1"]["mend"]


def test_a_setting_that_wants_icu_is_told() -> None:
    found = diagnosis(DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="0")
    assert not found["usable"]
    assert "Set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1" in found["globalization"]["mend"]


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3 << 20))
    found = diagnosis()
    assert not found["usable"]
    assert found["disk"]["found"].startswith("3 MiB free")


@pytest.mark.parametrize(("text", "says"), [(EXPIRED, "expired on 2020-01-31"), ("licence", "no licence file")])
def test_a_licence_that_will_be_refused_is_told_before_a_page_is(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "aspose.lic").write_text(text)
    found = diagnosis(ASPOSE_LICENCE_FILE=str(tmp_path / "aspose.lic"))
    assert not found["usable"]
    assert says in found["licence"]["found"]


def test_resources_that_are_missing_take_nothing_but_their_modes_away(tmp_path: Path) -> None:
    found = diagnosis(ASPOSE_RESOURCES=str(tmp_path / "nowhere"))
    assert found["usable"]
    assert not found["resources"]["ok"]
    assert health.ADVANCED in found["resources"]["mend"]


def test_rapidocr_without_a_package_is_told_and_with_no_engine_left_the_command_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "find_spec", lambda name: None)
    monkeypatch.setattr(runtime, "_package_folder", lambda: None)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == ExitCode.FAILED
    assert "rapidocr: cannot run" in result.stdout
    assert "missing: rapidocr, onnxruntime, cv2" in result.stdout
    assert "make demo" in result.stdout
