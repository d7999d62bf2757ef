"""Which corrector a command uses."""

from __future__ import annotations

from scanproof.correcting.choose import load_corrector
from scanproof.correcting.corrector import Corrector
from scanproof.errors import PermanentError


def corrector_named(model: str) -> Corrector:
    """The corrector that ``--model`` names.

    Raises:
        PermanentError: ``model_unavailable``.
    """
    if model != "fast":
        raise PermanentError(
            "model_unavailable",
            f"There is no model {model!r} here.",
            "Leave --model out to use the bundled one, 'fast'.",
        )
    return load_corrector()
