"""What has to hold before .NET is started in this process: where it does not, .NET ends the process without a word.

Aspose.OCR brings .NET Core 3.1. That wants OpenSSL 1.1, which current systems no longer have, and ICU, unless it is
told to do without. Both are settled here; the libraries are loaded by full path: no LD_LIBRARY_PATH is needed.
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
    INVARIANT: "1",  # no ICU: Lambda has none, and the versions that .NET Core 3.1 knows are gone elsewhere too
    "COMPlus_EnableDiagnostics": "0",  # no pipes of a debugger in the temporary folder
}
_OPENSSL = ("libcrypto.so.1.1", "libssl.so.1.1")  # in this order: the second needs the first
_LEAST_DISK = 64 * 1024 * 1024  # bytes for logs and what .NET unpacks
_LAYER_LIBRARIES = Path("/opt/lib")
LAYER_RESOURCES = Path("/opt/aspose-resources")


@dataclass(frozen=True)
class Check:
    """One thing that an engine needs: whether it is there, what was found, and how to mend it if not.

    ``optional``: the engine runs without it, and can do less.
    """

    name: str
    ok: bool
    found: str
    mend: str
    optional: bool = False


def checks(environment: Mapping[str, str] = os.environ) -> list[Check]:
    """Everything that has to be there, in the order in which to mend it. Starts nothing but loads OpenSSL 1.1."""
    return [_package(), _openssl(), _globalization(environment), _disk()]


@cache
def prepare() -> None:
    """Sets .NET up for this process; to be called before ``aspose.ocr`` is imported.

    Raises:
        EngineRefusalError: ``aspose_unavailable``, with what is missing and how to mend it.
    """
    failed = next((check for check in checks() if not check.ok), None)
    if failed:
        raise EngineRefusalError(
            "aspose_unavailable", f"Aspose.OCR cannot run here: {failed.name}: {failed.found}.", failed.mend
        )
    os.environ.update(_SETTINGS)


def resources_folder() -> Path:
    """Where models for handwriting, receipts, invoices and further scripts lie, if there are any."""
    named = os.environ.get("ASPOSE_RESOURCES")
    layer = _layer()
    beside = layer / "aspose-resources" if layer else LAYER_RESOURCES
    return Path(named) if named else beside


def _package() -> Check:
    mend = "Build it by `make aspose-layer` and put its python folder on PYTHONPATH (Linux x86_64, CPython up to 3.13)."
    here = f"CPython {sys.version_info.major}.{sys.version_info.minor}"
    folder = _package_folder()
    if folder is None:
        return Check("package", False, "aspose-ocr-python-net is not installed", mend)
    tag = f"cpython-{sys.version_info.major}{sys.version_info.minor}-"
    fits = any(tag in file.name for file in folder.glob("ocr.*.so"))
    return Check("package", fits, f"built for {here}" if fits else f"not built for {here}", mend)


def _openssl() -> Check:
    mend = (
        "Build the layer by `make aspose-layer`, which unpacks Debian 11's libssl1.1, or put both libraries in its lib."
    )
    for name in _OPENSSL:
        problem = _not_loaded(name)
        if problem:
            return Check("OpenSSL 1.1", False, problem, mend)
    return Check("OpenSSL 1.1", True, "loaded", mend)


def _not_loaded(name: str) -> str | None:
    """Why the library cannot be used; None once it is loaded, where .NET finds it by its name."""
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
        f"Set {INVARIANT}=1, or leave it out: without it .NET wants an ICU that is not here.",
    )


def _disk() -> Check:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    mend = "Free some space there, or set TMPDIR; on Lambda, raise EphemeralStorage."
    return Check("disk", free >= _LEAST_DISK and os.access(folder, os.W_OK), f"{free >> 20} MiB free in {folder}", mend)


def _layer() -> Path | None:
    """The folder with ``python`` and ``lib`` in it, of which the package is a part."""
    package = _package_folder()
    return package.parents[1] if package and package.parent.name == "python" else None


@cache
def _package_folder() -> Path | None:
    spec = find_spec("aspose")
    locations = list(spec.submodule_search_locations or []) if spec else []
    return next((Path(place) for place in locations if any(Path(place).glob("ocr.*.so"))), None)
