"""Which changes are made: a small network weighs the evidence, and a threshold says how sure it must be.

Fitted by ``model_training.calibrate`` on text that the tagger was not trained on, so that its answer is a probability.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.correction.fast.edit_kinds import EditKind
from scanproof.correction.fast.features import FEATURES, FeatureMatrix
from scanproof.correction.fast.model_folder import unreadable
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "reranker.json"
GENERAL = "general"
_DIGITS = 6
_LINE_DOUBT, _LINE_LENGTH = FEATURES.index("line_doubt"), FEATURES.index("line_length")
_POOR, _LONG = 0.5, 0.3  # of these
_OF_PAPERS, _PROBABLY, _PERHAPS = FEATURES.index("business"), 0.5, 0.3
_SMALL_WORDS = FEATURES.index("small_words")
_LEXICON_SIZE = FEATURES.index("lexicon_size")
_SMALL = 0.72  # of it: half a million words read; of the eight languages, Dutch and Polish have fewer
_STRICTER_WHERE_SMALL = 0.2  # of the doubt left is allowed there

_Row = Annotated[tuple[float, ...], Field(min_length=1)]


class LineDomain(StrEnum):
    """What one may be bold in, for its own reasons."""

    PROSE = "prose"  # running text, where an unknown word may be a name
    BUSINESS = "business"  # of business papers, by its words: most of them are in a list
    NOISY = "noisy"  # badly read, at one place in twenty it seems: who changes nothing there is wrong, too


class Reranker(BaseModel):
    """One hidden layer of tanh units over standardised evidence; its output is a change's probability to be right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(description="the weights that were calibrated")
    features: tuple[str, ...]
    means: _Row
    scales: _Row
    hidden: tuple[_Row, ...] = Field(description="a row for each hidden unit: its weights, then its bias")
    output: _Row = Field(description="a weight for each hidden unit, then the bias")
    thresholds: dict[LineDomain, dict[EditKind, Probability]] = Field(
        description="by sort of line and kind of change; a kind without one is never made there"
    )
    stricter: dict[str, Probability] = Field(description="by profile: how much of the doubt left is allowed there")

    def probabilities(self, features: FeatureMatrix) -> npt.NDArray[np.float64]:
        """How probable it is that each row's change is right."""
        means, scales, hidden, output = self._weights
        units = np.tanh((features - means) / scales @ hidden[:, :-1].T + hidden[:, -1])
        answer: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(units @ output[:-1] + output[-1])))
        return answer.round(_DIGITS)  # a product's last bits change with where its matrices lie in memory

    @cached_property
    def _weights(self) -> tuple[npt.NDArray[np.float64], ...]:
        return tuple(np.asarray(weights) for weights in (self.means, self.scales, self.hidden, self.output))

    def threshold(
        self,
        kind: EditKind,
        profile: str = GENERAL,
        *,
        sort: LineDomain = LineDomain.PROSE,
        is_low_resource: bool = False,
    ) -> float | None:
        """How probable a change of this kind has to be in papers of this profile; None if it is never made.

        Args:
            sort: of line (see ``line_domains``).
            is_low_resource: whether few words of its language are known (see ``is_low_resource``).
        """
        threshold = self.thresholds[sort].get(kind)
        if threshold is None:
            return None
        stricter = self.stricter.get(profile, 1.0) * (_STRICTER_WHERE_SMALL if is_low_resource else 1.0)
        return 1.0 - (1.0 - threshold) * stricter


def line_domains(features: FeatureMatrix) -> npt.NDArray[np.str_]:
    """For each row the `LineDomain` of its line.

    In a short line a single name would be enough for the doubt; and it is seldom running text, whatever its words say,
    and never if none of them begins with a small letter.
    """
    long = features[:, _LINE_LENGTH] >= _LONG
    poor = (features[:, _LINE_DOUBT] >= _POOR) & long
    no_sentence = ~long & (features[:, _SMALL_WORDS] == 0)
    of_papers = no_sentence | (features[:, _OF_PAPERS] >= np.where(long, _PROBABLY, _PERHAPS))
    return np.where(poor, LineDomain.NOISY, np.where(of_papers, LineDomain.BUSINESS, LineDomain.PROSE))


def is_low_resource(features: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """For each row whether little text was counted in its line's language.

    The words of a Polish novel are unknown then, right or wrong, and a likeness to known ones says less. No calibration
    can learn it: in the languages that have real readings to learn from, more was counted.
    """
    little: npt.NDArray[np.bool_] = features[:, _LEXICON_SIZE] < _SMALL
    return little


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
        raise _invalid(path, "it weighs other evidence than this version gathers")
    return reranker


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "reranker", "reranker", why, "calibrate")
