"""Which corrector an upload gets."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from scanproof.correcting.corrector import CorrectedLine, Corrector
from scanproof.errors import PermanentError, TransientError
from scanproof.options import ScanOptions


def check_corrector(options: ScanOptions) -> None:
    """Refuses what this deployment cannot do before any work is spent on it.

    Raises:
        PermanentError: ``corrector_unavailable`` or ``model_unavailable``.
    """
    if options.corrector in ("accurate", "fast+accurate"):
        raise PermanentError(
            "corrector_unavailable",
            f"The corrector {options.corrector!r} is not part of this deployment.",
            "Ask for 'fast', or leave the option out.",
        )
    if options.model not in (None, "fast"):
        raise PermanentError(
            "model_unavailable",
            f"The model {options.model!r} is not part of this deployment.",
            "Leave the option out to use the bundled one.",
        )


class MissingCorrector:
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


def corrector_or_excuse() -> Corrector:
    """The bundled corrector, or one that says at every page why there is none."""
    try:
        return load_corrector()
    except Exception as error:
        logging.getLogger(__name__).exception("the corrector's model could not be loaded; pages will be published raw")
        return MissingCorrector(error)


def load_corrector() -> Corrector:
    """The bundled fast corrector."""
    from scanproof.correcting.fast.corrector import load_fast  # onnxruntime takes a second to import

    return load_fast()
