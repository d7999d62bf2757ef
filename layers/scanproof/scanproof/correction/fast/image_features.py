"""Computes the features that the image adds to those of the text, for lines with a lattice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast import config
from scanproof.correction.fast.candidates import Candidate, changed_characters, edit_of
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.lexicon import LETTERS, UNSEEN, Lexicon, LinePosterior
from scanproof.correction.fast.reranker import FEATURES, IMAGE_FEATURES, EditKind, FeatureMatrix
from scanproof.edits import TextEdit, apply, words_around

_LOG, _PMI_GAIN = FEATURES.index("log"), FEATURES.index("pmi_gain")
_ACCENT_PUT = FEATURES.index(f"kind_{EditKind.ACCENT_PUT}")


@dataclass(frozen=True)
class _Words:
    """What the lexicon says of the words before or after a change.

    Attributes:
        total: log10 of the product of their probabilities.
        rarest: log10 of the lowest.
    """

    total: float
    rarest: float


def plausible_readings(
    image: LineImage, lexicon: Lexicon, posterior: LinePosterior, others: Iterable[TextEdit] = ()
) -> list[TextEdit]:
    """The readings of the line's image that image and lexicon together do not rule out.

    The score is that of a noisy channel: by how much more probable the image makes the words, and the lexicon the
    rarest of them. Most readings have a lower one, and computing all features of these would take half the time.

    Args:
        image: of the line.
        lexicon: of the model.
        posterior: of the line.
        others: edits whose ratios will be needed too, since it is faster to compute all of them together.
    """
    log_prob = _log_prob_in(lexicon, posterior)
    rarest = cache(lambda text: min(map(log_prob, LETTERS.findall(text)), default=config.SINGLE_LETTER))

    def prior(edit: TextEdit) -> float:
        before, after = image.text[edit.start : edit.end], edit.corrected
        gain = rarest(after) - rarest(before)
        return config.RARITY_WEIGHT * gain + config.LENGTH_WEIGHT * (len(after) - len(before))

    readings = image.readings()
    priors = {edit: prior(edit) for edit, _ in readings}
    bound = config.IMPLAUSIBLE - config.BOUND_SLACK  # computing the exact ratios of all readings would take long
    edits = [edit for edit, log in readings if log + priors[edit] > bound]
    ratios = image.log_ratios([*edits, *others])[: len(edits)]
    return [
        edit
        for edit, ratio in zip(edits, ratios, strict=True)
        if ratio is not None and ratio > config.NOT_IN_IMAGE and ratio + priors[edit] > config.IMPLAUSIBLE
    ]


def image_features(
    image: LineImage,
    found: Sequence[Candidate],
    features: FeatureMatrix,
    lexicon: Lexicon,
    posterior: LinePosterior,
) -> FeatureMatrix:
    """One row for each candidate; the columns are ``IMAGE_FEATURES``. NaN where the lattice does not tell.

    Args:
        image: of the line.
        found: the candidates.
        features: the text's, one row for each candidate.
        lexicon: of the model.
        posterior: of the line.
    """
    log_prob = _log_prob_in(lexicon, posterior)
    words = cache(lambda text: _words(text, log_prob))
    ratios = image.log_ratios([*map(edit_of, found)])
    rows = [
        [math.nan] * len(IMAGE_FEATURES) if ratio is None else _row(image, candidate, ratio, row, words)
        for candidate, ratio, row in zip(found, ratios, features, strict=True)
    ]
    return np.asarray(rows, np.float32).reshape(len(rows), len(IMAGE_FEATURES))


def _row(
    image: LineImage,
    candidate: Candidate,
    ratio: float,
    features: npt.NDArray[np.float32],
    words: Callable[[str], _Words],
) -> list[float]:
    edit = edit_of(candidate)
    start, end = words_around(image.text, edit.start, edit.end)
    before, after = image.text[start:end], apply(image.text, [edit], start, end)
    old, new = words(before), words(after)
    return [
        min(config.MAX_IMAGE, max(config.MIN_IMAGE, ratio)),
        float(old.rarest > UNSEEN),
        len(after) - len(before),
        min(config.MAX_LEXICON_GAIN, max(-config.MAX_LEXICON_GAIN, new.total - old.total)),
        new.rarest - old.rarest,
        float(features[_LOG]),
        float(features[_PMI_GAIN]),
        changed_characters(candidate),
        float(features[_ACCENT_PUT]),
        math.log(config.MIN_PAGE_DOUBT + image.page_doubt),
    ]


def _log_prob_in(lexicon: Lexicon, posterior: LinePosterior) -> Callable[[str], float]:
    """log10 of the probability of a word, in any case, in such a line; the readings of a line share most words."""
    return cache(lambda word: lexicon.log_prob(word.lower(), posterior) if len(word) > 1 else config.SINGLE_LETTER)


def _words(text: str, log_prob: Callable[[str], float]) -> _Words:
    logs = [*map(log_prob, LETTERS.findall(text))]
    return _Words(sum(logs), min(logs, default=config.SINGLE_LETTER))
