"""How sure the tagger has to be, by kind of edit; calibrated on text that it was not trained on."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.correcting.fast.kinds import EditKind
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "calibration.json"


class Threshold(BaseModel):
    """An edit is proposed if both hold.

    ``doubt``: how probable it must be that what stands there is wrong. ``choice``: how probable the edit itself must
    be. Where two letters are as likely ("smple"), the doubt is great and each choice is not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    doubt: Probability
    choice: Probability


class Thresholds(BaseModel):
    """One threshold for each kind of edit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(description="the weights that were calibrated")
    kinds: dict[EditKind, Threshold]

    def allow(self, kind: EditKind, doubt: float, choice: float) -> bool:
        """Whether the tagger is sure enough; kinds without a threshold are never proposed."""
        threshold = self.kinds.get(kind)
        return threshold is not None and doubt >= threshold.doubt and choice >= threshold.choice


def load_thresholds(folder: Path) -> Thresholds:
    """Reads ``calibration.json`` of a model folder.

    Raises:
        PermanentError: ``calibration_invalid``.
    """
    path = folder / FILE_NAME
    try:
        return Thresholds.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise PermanentError(
            "calibration_invalid",
            f"{path} cannot be read as the fast corrector's thresholds ({type(error).__name__}).",
            "Run `python -m model_training.calibrate` for this model, or fetch an unaltered copy of the folder.",
        ) from error
