"""Which corrector an upload gets."""

from __future__ import annotations

from scanproof.correcting.corrector import Corrector
from scanproof.errors import PermanentError
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


def load_corrector() -> Corrector:
    """The bundled fast corrector."""
    from scanproof.correcting.fast.corrector import load_fast  # onnxruntime takes a second to import

    return load_fast()
