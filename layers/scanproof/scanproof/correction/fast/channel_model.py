"""How often engines read what for what: the channel of the noisy-channel model, measured on their readings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from scanproof.correction.fast.model_folder import unreadable

FILE_NAME = "error_rates.json"
NEVER = -6.0  # log10 of the rate of a slip that was not seen
_RATES = TypeAdapter(dict[str, dict[str, float]])


class CharEdit(NamedTuple):
    """Of a word that was read, ``read[start:end]`` stands where ``meant`` should."""

    start: int
    end: int
    meant: str


class ErrorModel:
    """Rates of slips of one or two characters."""

    def __init__(self, rates: Mapping[str, Mapping[str, float]]) -> None:
        """``rates``: by what stands there, by what is read instead, log10 of how often, where it stands once.

        Nothing ("") stands before every character, and is what is read of a lost one.
        """
        self._rates = rates

    def log_rate(self, meant: str, read: str) -> float:
        """log10 of how often ``meant`` is read so, of either case; `NEVER` if it was not seen."""
        exact = self._of(meant, read)
        return exact if exact > NEVER else self._of(meant.lower(), read.lower())

    def _of(self, meant: str, read: str) -> float:
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
