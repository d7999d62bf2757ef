"""Finds an exported model on this machine, or exports it once into the cache."""

from __future__ import annotations

import os
import subprocess  # the exporter lives in an environment of its own, so it is called, not imported
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from scanproof.checkout import require_checkout
from scanproof.correction.models.folder import open_model
from scanproof.correction.models.manifest import FILE_NAME, Device, Precision
from scanproof.correction.models.presets import PRESETS, preset_of
from scanproof.errors import PermanentError, TransientError
from scanproof.settings import Settings

_CHECK_OPTION = "Check what --model (in Python: model) names."
_TRY_AGAIN = 4  # model_export's exit code for no network

Run = Callable[[Sequence[str], Path], int]


def cache_folder(settings: Settings | None = None) -> Path:
    """Returns the cache: ``SCANPROOF_MODEL_CACHE``, else ``scanproof/models`` in the user's cache folder (XDG)."""
    settings = settings or Settings.from_environment()
    return settings.model_cache or (settings.cache_home or Path.home() / ".cache") / "scanproof" / "models"


def cache_path(model: str, device: Device, precision: Precision, cache: Path, revision: str | None = None) -> Path:
    """Returns the cache's folder for one model, revision, precision and device.

    A local folder or GGUF file is identified by sizes and times, so that a retrained model is exported again.
    """
    if Path(model).exists():
        return cache / f"local--{Path(model).resolve().name}@{_fingerprint(Path(model))}-{precision}" / device
    preset = preset_of(model)
    name = (preset.source if preset else model).replace("/", "--")
    pinned = revision or (preset.revision if preset else None) or "newest"
    return cache / f"{name}@{pinned[:12]}-{precision}" / device


def prepare_model(
    model: str,
    device: Device = "cpu",
    precision: Precision = "int8",
    *,
    revision: str | None = None,
    download: bool = True,
    accept_licence: bool = False,
    cache: Path | None = None,
    run: Run | None = None,
) -> Path:
    """Returns the folder of an exported, unaltered model; exports it into the cache first if needed.

    The export shows its own progress on standard error.

    Args:
        model: an exported folder, a folder in Hub layout, a GGUF file, a preset or a Hub id.
        download: False uses only what is on this machine.

    Raises:
        PermanentError: ``model_altered`` and the others of `open_model`, ``model_unknown``, ``model_not_local``,
            ``export_failed``, ``export_environment_missing``.
        TransientError: the Hub could not be reached.
    """
    if exported := exported_folder(Path(model), device):
        open_model(exported)
        return exported
    _check_name(model)
    place = cache_path(model, device, precision, cache or cache_folder(), revision)
    if (place / FILE_NAME).is_file():
        open_model(place)
        return place
    local = Path(model).exists()
    if not download and not local:
        message = f"{model} has not been exported on this machine, and downloading was switched off."
        raise PermanentError("model_not_local", message, "Run once without --no-download, or give an exported folder.")
    wanted = str(Path(model).resolve()) if local else model
    command = [str(export_python()), "-m", "model_export", wanted, str(place.parent.resolve())]
    command += ["--device", device, "--precision", precision]
    command += ["--revision", revision] if revision else []
    command += ["--accept-licence"] if accept_licence else []
    code = (run or _run)(command + ([] if download else ["--offline"]), require_checkout("Exporting a model"))
    if code == _TRY_AGAIN:
        raise TransientError(f"{model} could not be downloaded: the Hub could not be reached.")
    if code:
        message = f"{model} could not be exported (exit code {code}); the exporter's last message says why."
        raise PermanentError("export_failed", message, "Do what that message says, then run again.")
    open_model(place)
    return place


def exported_folder(folder: Path, device: Device) -> Path | None:
    """Returns `folder`, or its subfolder exported for `device`, else for the other device; None without an export.

    A model also runs on the device that it was not exported for, only slower.
    """
    others: tuple[Device, ...] = ("cpu", "cuda")
    places = (folder, folder / device, *(folder / other for other in others))
    return next((place for place in places if (place / FILE_NAME).is_file()), None)


def _check_name(model: str) -> None:
    if Path(model).exists() or preset_of(model):
        return
    if model.startswith((".", "~")) or Path(model).is_absolute() or model.lower().endswith(".gguf"):
        raise PermanentError("model_missing", f"There is no folder or file {model}.", _CHECK_OPTION)
    if model.count("/") != 1:
        presets = ", ".join(PRESETS)
        message = (
            f"{model!r} is neither a folder, nor a GGUF file, nor a Hub id (owner/name), nor a preset ({presets})."
        )
        raise PermanentError("model_unknown", message, _CHECK_OPTION)


def _fingerprint(place: Path) -> str:
    files = [place] if place.is_file() else [path for path in sorted(place.iterdir()) if path.is_file()]
    described = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return sha256(repr(described).encode()).hexdigest()[:12]


def export_python(settings: Settings | None = None) -> Path:
    """Returns the export environment's interpreter: ``SCANPROOF_EXPORT_PYTHON``, else the checkout's .venv-export.

    Raises:
        PermanentError: ``export_environment_missing``, ``checkout_missing``.
    """
    inside = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")
    root = require_checkout("Exporting a model")
    settings = settings or Settings.from_environment()
    python = settings.export_python or root / ".venv-export" / inside
    if python.is_file():
        return python
    raise PermanentError(
        "export_environment_missing",
        f"There is no export environment at {python}.",
        "Make one as docs/models.md says, or set SCANPROOF_EXPORT_PYTHON; "
        "or export on another machine and give the folder.",
    )


def _run(command: Sequence[str], directory: Path) -> int:
    path = os.pathsep.join(filter(None, [str(directory / "layers" / "scanproof"), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path}
    # Its report goes to standard error too: standard output is for the corrected text.
    return subprocess.run(command, cwd=directory, env=environment, stdout=2, check=False).returncode
