"""Estimates the probability that a candidate is right, by the language model's gain and the fast corrector's opinion.

``python -m model_training.judge`` fits it on texts with known truth, so the outputs are probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.correction.fast.model_folder import unreadable
from scanproof.correction.fast.reranker import FEATURES, FeatureMatrix
from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Gain
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "judge.json"
FAST_FEATURES = ("error_rate", "before", "after")  # of the fast corrector's: the channel, how common both words are
JUDGE_FEATURES = ("text_log_odds", "lm_gain_word", "lm_gain_after", *FAST_FEATURES)
"""Names of a candidate's features, in order."""
_COLUMNS = [FEATURES.index(name) for name in FAST_FEATURES]
_DIGITS = 4  # further ones depend on the layout of a pass

_Row = Annotated[tuple[float, ...], Field(min_length=1)]


class JudgeModel(BaseModel):
    """Logistic regression over ``JUDGE_FEATURES``, and the probabilities that an edit needs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str
    features: tuple[str, ...]
    means: _Row
    scales: _Row
    weights: _Row = Field(description="one for each feature, then the bias")
    threshold: Probability = Field(description="the probability that an edit needs")
    noisy_threshold: Probability = Field(description="the same in noisy text, where to change nothing is wrong, too")
    stricter: dict[str, Probability] = Field(description="by profile: the share of the tolerated doubt that stays")

    def probabilities(self, features: FeatureMatrix) -> npt.NDArray[np.float64]:
        """The probability that each row's edit is right."""
        weights = np.asarray(self.weights)
        logits = (features - np.asarray(self.means)) / np.asarray(self.scales) @ weights[:-1] + weights[-1]
        answer: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logits))
        return answer.round(_DIGITS)

    def threshold_of(self, profile: str, *, is_noisy: bool) -> float:
        """The probability that an edit needs, by the profile and by whether the text is noisy."""
        needed = self.noisy_threshold if is_noisy else self.threshold
        return 1.0 - (1.0 - needed) * self.stricter.get(profile, 1.0)


def judge_features(
    features: FeatureMatrix, text_probabilities: npt.NDArray[np.float64], gains: Sequence[Gain]
) -> FeatureMatrix:
    """One row for each candidate; the columns are ``JUDGE_FEATURES``.

    Args:
        features: of the fast corrector.
        text_probabilities: that each candidate is right, by the text alone.
        gains: by the language model.
    """
    odds = text_probabilities.clip(config.MIN_PROBABILITY, 1 - config.MIN_PROBABILITY)
    word, after = np.array([(gain.word, gain.after) for gain in gains]).reshape(len(gains), 2).T
    columns = [
        np.log(odds / (1 - odds)),
        word.clip(-config.MAX_GAIN, config.MAX_GAIN),
        after.clip(-config.MAX_GAIN, config.MAX_GAIN),
    ]
    return np.column_stack([*columns, features[:, _COLUMNS]]).astype(np.float32)


def load_judge(folder: Path) -> JudgeModel:
    """Reads ``judge.json`` of the fast corrector's model folder.

    Raises:
        PermanentError: ``judge_invalid``.
    """
    path = folder / FILE_NAME
    try:
        model = JudgeModel.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise _invalid(path, type(error).__name__) from error
    if model.features != JUDGE_FEATURES:
        raise _invalid(path, "it was fitted to other features than this version computes")
    return model


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "judge", "judge", why, "judge")
