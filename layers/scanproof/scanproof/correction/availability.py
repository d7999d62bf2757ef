"""Which correctors a deployment has, and whether it has what an upload asks for."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanproof.correction.base import CorrectedLine, Corrector
from scanproof.correction.models.cache import exported_folder
from scanproof.correction.models.folder import read_manifest
from scanproof.errors import PermanentError, TransientError
from scanproof.options import ScanOptions

ACCURATE_VARIABLE = "SCANPROOF_ACCURATE_MODEL"
DEPLOYED_MODEL_VARIABLE = "CORRECT_MODEL"  # tells the functions that have no models of their own

_log = logging.getLogger(__name__)


def accurate_folders(environment: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """The exported language models of this deployment by name, the default first.

    ``SCANPROOF_ACCURATE_MODEL`` is a folder that an export made, or several, separated as in PATH. One that holds no
    export is passed over: an image built with the fast corrector alone has an empty one.
    """
    folders = [Path(part) for part in environment.get(ACCURATE_VARIABLE, "").split(os.pathsep) if part]
    return {read_manifest(found).name: folder for folder in folders if (found := exported_folder(folder, "cpu"))}


def check_corrector(options: ScanOptions, environment: Mapping[str, str] = os.environ) -> None:
    """Refuses what this deployment cannot do before any work is spent on it.

    Raises:
        PermanentError: ``corrector_unavailable`` or ``model_unavailable``.
    """
    models = {*accurate_folders(environment), environment.get(DEPLOYED_MODEL_VARIABLE, "")} - {"", "fast"}
    if options.corrector in ("accurate", "fast+accurate") and not models:
        raise PermanentError(
            "corrector_unavailable",
            f"The corrector {options.corrector!r} is not part of this deployment.",
            "Ask for 'fast', or leave the option out.",
        )
    if options.model is not None and options.model not in {"fast", *models}:
        raise PermanentError(
            "model_unavailable",
            f"The model {options.model!r} is not part of this deployment.",
            f"Leave the option out, or ask for one of: {', '.join(['fast', *sorted(models)])}.",
        )


class UnavailableCorrector:
    """Stands in for a corrector whose model cannot be loaded: it fails at every page, not at the function's start.

    So the pages' tries are counted, and after the last their raw text is published. A function that dies when it starts
    would leave them in the dead letters instead.
    """

    name = "missing"
    model_version = "none"
    languages = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        """Raises the error that loading met."""
        raise TransientError("the corrector's model could not be loaded") from self._error

    def close(self) -> None:
        """Nothing to release."""


def load_or_unavailable() -> Corrector:
    """The bundled corrector, or one that says at every page why there is none."""
    try:
        return load_corrector()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and every page tells it again
        _log.exception("the corrector's model could not be loaded; pages will be published raw")
        return UnavailableCorrector(error)


def load_corrector() -> Corrector:
    """The bundled fast corrector."""
    from scanproof.correction.fast.corrector import load_fast  # onnxruntime takes a second to import

    return load_fast()
