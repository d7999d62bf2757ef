"""Decides which candidates are made: a small network estimates each one's probability, a threshold says if it suffices.

``model_training.calibrate`` fits both on text that the tagger was not trained on, so the outputs are probabilities.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.correction.fast import config
from scanproof.correction.fast.edit_kinds import EditKind
from scanproof.correction.fast.features import FEATURES, FeatureMatrix
from scanproof.correction.fast.model_folder import unreadable
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "reranker.json"
GENERAL = "general"
_DIGITS = 6
_LINE_DOUBT, _LINE_LENGTH = FEATURES.index("line_doubt"), FEATURES.index("line_length")
_BUSINESS, _SMALL_WORDS = FEATURES.index("business"), FEATURES.index("small_words")
_LEXICON_SIZE = FEATURES.index("lexicon_size")

_Row = Annotated[tuple[float, ...], Field(min_length=1)]


class LineDomain(StrEnum):
    """Text domain of a line; each has its own thresholds."""

    PROSE = "prose"  # running text, where an unknown word may be a name
    BUSINESS = "business"  # of a business document, by its words: a lexicon holds most of them
    NOISY = "noisy"  # the tagger doubts one character in twenty: to change nothing there is wrong, too


class Reranker(BaseModel):
    """One hidden layer of tanh units over standardised features; outputs the probability that a change is right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(description="the weights that were calibrated")
    features: tuple[str, ...]
    means: _Row
    scales: _Row
    hidden: tuple[_Row, ...] = Field(description="a row for each hidden unit: its weights, then its bias")
    output: _Row = Field(description="a weight for each hidden unit, then the bias")
    thresholds: dict[LineDomain, dict[EditKind, Probability]] = Field(
        description="by domain of the line and kind of edit; a kind without a threshold is never made there"
    )
    stricter: dict[str, Probability] = Field(description="by profile: the share of the tolerated doubt that stays")

    def probabilities(self, features: FeatureMatrix) -> npt.NDArray[np.float64]:
        """The probability that each row's change is right."""
        means, scales, hidden, output = self._weights
        units = np.tanh((features - means) / scales @ hidden[:, :-1].T + hidden[:, -1])
        answer: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(units @ output[:-1] + output[-1])))
        return answer.round(_DIGITS)  # the last bits of a product depend on where its matrices lie in memory

    @cached_property
    def _weights(self) -> tuple[npt.NDArray[np.float64], ...]:
        return tuple(np.asarray(weights) for weights in (self.means, self.scales, self.hidden, self.output))

    def threshold(
        self,
        kind: EditKind,
        profile: str = GENERAL,
        *,
        domain: LineDomain = LineDomain.PROSE,
        is_low_resource: bool = False,
    ) -> float | None:
        """The probability that a change of this kind needs; None if it is never made.

        Args:
            kind: of the edit.
            profile: of the upload.
            domain: of the line (see ``line_domains``).
            is_low_resource: whether little text of its language was counted (see ``is_low_resource``).
        """
        threshold = self.thresholds[domain].get(kind)
        if threshold is None:
            return None
        stricter = self.stricter.get(profile, 1.0) * (config.LOW_RESOURCE_STRICTNESS if is_low_resource else 1.0)
        return 1.0 - (1.0 - threshold) * stricter


def line_domains(features: FeatureMatrix) -> npt.NDArray[np.str_]:
    """For each row the `LineDomain` of its line.

    A short line is never noisy, since a single name would suffice for the doubt. It is seldom prose, whatever its words
    say, and never if none of them begins with a small letter.
    """
    long = features[:, _LINE_LENGTH] >= config.LONG_LINE
    noisy = (features[:, _LINE_DOUBT] >= config.NOISY_DOUBT) & long
    no_sentence = ~long & (features[:, _SMALL_WORDS] == 0)
    business = features[:, _BUSINESS] >= np.where(long, config.BUSINESS_IF_LONG, config.BUSINESS_IF_SHORT)
    return np.where(noisy, LineDomain.NOISY, np.where(no_sentence | business, LineDomain.BUSINESS, LineDomain.PROSE))


def is_low_resource(features: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """For each row whether little text was counted in its line's language.

    There even right words are unknown (those of a Polish novel), so similarity to a known word says less. Calibration
    cannot learn it: languages with real readings to learn from are those of which more text was counted.
    """
    low_resource: npt.NDArray[np.bool_] = features[:, _LEXICON_SIZE] < config.LOW_RESOURCE_SIZE
    return low_resource


def load_reranker(folder: Path) -> Reranker:
    """Reads ``reranker.json`` of a model folder.

    Raises:
        PermanentError: ``reranker_invalid``.
    """
    path = folder / FILE_NAME
    try:
        reranker = Reranker.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise _invalid(path, type(error).__name__) from error
    if reranker.features != FEATURES:
        raise _invalid(path, "it was fitted to other features than this version computes")
    return reranker


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "reranker", "reranker", why, "calibrate")
