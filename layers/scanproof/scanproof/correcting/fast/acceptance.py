"""How probable it is that a proposed edit is right, and how probable it has to be.

The tagger's own probabilities are too sure of themselves on readings unlike its training. A logistic regression over
what can be seen of an edit (``evidence``), fitted on readings kept out of training, says how often such edits were
right (Platt 1999, "Probabilistic outputs for support vector machines", with more than one input).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scanproof.correcting.fast.evidence import NAMES, Evidence
from scanproof.correcting.fast.kinds import EditKind
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "calibration.json"
GENERAL = "general"


class Acceptance(BaseModel):
    """The fitted regression, and the least probability that each profile asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(description="the weights that were calibrated")
    evidence: tuple[str, ...] = Field(description="the names of what is weighed, in order")
    weights: dict[EditKind, tuple[float, ...]] = Field(description="by kind of edit; other kinds are never made")
    least: dict[str, Probability] = Field(description="by profile")

    @model_validator(mode="after")
    def _fits_this_code(self) -> Acceptance:
        if self.evidence != NAMES or any(len(weights) != len(NAMES) for weights in self.weights.values()):
            raise ValueError(f"the evidence weighed must be {', '.join(NAMES)}")
        if GENERAL not in self.least:
            raise ValueError(f"there must be a least probability for {GENERAL}")
        return self

    def probability(self, kind: EditKind, evidence: Evidence) -> float:
        """How probable it is that the edit is right."""
        weights = self._vectors.get(kind)
        if weights is None:
            return 0.0
        # Rounded: the last bits of a dot product change with where the vectors lie in memory.
        return round(1 / (1 + math.exp(-float(weights @ evidence))), 6)

    def least_for(self, profile: str) -> float:
        """What an edit's probability must reach."""
        return self.least.get(profile, self.least[GENERAL])

    @cached_property
    def _vectors(self) -> Mapping[EditKind, Evidence]:
        return {kind: np.asarray(weights, np.float64) for kind, weights in self.weights.items()}


def load_acceptance(folder: Path) -> Acceptance:
    """Reads ``calibration.json`` of a model folder.

    Raises:
        PermanentError: ``calibration_invalid``.
    """
    path = folder / FILE_NAME
    try:
        return Acceptance.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise PermanentError(
            "calibration_invalid",
            f"{path} cannot be read as the fast corrector's calibration ({type(error).__name__}).",
            "Run `python -m model_training.calibrate` for this model, or fetch an unaltered copy of the folder.",
        ) from error
