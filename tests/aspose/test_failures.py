"""Every way in which Aspose.OCR fails, caused for real, each in a process of its own: .NET starts once per process."""

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
    """With nothing in the environment but what Lambda would set for a function that forgot everything."""
    scratch, task = folder / "tmp", working_folder or folder / "task"
    scratch.mkdir(exist_ok=True)
    task.mkdir(exist_ok=True)
    libraries = [layer / "python", PROJECT_ROOT / "layers" / "scanproof"]
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("failing.py")), json.dumps(options)],
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


def test_a_trial_reads_the_beginning_and_leaves_no_file_anywhere(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"show": True, "language": "en"}, tmp_path)
    assert result["text"][0].startswith("Binding")
    assert not any("Trial" in line for line in result["text"])
    assert result["flags"] == ["truncated"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_trial_is_refused_where_nobody_asked_to_see_it(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {}, tmp_path)
    assert result["code"] == "aspose_trial"
    assert "AsposeLicenceArn" in result["next_step"]


def test_without_openssl_1_1_it_says_so_before_dotnet_ends_the_process(layer: Path, tmp_path: Path) -> None:
    bare = tmp_path / "layer"
    (bare / "python").mkdir(parents=True)
    for entry in (layer / "python").iterdir():
        (bare / "python" / entry.name).symlink_to(entry)
    result = outcome(bare, {}, tmp_path)
    assert result["code"] == "aspose_unavailable"
    assert "libcrypto.so.1.1" in result["message"]


def test_an_environment_that_wants_icu_is_refused(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {}, tmp_path, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="0")
    assert result["code"] == "aspose_unavailable"
    assert "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1" in result["next_step"]


def test_without_that_check_dotnet_ends_the_process(layer: Path, tmp_path: Path) -> None:
    """Why it is checked: FailFast is no exception that could be caught. The queue retries such an invocation."""
    answer = run(layer, {"unchecked": True}, tmp_path, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="0")
    assert answer.returncode == -signal.SIGABRT
    assert answer.stdout == ""


def test_a_working_folder_where_nothing_can_be_written_is_enough(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"show": True}, tmp_path, unwritable_folder(tmp_path))
    assert result["text"][0].startswith("Binding")


def unwritable_folder(folder: Path) -> Path:
    """As Lambda's /var/task; root may write wherever modes forbid it, but nobody creates a file in /proc."""
    task = folder / "read-only"
    task.mkdir(mode=0o555)
    task = Path("/proc") if os.access(task, os.W_OK) else task
    with pytest.raises(OSError, match="file"):
        (task / "file").touch()
    return task


@pytest.mark.parametrize("asked", [{"handwritten": True}, {"layout": "receipt"}, {"layout": "invoice"}])
def test_a_mode_whose_resource_is_missing_fails_by_its_name(layer: Path, tmp_path: Path, asked: dict[str, Any]) -> None:
    result = outcome(layer, asked, tmp_path, ASPOSE_RESOURCES=str(tmp_path))
    assert result["code"] == "aspose_resource_missing"
    assert "aspose-ocr-advanced-recognition-v1.ocr" in result["message"]


def test_a_script_whose_resource_is_missing_fails_by_its_name(layer: Path, tmp_path: Path) -> None:
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
def test_a_licence_that_is_none_is_refused(layer: Path, tmp_path: Path, licence: str, code: str) -> None:
    result = outcome(layer, {"licence": licence}, tmp_path)
    assert result["code"] == code
    assert licence not in result["message"]


def test_an_image_that_it_cannot_open_fails_in_its_own_words(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"corrupt": True, "show": True}, tmp_path)
    assert result["code"] == "aspose_failed"
    assert len(result["message"]) > len("Aspose.OCR could not read the page: ")


def test_an_image_of_one_pixel_ends_nothing(layer: Path, tmp_path: Path) -> None:
    result = outcome(layer, {"size": [1, 1], "show": True}, tmp_path)
    assert result.get("code") == "aspose_failed" or result["text"] == []


def test_too_little_memory_ends_the_process_and_not_by_a_wrong_answer(layer: Path, tmp_path: Path) -> None:
    answer = run(layer, {"show": True}, tmp_path, limit_bytes=600 << 20)
    assert answer.returncode != 0
    assert answer.stdout == ""
