"""Checks what .NET needs before it starts in this process: with anything missing, .NET would abort the process.

Aspose.OCR contains .NET Core 3.1. It needs OpenSSL 1.1, which current systems no longer have, and ICU, unless it runs
in invariant mode. This module loads OpenSSL by full path, so LD_LIBRARY_PATH is not needed, and sets invariant mode.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from scanproof.ocr.engine import EngineRefusalError

INVARIANT = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"
_SETTINGS = {
    INVARIANT: "1",  # no ICU: Lambda has none, and current systems lack the versions that .NET Core 3.1 supports
    "COMPlus_EnableDiagnostics": "0",  # no debugger pipes in the temporary folder
}
_OPENSSL = ("libcrypto.so.1.1", "libssl.so.1.1")  # in this order: the second needs the first
_MIN_DISK = 64 * 1024 * 1024  # bytes for logs and files that .NET unpacks
_LAYER_LIBRARIES = Path("/opt/lib")
LAYER_RESOURCES = Path("/opt/aspose-resources")


@dataclass(frozen=True)
class Check:
    """One requirement of an engine.

    Attributes:
        name: of the requirement.
        ok: whether it is met.
        found: what was found.
        next_step: how to fix it.
        optional: whether the engine runs without it, with fewer features.
    """

    name: str
    ok: bool
    found: str
    next_step: str
    optional: bool = False


def runtime_checks(environment: Mapping[str, str] = os.environ) -> list[Check]:
    """Checks everything that .NET needs, in the order in which to fix it. Loads OpenSSL 1.1; does not start .NET."""
    return [_package(), _openssl(), _globalization(environment), _disk()]


@cache
def prepare() -> None:
    """Prepares this process for .NET; must be called before ``aspose.ocr`` is imported.

    Raises:
        EngineRefusalError: ``aspose_unavailable``, with what is missing and how to fix it.
    """
    failed = next((check for check in runtime_checks() if not check.ok), None)
    if failed:
        raise EngineRefusalError(
            "aspose_unavailable", f"Aspose.OCR cannot run here: {failed.name}: {failed.found}.", failed.next_step
        )
    os.environ.update(_SETTINGS)


def resources_folder() -> Path:
    """Returns the folder for models of handwriting, receipts, invoices and further scripts."""
    configured = os.environ.get("ASPOSE_RESOURCES")
    layer = _layer()
    default = layer / "aspose-resources" if layer else LAYER_RESOURCES
    return Path(configured) if configured else default


def _package() -> Check:
    fix = "Run `make aspose-layer` and put the layer's python folder on PYTHONPATH (Linux x86_64, CPython up to 3.13)."
    interpreter = f"CPython {sys.version_info.major}.{sys.version_info.minor}"
    folder = _package_folder()
    if folder is None:
        return Check("package", False, "aspose-ocr-python-net is not installed", fix)
    tag = f"cpython-{sys.version_info.major}{sys.version_info.minor}-"
    fits = any(tag in file.name for file in folder.glob("ocr.*.so"))
    return Check("package", fits, f"built for {interpreter}" if fits else f"not built for {interpreter}", fix)


def _openssl() -> Check:
    fix = "Run `make aspose-layer`, which unpacks Debian 11's libssl1.1, or put both libraries in the layer's lib."
    for name in _OPENSSL:
        problem = _not_loaded(name)
        if problem:
            return Check("OpenSSL 1.1", False, problem, fix)
    return Check("OpenSSL 1.1", True, "loaded", fix)


def _not_loaded(name: str) -> str | None:
    """Loads the library, so that .NET finds it by its name; returns why that failed, else None."""
    layer = _layer()
    folders = [folder for folder in (layer / "lib" if layer else None, _LAYER_LIBRARIES) if folder]
    places = [name, *(str(folder / name) for folder in folders)]
    for place in places:
        try:
            ctypes.CDLL(place, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return None
    return f"{name} is neither on the library path nor in {' or '.join(str(folder) for folder in folders)}"


def _globalization(environment: Mapping[str, str]) -> Check:
    value = environment.get(INVARIANT, "1")
    return Check(
        "globalization",
        value.lower() in ("1", "true"),
        f"{INVARIANT}={value}",
        f"Set {INVARIANT}=1, or leave it unset: otherwise .NET needs an ICU that is not installed.",
    )


def _disk() -> Check:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    fix = "Free some space there, or set TMPDIR; on Lambda, raise EphemeralStorage."
    return Check("disk", free >= _MIN_DISK and os.access(folder, os.W_OK), f"{free >> 20} MiB free in {folder}", fix)


def _layer() -> Path | None:
    """Returns the layer's folder, which contains ``python`` and ``lib``, if the package is part of a layer."""
    package = _package_folder()
    return package.parents[1] if package and package.parent.name == "python" else None


@cache
def _package_folder() -> Path | None:
    spec = find_spec("aspose")
    locations = list(spec.submodule_search_locations or []) if spec else []
    return next((Path(place) for place in locations if any(Path(place).glob("ocr.*.so"))), None)
