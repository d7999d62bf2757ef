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

from scanproof.correcting.fast.evidence import FEATURES, Evidence
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.model_folder import unreadable
from scanproof.document import Probability
from scanproof.errors import PermanentError

FILE_NAME = "calibration.json"
GENERAL = "general"
_DIGITS = 6
_LINE_DOUBT, _LINE_LENGTH = FEATURES.index("line_doubt"), FEATURES.index("line_length")
_POOR, _LONG = 0.5, 0.3  # of these
_OF_PAPERS, _PROBABLY, _PERHAPS = FEATURES.index("of_papers"), 0.5, 0.3
_SMALL_WORDS = FEATURES.index("small_words")
_LEXICON_SIZE = FEATURES.index("lexicon_size")
_SMALL = 0.72  # of it: half a million words read; of the eight languages, Dutch and Polish have fewer
_STRICTER_WHERE_SMALL = 0.2  # of the doubt left is allowed there

_Row = Annotated[tuple[float, ...], Field(min_length=1)]


class LineSort(StrEnum):
    """What one may be bold in, for its own reasons."""

    RUNNING = "running"  # running text, where an unknown word may be a name
    PAPERS = "papers"  # of business papers, by its words: most of them are in a list
    POOR = "poor"  # badly read, at one place in twenty it seems: who changes nothing there is wrong, too


class Acceptance(BaseModel):
    """One hidden layer of tanh units over standardised evidence; its output is a change's probability to be right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(description="the weights that were calibrated")
    features: tuple[str, ...]
    means: _Row
    scales: _Row
    hidden: tuple[_Row, ...] = Field(description="a row for each hidden unit: its weights, then its bias")
    output: _Row = Field(description="a weight for each hidden unit, then the bias")
    thresholds: dict[LineSort, dict[EditKind, Probability]] = Field(
        description="by sort of line and kind of change; a kind without one is never made there"
    )
    stricter: dict[str, Probability] = Field(description="by profile: how much of the doubt left is allowed there")

    def probabilities(self, evidence: Evidence) -> npt.NDArray[np.float64]:
        """How probable it is that each row's change is right."""
        means, scales, hidden, output = self._weights
        units = np.tanh((evidence - means) / scales @ hidden[:, :-1].T + hidden[:, -1])
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
        sort: LineSort = LineSort.RUNNING,
        little_read: bool = False,
    ) -> float | None:
        """How probable a change of this kind has to be in papers of this profile; None if it is never made.

        Args:
            sort: of line (see ``sorts_of_lines``).
            little_read: whether few words of its language are known (see ``little_read``).
        """
        threshold = self.thresholds[sort].get(kind)
        if threshold is None:
            return None
        stricter = self.stricter.get(profile, 1.0) * (_STRICTER_WHERE_SMALL if little_read else 1.0)
        return 1.0 - (1.0 - threshold) * stricter


def sorts_of_lines(evidence: Evidence) -> npt.NDArray[np.str_]:
    """For each row the `LineSort` of its line.

    In a short line a single name would be enough for the doubt; and it is seldom running text, whatever its words say,
    and never if none of them begins with a small letter.
    """
    long = evidence[:, _LINE_LENGTH] >= _LONG
    poor = (evidence[:, _LINE_DOUBT] >= _POOR) & long
    no_sentence = ~long & (evidence[:, _SMALL_WORDS] == 0)
    of_papers = no_sentence | (evidence[:, _OF_PAPERS] >= np.where(long, _PROBABLY, _PERHAPS))
    return np.where(poor, LineSort.POOR, np.where(of_papers, LineSort.PAPERS, LineSort.RUNNING))


def little_read(evidence: Evidence) -> npt.NDArray[np.bool_]:
    """For each row whether little text was counted in its line's language.

    The words of a Polish novel are unknown then, right or wrong, and a likeness to known ones says less. No calibration
    can learn it: in the languages that have real readings to learn from, more was counted.
    """
    little: npt.NDArray[np.bool_] = evidence[:, _LEXICON_SIZE] < _SMALL
    return little


def load_acceptance(folder: Path) -> Acceptance:
    """Reads ``calibration.json`` of a model folder.

    Raises:
        PermanentError: ``calibration_invalid``.
    """
    path = folder / FILE_NAME
    try:
        acceptance = Acceptance.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise _invalid(path, type(error).__name__) from error
    if acceptance.features != FEATURES:
        raise _invalid(path, "it weighs other evidence than this version gathers")
    return acceptance


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "calibration", "calibration", why, "calibrate")
