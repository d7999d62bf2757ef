"""Causes every failure of Aspose.OCR, each in a process of its own, because .NET starts once per process."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devstack import PROJECT_ROOT

EXPIRED = "<License><Data><LicenseExpiry>20200131</LicenseExpiry></Data><Signature>x</Signature></License>"
FORGED = "<License><Data><LicenseExpiry>20990131</LicenseExpiry></Data><Signature>x</Signature></License>"


def run(
    layer: Path,
    options: dict[str, Any],
    folder: Path,
    limit_bytes: int | None = None,
    working_folder: Path | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Runs the engine with the least environment that Lambda sets."""
    scratch, task = folder / "tmp", working_folder or folder / "task"
    scratch.mkdir(exist_ok=True)
    task.mkdir(exist_ok=True)
    libraries = [layer / "python", PROJECT_ROOT / "layers" / "scanproof"]
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run_engine.py")), json.dumps(options)],
        cwd=task,
        env={"PYTHONPATH": ":".join(map(str, libraries)), "HOME": str(scratch), "TMPDIR": str(scratch), **environment},
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes)))
        if limit_bytes
        else None,
    )


def outcome(
    layer: Path, options: dict[str, Any], folder: Path, working_folder: Path | None = None, **environment: str
) -> dict[str, Any]:
    answer = run(layer, options, folder, None, working_folder, **environment)
    assert answer.returncode == 0, answer.stderr
    result: dict[str, Any] = json.loads(answer.stdout)
    return result


def test_trial_leaves_no_files(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"show": True, "language": "en"}, tmp_path)
    assert result["text"][0].startswith("Binding")
    assert not any("Trial" in line for line in result["text"])
    assert result["flags"] == ["truncated"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_trial_is_refused_by_default(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {}, tmp_path)
    assert result["code"] == "aspose_trial"
    assert "AsposeLicenceArn" in result["next_step"]


def test_missing_openssl_is_refused(layer: Path, tmp_path: Path) -> None:
    bare = tmp_path / "layer"
    (bare / "python").mkdir(parents=True)
    for entry in (layer / "python").iterdir():
        (bare / "python" / entry.name).symlink_to(entry)
    result = outcome(bare, {}, tmp_path)
    assert result["code"] == "aspose_unavailable"
    assert "libcrypto.so.1.1" in result["message"]


def test_icu_setting_is_refused(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {}, tmp_path, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="0")
    assert result["code"] == "aspose_unavailable"
    assert "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1" in result["next_step"]


def test_unchecked_icu_setting_aborts_process(layer: Path, tmp_path: Path) -> None:
    """FailFast raises no exception that could be caught, hence the check. The queue retries such an invocation."""
    answer = run(layer, {"unchecked": True}, tmp_path, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="0")
    assert answer.returncode == -signal.SIGABRT
    assert answer.stdout == ""


def test_read_only_working_folder_suffices(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"show": True}, tmp_path, unwritable_folder(tmp_path))
    assert result["text"][0].startswith("Binding")


def unwritable_folder(folder: Path) -> Path:
    """Like Lambda's /var/task. Root may write in spite of modes, but nobody can create a file in /proc."""
    task = folder / "read-only"
    task.mkdir(mode=0o555)
    task = Path("/proc") if os.access(task, os.W_OK) else task
    with pytest.raises(OSError, match="file"):
        (task / "file").touch()
    return task


@pytest.mark.parametrize("options", [{"handwritten": True}, {"layout": "receipt"}, {"layout": "invoice"}])
def test_missing_mode_resource_is_named(layer: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    result = outcome(layer, options, tmp_path, ASPOSE_RESOURCES=str(tmp_path))
    assert result["code"] == "aspose_resource_missing"
    assert "aspose-ocr-advanced-recognition-v1.ocr" in result["message"]


def test_missing_script_resource_is_named(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"language": "ru"}, tmp_path, ASPOSE_RESOURCES=str(tmp_path))
    assert result["code"] == "aspose_resource_missing"
    assert "cyrillic" in result["message"]


@pytest.mark.parametrize(
    ("licence", "code"),
    [
        (EXPIRED, "aspose_licence_expired"),
        ("no licence at all", "aspose_licence_malformed"),
        ('{"metered_public_key": "x"}', "aspose_licence_malformed"),
        (FORGED, "aspose_licence_refused"),
        ('{"metered_public_key": "x", "metered_private_key": "y"}', "aspose_licence_refused"),
    ],
)
def test_invalid_licence_is_refused(layer: Path, tmp_path: Path, licence: str, code: str) -> None:
    result = outcome(layer, {"licence": licence}, tmp_path)
    assert result["code"] == code
    assert licence not in result["message"]


def test_corrupt_image_reports_dotnet_message(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"corrupt": True, "show": True}, tmp_path)
    assert result["code"] == "aspose_failed"
    assert len(result["message"]) > len("Aspose.OCR could not read the page: ")


def test_one_pixel_image_is_survived(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"size": [1, 1], "show": True}, tmp_path)
    assert result.get("code") == "aspose_failed" or result["text"] == []


def test_too_little_memory_aborts_process(layer: Path, tmp_path: Path) -> None:
    answer = run(layer, {"show": True}, tmp_path, limit_bytes=600 << 20)
    assert answer.returncode != 0
    assert answer.stdout == ""
