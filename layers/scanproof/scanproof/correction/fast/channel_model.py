"""The channel of the noisy-channel model: how often OCR engines read one string for another, as measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from scanproof.correction.fast.model_folder import unreadable

FILE_NAME = "error_rates.json"
NEVER = -6.0  # log10 of the rate of an error that was not seen
_RATES = TypeAdapter(dict[str, dict[str, float]])


class ErrorModel:
    """Rates of errors of one or two characters."""

    def __init__(self, rates: Mapping[str, Mapping[str, float]]) -> None:
        """Takes the rates as ``error_rates.json`` holds them.

        Args:
            rates: by true string, by string read instead, log10 of how often the true string is read so. The empty
                string as the true one stands for an insertion, as the one read for a deletion.
        """
        self._rates = rates

    def log_rate(self, meant: str, read: str) -> float:
        """log10 of how often ``meant`` is read as ``read``, in either case; `NEVER` if that was not seen."""
        exact = self._lookup(meant, read)
        return exact if exact > NEVER else self._lookup(meant.lower(), read.lower())

    def _lookup(self, meant: str, read: str) -> float:
        return max(NEVER, self._rates.get(meant, {}).get(read, NEVER))


def load_error_model(folder: Path) -> ErrorModel:
    """Reads ``error_rates.json`` of a model folder.

    Raises:
        PermanentError: ``error_rates_invalid``.
    """
    path = folder / FILE_NAME
    try:
        return ErrorModel(_RATES.validate_json(path.read_bytes()))
    except (OSError, ValidationError) as error:
        raise unreadable(path, "error_rates", "error rates", type(error).__name__, "error_rates") from error
