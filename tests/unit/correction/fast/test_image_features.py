"""The image's features of a candidate, and how they change its probability."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model_training.calibrate_image import unfitted
from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.image_features import image_features, plausible_readings
from scanproof.correction.fast.reranker import (
    FEATURES,
    IMAGE_FEATURES,
    IMAGE_INPUTS,
    image_inputs,
)
from tests.unit.correction.fast.test_image import ALPHABET, segment
from tests.unit.correction.fast.words import LEXICON


def row(image: LineImage, start: int, end: int, corrected: str) -> dict[str, float]:
    found = [Candidate(start, end, corrected, -1.5, -0.3, from_argmax=False)]
    text_features = np.zeros((1, len(FEATURES)), np.float32)
    text_features[0, FEATURES.index("log")] = -1.5
    matrix = image_features(image, found, text_features, LEXICON, LEXICON.posterior(image.text))
    return dict(zip(IMAGE_FEATURES, matrix[0].tolist(), strict=True))


def test_change_gains_in_the_lexicon() -> None:
    alphabet = ("", *sorted(set("the paymentn is due")))
    image = LineImage("the paynent", alphabet, (segment("the paynent", {7: ("m", 0.3)}, alphabet=alphabet),))
    found = row(image, 7, 8, "m")
    assert found["rarest_gain"] > 0
    assert (found["known_before"], found["tagger_log"], found["length_change"]) == (0.0, -1.5, 0.0)
    assert -3 < found["image"] < 0


def test_implausible_readings_are_dropped() -> None:
    alphabet = ("", *sorted(set("the paymentnx")))
    segments = (segment("the paynent", {6: ("x", 0.02), 7: ("m", 0.3)}, alphabet=alphabet),)
    image = LineImage("the paynent", alphabet, segments)
    words = [edit.corrected for edit in plausible_readings(image, LEXICON, LEXICON.posterior(image.text))]
    assert "payment" in words
    assert "paxnent" in [edit.corrected for edit, _ in image.readings()]
    assert "paxnent" not in words


def test_added_space_makes_words_longer() -> None:
    image = LineImage("thelots", ALPHABET, (segment("thelots", gaps={2: 0.2}),))
    found = row(image, 3, 3, " ")
    assert (found["length_change"], found["known_before"]) == (1.0, 0.0)


def test_page_and_candidate_are_described() -> None:
    image = LineImage("the lots", ALPHABET, (segment("the lots"),), page_doubt=0.049)
    found = row(image, 4, 6, "it")
    assert (found["changed"], found["accent_put"]) == (2.0, 0.0)
    assert found["page_doubt"] == pytest.approx(math.log(0.05))


def test_silent_lattice_gives_no_number() -> None:
    image = LineImage("the lots", ALPHABET, (segment("the"),))
    assert all(map(math.isnan, row(image, 4, 5, "t").values()))


def test_image_and_text_count_together() -> None:
    weights = dict.fromkeys((*IMAGE_INPUTS, "bias"), 0.0) | {"text_log_odds": 1.0, "image": 1.0}
    reranker = unfitted().model_copy(update={"weights": tuple(weights.values())})
    features = np.zeros((3, len(IMAGE_FEATURES)), np.float32)
    features[:, IMAGE_FEATURES.index("image")] = (0.0, -2.0, 2.0)
    same, less, more = reranker.probabilities(np.array([0.7, 0.7, 0.7]), features)
    assert same == pytest.approx(0.7, abs=1e-5)
    assert less < same < more


def test_certain_text_keeps_finite_odds() -> None:
    inputs = image_inputs(np.array([0.0, 1.0]), np.zeros((2, len(IMAGE_FEATURES)), np.float32))
    assert np.isfinite(inputs).all()
