"""Decides, without loading a corrector, whether a page needs correction and whether the deployment has what it takes.

OcrFunction imports this module, so nothing here may import onnxruntime or a model.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanproof.correction.base import CorrectedLine, Corrector
from scanproof.correction.models.cache import exported_folder
from scanproof.correction.models.folder import read_manifest
from scanproof.document import Page, PageFlag, PageSource
from scanproof.errors import PermanentError, TransientError
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.options import ScanOptions
from scanproof.settings import Settings

_log = logging.getLogger(__name__)

# Page confidence below which correction does not pay: 2 of 100 words are right there, 3 after correction, and a third
# of the edits turn nonsense into words that are not on the page. Refit: benchmarks/page_confidence.py.
MIN_CONFIDENCE = 0.6


def needs_correction(page: Page, options: ScanOptions) -> bool:
    """Whether a page goes to a corrector: born-digital text only on request (``correct-digital``)."""
    digital = page.source is PageSource.TEXT_LAYER and not options.correct_digital
    return bool(page.lines) and options.corrector != "none" and not digital and PageFlag.NOT_CORRECTED not in page.flags


def flag_uncorrectable(page: Page, options: ScanOptions) -> Page:
    """Flags a page that is too poorly recognised to be corrected ``low_confidence`` and ``not_corrected``."""
    unsure = page.confidence is not None and page.confidence < MIN_CONFIDENCE
    if not unsure or not needs_correction(page, options):
        return page
    added = (PageFlag.LOW_CONFIDENCE, PageFlag.NOT_CORRECTED)
    return page.model_copy(update={"flags": tuple(dict.fromkeys((*page.flags, *added)))})


def lm_folders(settings: Settings | None = None) -> dict[str, Path]:
    """Returns the folders of the exported language models by model name, the default first.

    A further export of a model has its precision in its name, too. Empty folders of ``SCANPROOF_ACCURATE_MODEL`` are
    skipped: an image that is built with the fast corrector alone has one.

    Raises:
        PermanentError: ``accurate_model_missing`` (a path without an export), ``accurate_model_ambiguous``.
    """
    folders: dict[str, Path] = {}
    for folder in (settings or Settings.from_environment()).accurate_models:
        if name := _name_of(folder, folders):
            folders[name] = folder
    return folders


def _name_of(folder: Path, taken: Mapping[str, Path]) -> str | None:
    """Returns a name for the export in a folder that is not taken; None for an empty folder."""
    found = exported_folder(folder, "cpu")
    if found is None:
        if folder.is_dir() and not any(folder.iterdir()):
            return None
        raise PermanentError(
            "accurate_model_missing",
            f"SCANPROOF_ACCURATE_MODEL names {folder}, where there is no exported model.",
            "Correct the variable, or export a model to that folder with `python -m model_export`.",
        )
    manifest = read_manifest(found)
    for name in (manifest.name, f"{manifest.name}-{manifest.precision}"):
        if name not in taken:
            return name
    raise PermanentError(
        "accurate_model_ambiguous",
        f"SCANPROOF_ACCURATE_MODEL names {folder} and {taken[name]}, which hold the same model in the same precision.",
        "Take one of the two out.",
    )


def check_corrector(options: ScanOptions, settings: Settings | None = None) -> None:
    """Refuses options that this deployment cannot meet, before any work is spent on the document.

    Raises:
        PermanentError: ``corrector_unavailable`` or ``model_unavailable``.
    """
    settings = settings or Settings.from_environment()
    models = {*lm_folders(settings), settings.deployed_model or "fast"} - {"fast"}
    if options.corrector in ("accurate", "fast+accurate") and not models:
        raise PermanentError(
            "corrector_unavailable",
            f"The corrector {options.corrector!r} is not part of this deployment.",
            "Request 'fast', or leave the option out.",
        )
    if options.model is not None and options.model not in {"fast", *models}:
        raise PermanentError(
            "model_unavailable",
            f"The model {options.model!r} is not part of this deployment.",
            f"Leave the option out, or request one of: {', '.join(['fast', *sorted(models)])}.",
        )


class UnavailableCorrector:
    """Stands in for a corrector whose model cannot be loaded: it fails at every page, not at the function's start.

    The retries of each page are counted then, and after the last one its raw text is published. A function that dies
    at its start would send its messages to the dead-letter queue instead.
    """

    name = "missing"
    model_version = "none"
    languages = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """Raises a TransientError from the error of loading."""
        raise TransientError("the corrector's model could not be loaded") from self._error

    def close(self) -> None:
        """Does nothing: no model is loaded."""


def load_or_unavailable() -> Corrector:
    """Loads the bundled corrector; where that fails, returns an `UnavailableCorrector`."""
    try:
        return load_corrector()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is logged here and raised at every page
        _log.exception("the corrector's model could not be loaded; pages will be published raw")
        return UnavailableCorrector(error)


def load_corrector(threads: int | None = None, folder: Path | None = None) -> Corrector:
    """Loads the fast corrector.

    Args:
        threads: lines corrected at a time; default one for each processor.
        folder: of its model; default the bundled one.

    Raises:
        PermanentError: its model cannot be read.
    """
    from scanproof.correction.fast.corrector import load_fast  # onnxruntime takes a second to import

    return load_fast(folder, threads)
