"""Decides which candidates are made: a small network estimates each one's probability, a threshold says if it suffices.

``model_training.calibrate`` fits both on text that the tagger was not trained on, so the outputs are probabilities.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.correction.fast import config
from scanproof.correction.fast.model_folder import unreadable
from scanproof.document import Probability
from scanproof.errors import PermanentError


class EditKind(StrEnum):
    """What an edit does, by the characters that it removes and inserts."""

    DIGIT_TO_LETTER = "digit_to_letter"  # "Inv0ice": look-alikes in a word
    SIGN_TO_LETTER = "sign_to_letter"  # "th|s": look-alikes too, but a sign may be a table rule or a mark
    LETTER_TO_DIGIT = "letter_to_digit"  # "$1O0.00": look-alikes in a number
    LETTERS = "letters"  # "tbe" → "the", "rnay" → "may"
    MULTI_EDIT = "multi_edit"  # "suspiolons": several character edits in one word
    CASE = "case"  # the same letters in the other case
    ACCENT_PUT = "accent_put"  # "zuruck" → "zurück", "mère" for "mére"
    ACCENT_TAKEN = "accent_taken"  # "dér" → "der": engines lose accents far more often than they add any
    LETTERS_LOST = "letters_lost"  # "smple": letters are inserted
    LETTERS_SURPLUS = "letters_surplus"  # "aamount": letters are removed
    SPACE_DELETED = "space_deleted"  # "am ount": a space is removed
    SPACE_INSERTED = "space_inserted"  # "totalamount": a space is inserted
    BLANK = "blank"  # any other change that involves whitespace
    PUNCTUATION = "punctuation"


FEATURES = (
    "log", "log_p_keep", "from_argmax", "before", "after", "gain", "no_word", "known_after", "rival", "channel_rival",
    "word_length", "vowels", "capital", "in_capitals", "has_digit", "compound_before", "compound_after", "line_known",
    "lexicon_size", "business", "line_doubt", "line_digits", "line_capitals", "small_words", "line_length",
    "at_word_start", "at_word_end", "doubled", "undoubled", "swapped", "in_camel_case", "case_only", "before_colon",
    "goes_on_before", "goes_on_after", "word_doubt", "error_rate", "char_edits", "pmi_before", "pmi_after", "pmi_gain",
    "min_pmi", "bigrams_after",
    *(f"kind_{kind}" for kind in EditKind),
)  # fmt: skip
"""Names of a candidate's features, in order."""

FeatureMatrix = npt.NDArray[np.float32]  # (candidates, features)

FILE_NAME = "reranker.json"
GENERAL = "general"
_DIGITS = 6
_ROWS = 16  # at a time: OpenBLAS spreads larger products over threads, which wait for each other beside ours
_LINE_DOUBT, _LINE_LENGTH = FEATURES.index("line_doubt"), FEATURES.index("line_length")
_LEXICON_SIZE = FEATURES.index("lexicon_size")

_Row = Annotated[tuple[float, ...], Field(min_length=1)]


IMAGE_FEATURES = (
    "image", "known_before", "length_change", "lexicon_gain", "rarest_gain", "tagger_log", "pmi_gain", "changed",
    "accent_put", "page_doubt",
)  # fmt: skip
IMAGE = IMAGE_FEATURES.index("image")
IMAGE_INPUTS = ("text_log_odds", *IMAGE_FEATURES)


class Risk(StrEnum):
    """What a change puts at risk; each has its own threshold."""

    LOOKALIKE = "lookalike"  # hardly anything: digits in words and letters in numbers are surely errors
    SPELLING = "spelling"  # a right word that the lexicon does not hold
    SPACING = "spacing"  # the borders of words
    MARKS = "marks"


