"""Fits the image reranker, which judges candidates of lines with a lattice, and writes it into ``reranker.json``.

    python -m model_training.calibrate_image --model models/fast --pages PAGES.jsonl

The pages are rendered ones of `model_training.page_readings`. The lexicon counted the corpora that their words are
from, so it is thinned, as `calibrate` does. Real receipts beside them change nothing (docs/measurements.md).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model_training.bigrams import thinned_resources
from model_training.page_readings import PageReading, load_readings
from scanproof.correction.fast import config
from scanproof.correction.fast.candidates import edit_of
from scanproof.correction.fast.corrector import Candidates, LineAnalyzer
from scanproof.correction.fast.image import line_images
from scanproof.correction.fast.model_folder import load_resources
from scanproof.correction.fast.reranker import (
    FILE_NAME,
    IMAGE,
    IMAGE_INPUTS,
    ImageReranker,
    Reranker,
    Risk,
    image_inputs,
)
from scanproof.correction.fast.tagger import Tagger
from scanproof.correction.guards import guard_line
from scanproof.edits import TextEdit, apply, separate, words_around
from scanproof.language import UNKNOWN_LANGUAGE, detect_language

SEED = 7_000_003
_NEUTRAL_WEIGHT = 0.2  # of a candidate that is neither right nor harmful by the truth
_PENALTY = 10.0  # of the squares of the weights, halved
_MAX_STEPS, _TOLERANCE = 50, 1e-6
_MIN_SCALE = 1e-3  # of an input that never varies
_THRESHOLDS = {Risk.LOOKALIKE: 0.5, Risk.SPELLING: 0.45, Risk.SPACING: 0.33, Risk.MARKS: 0.42}
_DIGITS = 5


@dataclass(frozen=True)
class LabelledRows:
    """The candidates of pages: inputs of the reranker, whether each is right, and its weight."""

    inputs: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64]


def labelled_rows(analyzer: LineAnalyzer, reranker: Reranker, readings: Iterable[PageReading]) -> LabelledRows:
    """The candidates that the lattice tells about and the guards accept; ``reranker`` judges them by the text."""
    inputs, right, weights = [], [], []
    for reading in readings:
        for text, candidates, gains in _labelled_lines(analyzer, reading):
            if candidates.image is None:
                continue
            used = candidates.image[:, IMAGE] > config.NOT_IN_IMAGE  # False for NaN
            used &= _accepted(analyzer, text, candidates)
            rows = image_inputs(reranker.probabilities(candidates.features), candidates.image)
            inputs.append(rows[used])
            right.append(gains[used] > 0)
            weights.append(np.where(gains[used] == 0, _NEUTRAL_WEIGHT, 1.0))
    return LabelledRows(np.concatenate(inputs), np.concatenate(right), np.concatenate(weights))


def _labelled_lines(
    analyzer: LineAnalyzer, reading: PageReading
) -> Iterator[tuple[str, Candidates, npt.NDArray[np.int64]]]:
    """Text, candidates, and by the truth the gain of each candidate: positive if it is right, negative if harmful."""
    if reading.lattice is None:
        return
    language = detect_language(reading.page.raw_text, analyzer.lexicon)
    for index, image in enumerate(line_images(reading.page, reading.lattice)):
        truth = reading.line_truths[index] if reading.line_truths else reading.truth
        if truth is None or not any(map(str.isalpha, image.text)):
            continue
        candidates = analyzer.analyze(image.text, language, image)
        edits = [*map(edit_of, candidates.items)]
        if not edits:
            continue
        gains = gains_of(image.text, edits, truth)
        yield image.text, candidates, np.array(gains)


def gains_of(text: str, edits: Sequence[TextEdit], truth: str) -> list[int]:
    """1 where the words after an edit stand in the truth and those before it do not, -1 the other way round.

    A change that leaves a word wrong gains nothing: the reader has to correct it all the same.
    """
    collapsed = _collapsed(truth)
    gains = []
    for edit in edits:
        start, end = words_around(text, edit.start, edit.end)
        before, after = text[start:end], apply(text, [edit], start, end)
        stood, stands = (_collapsed(words) in collapsed for words in (before, after))
        gains.append(int(stands) - int(stood))
    return gains


def _collapsed(text: str) -> str:
    """The text with one blank between words, and around it."""
    return f" {' '.join(text.split())} "


def _accepted(analyzer: LineAnalyzer, text: str, candidates: Candidates) -> npt.NDArray[np.bool_]:
    edits = [*map(edit_of, candidates.items)]
    shares = analyzer.shares_in(text, UNKNOWN_LANGUAGE)
    guarded = (guard_line(text, separate(text, edit), shares, image_seen=True) for edit in edits)
    return np.array([bool(found.accepted) and not found.refused for found in guarded])


def unfitted() -> ImageReranker:
    """Creates one that makes no change, for a model of which only the text's part is fitted."""
    size = len(IMAGE_INPUTS)
    return ImageReranker(
        inputs=IMAGE_INPUTS,
        means=(0.0,) * size,
        scales=(1.0,) * size,
        weights=(0.0,) * (size + 1),
        thresholds=dict.fromkeys(Risk, 1.0),
    )


def fit(rows: LabelledRows) -> ImageReranker:
    """Fits a logistic regression on standardised inputs."""
    means, scales = rows.inputs.mean(0), rows.inputs.std(0).clip(_MIN_SCALE)
    return ImageReranker(
        inputs=IMAGE_INPUTS,
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(logistic_regression((rows.inputs - means) / scales, rows.right, rows.weights)),
        thresholds=_THRESHOLDS,
    )


def logistic_regression(
    inputs: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Minimises the weighted logistic loss with an L2 penalty by Newton's method (Hastie et al. 2009, section 4.4.1).

    Args:
        inputs: [rows, inputs], standardised.
        right: [rows] the labels.
        weights: [rows] of the losses.

    Returns:
        [inputs + 1]: a weight for each input, then the bias, which is not penalised.
    """
    columns = np.column_stack([inputs, np.ones(len(inputs))])
    penalty = np.diag([_PENALTY] * inputs.shape[1] + [0.0])
    found = np.zeros(columns.shape[1])
    for _ in range(_MAX_STEPS):
        probabilities = 1.0 / (1.0 + np.exp(-columns @ found))
        gradient = columns.T @ (weights * (probabilities - right)) + penalty @ found
        curvature = weights * probabilities * (1 - probabilities)
        step = np.linalg.solve((columns.T * curvature) @ columns + penalty, gradient)
        found -= step
        if np.abs(step).max() < _TOLERANCE:
            break
    return found


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), _DIGITS) for value in values)


def main() -> None:
    """Writes ``image`` in ``reranker.json`` and prints the weights."""
    parser = argparse.ArgumentParser(
        prog="python -m model_training.calibrate_image",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--pages", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    path = options.model / FILE_NAME
    reranker = Reranker.model_validate_json(path.read_text("utf-8"))
    tagger, resources = Tagger(options.model), load_resources(options.model)
    thin = thinned_resources(resources, SEED)
    readings = (reading for pages in options.pages for reading in load_readings(pages))
    rows = labelled_rows(LineAnalyzer(tagger, thin), reranker, readings)
    fitted = fit(rows)
    path.write_text(reranker.model_copy(update={"image": fitted}).model_dump_json(indent=1) + "\n", "utf-8")
    print(json.dumps({"candidates": len(rows.right), "right": int(rows.right.sum())}))
    print(json.dumps(dict(zip((*IMAGE_INPUTS, "bias"), fitted.weights, strict=True))))


if __name__ == "__main__":
    main()
