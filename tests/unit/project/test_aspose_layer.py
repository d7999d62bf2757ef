"""How the layer for Aspose.OCR is built, with stand-ins for what is large: each step says what it did not find."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

LAYER = PROJECT_ROOT / "layers" / "aspose"
ADVANCED = "aspose-ocr-advanced-recognition-v1.ocr"
HERE = f"{sys.version_info.major}{sys.version_info.minor}"


def run(command: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    start = [sys.executable] if command.endswith(".py") else []
    return subprocess.run(
        [*start, str(LAYER / command), *map(str, arguments)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A layer with extensions of this CPython and another, and a downloader that finds no network."""
    package = tmp_path / "layer" / "python" / "aspose"
    package.mkdir(parents=True)
    for version in (HERE, "39"):
        (package / f"ocr.cpython-{version}-x86_64-linux-gnu.so").write_bytes(b"\0")
    (package / "onnxruntime.dll").write_bytes(b"\0")
    (package / "ocr.py").write_text(
        "class Resources:\n"
        "    set_local_path = staticmethod(lambda folder: None)\n"
        "    @staticmethod\n"
        "    def fetch_resource(name):\n"
        "        raise RuntimeError('Name or service not known')\n"
    )
    return tmp_path / "layer"


def test_layer_keeps_one_cpythons_code(built: Path) -> None:
    assert run("prune.py", built, f"{HERE[0]}.{HERE[1:]}").returncode == 0
    left = sorted(path.name for path in built.rglob("*") if path.is_file())
    assert left == [f"ocr.cpython-{HERE}-x86_64-linux-gnu.so", "ocr.py"]


def test_unknown_cpython_stops_the_build(built: Path) -> None:
    answer = run("prune.py", built, "3.14")
    assert answer.returncode != 0
    assert "no extension for CPython 3.14" in answer.stderr
    assert list(built.rglob("ocr.cpython-*.so"))


def test_other_openssl_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.deb").write_bytes(b"!<arch>\n")
    answer = run("openssl.sh", tmp_path, LIBSSL11_DEB=str(tmp_path / "other.deb"))
    assert answer.returncode == 1
    assert "checksum" in answer.stderr
    assert "LIBSSL11_DEB=FILE" in answer.stderr
    assert not list(tmp_path.glob("*.so*"))


def test_missing_apt_names_openssl_source(tmp_path: Path) -> None:
    for tool in ("bash", "mktemp", "rm"):
        (tmp_path / tool).symlink_to(next(Path(p) / tool for p in os.get_exec_path() if (Path(p) / tool).exists()))
    answer = run("openssl.sh", tmp_path, PATH=str(tmp_path))
    assert answer.returncode == 1
    assert "no apt" in answer.stderr
    assert "libssl1.1_1.1.1w-0+deb11u1_amd64.deb" in answer.stderr


def test_offline_build_omits_resources(built: Path) -> None:
    run("prune.py", built, f"{HERE[0]}.{HERE[1:]}")
    answer = run("resources.py", built, "fetch")
    assert answer.returncode == 0
    assert f"{ADVANCED} could not be fetched" in answer.stderr
    assert "handwriting, receipt and invoice modes are unavailable" in answer.stdout


def test_resources_come_from_a_folder(built: Path, tmp_path: Path) -> None:
    (tmp_path / ADVANCED).write_bytes(b"model")
    (tmp_path / "notes.txt").write_text("not a resource")
    answer = run("resources.py", built, tmp_path)
    assert answer.stdout == f"aspose layer: resources: {ADVANCED}\n"
    assert [path.name for path in (built / "aspose-resources").iterdir()] == [ADVANCED]


@pytest.mark.parametrize(
    ("megabytes", "beside", "fits"), [(157, 0, True), (158, 0, False), (170, 92, True), (170, 93, False)]
)
def test_oversized_layer_stops_the_build(tmp_path: Path, megabytes: int, beside: int, fits: bool) -> None:
    for name, size in (("layer", megabytes), ("function", beside)):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "file").open("wb") as file:
            file.truncate(size * 1_000_000)  # a hole: it takes no space
    folders = [tmp_path / "layer", *([tmp_path / "function"] if beside else [])]
    answer = run("size_gate.py", *folders)
    assert (answer.returncode == 0) == fits
    assert f"{megabytes + beside:.1f} MB unzipped, of" in answer.stdout
    assert ("too large for Lambda" in answer.stderr) != fits