_RISKS = {
    EditKind.DIGIT_TO_LETTER: Risk.LOOKALIKE,
    EditKind.SIGN_TO_LETTER: Risk.LOOKALIKE,
    EditKind.LETTER_TO_DIGIT: Risk.LOOKALIKE,
    EditKind.SPACE_DELETED: Risk.SPACING,
    EditKind.SPACE_INSERTED: Risk.SPACING,
    EditKind.BLANK: Risk.SPACING,
    EditKind.PUNCTUATION: Risk.MARKS,
}


def risk_of(kind: EditKind) -> Risk:
    """The risk of an edit of this kind."""
    return _RISKS.get(kind, Risk.SPELLING)


class ImageReranker(BaseModel):
    """Logistic regression over `IMAGE_INPUTS`: the probability that a change is right, by text and image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...]
    means: _Row
    scales: _Row
    weights: _Row = Field(description="one for each input, then the bias")
    thresholds: dict[Risk, Probability] = Field(description="the probability that a change needs, by its risk")

    def probabilities(
        self, text_probabilities: npt.NDArray[np.float64], features: FeatureMatrix
    ) -> npt.NDArray[np.float64]:
        """The probability that each row's change is right.

        Args:
            text_probabilities: the same by the text alone.
            features: the columns are ``IMAGE_FEATURES``.
        """
        return self.judge(image_inputs(text_probabilities, features))

    def judge(self, inputs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The probability that each row's change is right; the columns are ``IMAGE_INPUTS``."""
        means, scales, weights = self._arrays
        logits = (inputs - means) / scales @ weights[:-1]
        answer: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(logits + weights[-1])))
        return answer.round(_DIGITS)

    @cached_property
    def _arrays(self) -> tuple[npt.NDArray[np.float64], ...]:
        return np.asarray(self.means), np.asarray(self.scales), np.asarray(self.weights)


def image_inputs(text_probabilities: npt.NDArray[np.float64], features: FeatureMatrix) -> npt.NDArray[np.float64]:
    """The columns ``IMAGE_INPUTS``: what the text alone says, as log odds, beside ``IMAGE_FEATURES``."""
    probabilities = text_probabilities.clip(config.MIN_TEXT_PROBABILITY, 1 - config.MIN_TEXT_PROBABILITY)
    log_odds = np.log(probabilities / (1 - probabilities))
    return np.column_stack([log_odds, features])


class Reranker(BaseModel):
    """One hidden layer of tanh units over standardised features; outputs the probability that a change is right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(description="the weights that were calibrated")
    features: tuple[str, ...]
    means: _Row
    scales: _Row
    hidden: tuple[_Row, ...] = Field(description="a row for each hidden unit: its weights, then its bias")
    output: _Row = Field(description="a weight for each hidden unit, then the bias")
    thresholds: dict[Risk, Probability] = Field(description="the probability that a change needs, by its risk")
    noisy_spelling: Probability = Field(description="the same for spelling in noisy lines")
    stricter: dict[str, Probability] = Field(description="by profile: the share of the tolerated doubt that stays")
    image: ImageReranker = Field(description="judges candidates of lines with a lattice")

    def probabilities(self, features: FeatureMatrix) -> npt.NDArray[np.float64]:
        """The probability that each row's change is right."""
        means, scales, hidden, output = self._weights
        answers = network_probabilities((features - means) / scales, hidden, output)
        return answers.round(_DIGITS)  # the last bits depend on where matrices lie in memory

    @cached_property
    def _weights(self) -> tuple[npt.NDArray[np.float64], ...]:
        return tuple(np.asarray(weights) for weights in (self.means, self.scales, self.hidden, self.output))

    def threshold(
        self, risk: Risk, profile: str = GENERAL, *, is_noisy: bool = False, is_low_resource: bool = False
    ) -> float:
        """The probability by the text alone that a change needs.

        Args:
            risk: of the edit.
            profile: of the upload.
            is_noisy: whether the line is (see ``is_noisy``).
            is_low_resource: whether little text of its language was counted (see ``is_low_resource``).
        """
        needed = self.noisy_spelling if is_noisy and risk is Risk.SPELLING else self.thresholds[risk]
        stricter = config.LOW_RESOURCE_STRICTNESS if is_low_resource else 1.0
        return 1.0 - (1.0 - needed) * self.stricter.get(profile, 1.0) * stricter

    def image_threshold(self, risk: Risk, profile: str = GENERAL) -> float:
        """The probability by text and image that a change needs."""
        return 1.0 - (1.0 - self.image.thresholds[risk]) * self.stricter.get(profile, 1.0)


