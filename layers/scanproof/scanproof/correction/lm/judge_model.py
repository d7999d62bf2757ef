"""Estimates the probability that a candidate is right, by the language model's gain and the fast corrector's opinion.

``python -m model_training.judge`` fits it on texts with known truth, so the outputs are probabilities.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.correction.fast.model_folder import unreadable
from scanproof.correction.fast.reranker import FEATURES, FeatureMatrix, network_probabilities
from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Gain
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "judge.json"
FAST_FEATURES = tuple(name for name in FEATURES if name not in ("business", "lexicon_size"))
"""The fast corrector's that tell about a candidate; the others would tell one set of texts from another."""
JUDGE_FEATURES = ("text_log_odds", "lm_gain_word", "lm_gain_after", "lm_new", "lm_rival", *FAST_FEATURES)
"""Names of a candidate's features, in order."""
_COLUMNS = [FEATURES.index(name) for name in FAST_FEATURES]
_MAX_DEVIATION = 5.0  # of a feature from its mean, in standard deviations: some hardly vary in the texts of the fit
_DIGITS = 4  # further ones depend on the layout of a pass

_Row = Annotated[tuple[float, ...], Field(min_length=1)]


class JudgeModel(BaseModel):
    """One hidden layer of tanh units over ``JUDGE_FEATURES``, and the probabilities that an edit needs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str
    features: tuple[str, ...]
    means: _Row
    scales: _Row
    hidden: tuple[_Row, ...] = Field(description="a row for each hidden unit: its weights, then its bias")
    output: _Row = Field(description="a weight for each hidden unit, then the bias")
    threshold: Probability = Field(description="the probability that an edit needs")
    noisy_threshold: Probability = Field(description="the same in noisy text, where to change nothing is wrong, too")
    stricter: dict[str, Probability] = Field(description="by profile: the share of the tolerated doubt that stays")

    def probabilities(self, features: FeatureMatrix) -> npt.NDArray[np.float64]:
        """The probability that each row's edit is right."""
        means, scales, hidden, output = self._weights
        return network_probabilities(standardised(features, means, scales), hidden, output).round(_DIGITS)

    @cached_property
    def _weights(self) -> tuple[npt.NDArray[np.float64], ...]:
        return tuple(np.asarray(weights) for weights in (self.means, self.scales, self.hidden, self.output))

    def threshold_of(self, profile: str, *, is_noisy: bool) -> float:
        """The probability that an edit needs, by the profile and by whether the text is noisy."""
        needed = self.noisy_threshold if is_noisy else self.threshold
        return 1.0 - (1.0 - needed) * self.stricter.get(profile, 1.0)


def standardised(
    features: npt.NDArray[np.floating], means: npt.NDArray[np.floating], scales: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """The features as deviations from their means, within ``_MAX_DEVIATION``."""
    rows: npt.NDArray[np.float64] = ((features - means) / scales).clip(-_MAX_DEVIATION, _MAX_DEVIATION)
    return rows


def judge_features(
    features: FeatureMatrix,
    text_probabilities: npt.NDArray[np.float64],
    gains: Sequence[Gain],
    words: Sequence[Hashable],
) -> FeatureMatrix:
    """One row for each candidate; the columns are ``JUDGE_FEATURES``.

    Args:
        features: of the fast corrector.
        text_probabilities: that each candidate is right, by the text alone.
        gains: by the language model.
        words: that each changes; candidates of the same word are rivals.
    """
    odds = text_probabilities.clip(config.MIN_PROBABILITY, 1 - config.MIN_PROBABILITY)
    word, after, new = np.array(gains).reshape(len(gains), len(Gain._fields)).T
    read = [word, after, new, _margins([gain.total for gain in gains], words)]
    columns = [np.log(odds / (1 - odds)), *(each.clip(-config.MAX_GAIN, config.MAX_GAIN) for each in read)]
    return np.column_stack([*columns, features[:, _COLUMNS]]).astype(np.float32)


def _margins(totals: Sequence[float], words: Sequence[Hashable]) -> npt.NDArray[np.float64]:
    """By how much each gain exceeds the best one of its rivals, the text as it is included."""
    of_words: dict[Hashable, list[float]] = {}
    for total, word in zip(totals, words, strict=True):
        of_words.setdefault(word, [0.0]).append(total)
    best = {word: sorted(rivals)[-2:] for word, rivals in of_words.items()}
    return np.array(
        [total - best[word][0 if total == best[word][1] else 1] for total, word in zip(totals, words, strict=True)]
    )


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
