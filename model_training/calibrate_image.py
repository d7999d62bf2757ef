"""Fits the image reranker, which judges candidates of lines with a lattice, and writes it into ``reranker.json``.

    python -m model_training.calibrate_image --model models/fast --pages PAGES.jsonl

The pages are rendered ones of `model_training.page_readings`. The lexicon counted the corpora that their words are
from, so it is thinned, as `calibrate` does. Real receipts beside them change nothing (docs/measurements.md).

The fit is repeated with the candidates that the first one prefers to their rivals: of all others the reranker never has
to tell whether they are right, and there are seven times as many.
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
from scanproof.correction.fast.candidates import edit_of
from scanproof.correction.fast.corrector import Candidates, LineAnalyzer, ScoredCandidates
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
_NEUTRAL_WEIGHT = 0.5  # of a candidate that is neither right nor harmful by the truth
_PENALTY = 10.0  # of the squares of the weights, halved
_MAX_STEPS, _TOLERANCE = 50, 1e-6
_MIN_SCALE = 1e-3  # of an input that never varies
_THRESHOLDS = {Risk.LOOKALIKE: 0.5, Risk.SPELLING: 0.55, Risk.SPACING: 0.4, Risk.MARKS: 0.5}
_DIGITS = 5


@dataclass(frozen=True)
class LabelledRows:
    """The candidates of pages that the lattice tells about and the guards accept.

    Attributes:
        inputs: [rows, inputs] of the reranker.
        right: [rows] whether each is right.
        weights: [rows] of the losses.
        lines: the candidates of each line, and which of them have rows, in order.
    """

    inputs: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64]
    lines: Sequence[tuple[Candidates, npt.NDArray[np.bool_]]]


def labelled_rows(analyzer: LineAnalyzer, reranker: Reranker, readings: Iterable[PageReading]) -> LabelledRows:
    """The rows of ``readings``; ``reranker`` judges the candidates by the text."""
    inputs, right, weights, lines = [], [], [], []
    for reading in readings:
        for text, candidates, gains in _labelled_lines(analyzer, reading):
            if candidates.image is None or candidates.ruled_out is None:
                continue
            used = ~np.isnan(candidates.image[:, IMAGE]) & ~candidates.ruled_out & _accepted(analyzer, text, candidates)
            rows = image_inputs(reranker.probabilities(candidates.features), candidates.image)
            inputs.append(rows[used])
            right.append(gains[used] > 0)
            weights.append(np.where(gains[used] == 0, _NEUTRAL_WEIGHT, 1.0))
            lines.append((candidates, used))
    return LabelledRows(np.concatenate(inputs), np.concatenate(right), np.concatenate(weights), lines)


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
    """Fits a logistic regression on standardised inputs, first to all rows, then to those that this one prefers."""
    return fit_once(rows, preferred(rows, fit_once(rows)))


def fit_once(rows: LabelledRows, used: npt.NDArray[np.bool_] | None = None) -> ImageReranker:
    """The same without repeating it, to the rows that are ``used`` (by default to all)."""
    if used is None:
        used = np.full(len(rows.right), True)
    inputs = rows.inputs[used]
    means, scales = inputs.mean(0), inputs.std(0).clip(_MIN_SCALE)
    return ImageReranker(
        inputs=IMAGE_INPUTS,
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(logistic_regression((inputs - means) / scales, rows.right[used], rows.weights[used])),
        thresholds=_THRESHOLDS,
    )


def preferred(rows: LabelledRows, reranker: ImageReranker) -> npt.NDArray[np.bool_]:
    """Whether no candidate in conflict with a row's is more probable."""
    probabilities, preferred, position = reranker.judge(rows.inputs), [], 0
    for candidates, used in rows.lines:
        last = position + int(used.sum())
        of_line = np.full(len(used), -1.0)
        of_line[used] = probabilities[position:last]
        chosen = ScoredCandidates(candidates, of_line, np.zeros(len(used))).chosen()
        preferred.append(np.isin(np.flatnonzero(used), chosen))
        position = last
    return np.concatenate(preferred)


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