def network_probabilities(
    rows: npt.NDArray[np.floating], hidden: npt.NDArray[np.float64], output: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The probability of each row by a network with one hidden layer of tanh units.

    Args:
        rows: [rows, features]
        hidden: [units, features + 1]; the last weight is the bias, as in ``output``.
        output: [units + 1]
    """
    answers = []
    for first in range(0, max(1, len(rows)), _ROWS):
        units = np.tanh(rows[first : first + _ROWS] @ hidden[:, :-1].T + hidden[:, -1])
        answers.append(1.0 / (1.0 + np.exp(-(units @ output[:-1] + output[-1]))))
    return np.concatenate(answers)


def is_noisy(features: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """For each row whether the tagger doubts much of its line, where to change nothing is wrong, too.

    A short line is never noisy, since a single name would suffice for the doubt.
    """
    noisy: npt.NDArray[np.bool_] = features[:, _LINE_DOUBT] >= config.NOISY_DOUBT
    return noisy & (features[:, _LINE_LENGTH] >= config.LONG_LINE)


def is_low_resource(features: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """For each row whether little text was counted in its line's language.

    There even right words are unknown (those of a Polish novel), so similarity to a known word says less. Calibration
    cannot learn it: languages with real readings to learn from are those of which more text was counted.
    """
    low_resource: npt.NDArray[np.bool_] = features[:, _LEXICON_SIZE] < config.LOW_RESOURCE_SIZE
    return low_resource


def kind_of(removed: str, inserted: str) -> EditKind:
    """The kind of the edit that replaces ``removed`` by ``inserted``, which are not both empty."""
    if any(map(str.isspace, removed + inserted)):
        return _kind_of_spacing(removed, inserted)
    if any(map(str.isalpha, inserted)):
        if any(map(str.isdigit, removed)):
            return EditKind.DIGIT_TO_LETTER
        if not removed:
            return EditKind.LETTERS_LOST
        if not any(map(str.isalpha, removed)):
            return EditKind.SIGN_TO_LETTER
        return (
            _kind_of_same_letters(removed, inserted)
            if _base_letters(removed) == _base_letters(inserted)
            else EditKind.LETTERS
        )
    if any(map(str.isalpha, removed)):
        return EditKind.LETTER_TO_DIGIT if any(map(str.isdigit, inserted)) else EditKind.LETTERS_SURPLUS
    return EditKind.PUNCTUATION


def _kind_of_spacing(removed: str, inserted: str) -> EditKind:
    if not inserted and removed.isspace():
        return EditKind.SPACE_DELETED
    return EditKind.SPACE_INSERTED if not removed and inserted.isspace() else EditKind.BLANK


def _kind_of_same_letters(removed: str, inserted: str) -> EditKind:
    if removed.casefold() == inserted.casefold():
        return EditKind.CASE
    return EditKind.ACCENT_TAKEN if _count_accents(inserted) < _count_accents(removed) else EditKind.ACCENT_PUT


def _count_accents(text: str) -> int:
    return sum(map(bool, map(unicodedata.combining, unicodedata.normalize("NFKD", text))))


def _base_letters(text: str) -> str:
    """The text without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


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
    if reranker.features != FEATURES or reranker.image.inputs != IMAGE_INPUTS:
        raise _invalid(path, "it was fitted to other features than this version computes")
    return reranker


def _invalid(path: Path, why: str) -> PermanentError:
    return unreadable(path, "reranker", "reranker", why, "calibrate")
