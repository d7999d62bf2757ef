"""Fits the weights with which fields are chosen, by documents whose fields are known.

    python -m benchmarks.fields correct PAGES.jsonl --out CORRECTED.jsonl
    python -m benchmarks.field_fit --scans CORRECTED.jsonl TRUTH.jsonl --texts RECEIPTS.jsonl \\
        --made 400 --half a --write

Every document has candidates for each field, of which those are right whose value is true; where none is, "none of
them" is. The weights maximise the probability of what is right, less a penalty for their squared distance from those in
``field_prior.toml``, so that a feature that few documents have keeps the weight that was expected of it. ``--half``
fits by half of the documents, as `benchmarks.fields` parts them. Prints the log-likelihood before and after, and the
weights that changed most; ``--write`` replaces those in ``weights.toml``.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.fields import Truth, half_of, is_right, load_truth, made_papers, page_of
from model_training.page_readings import load_readings
from scanproof.document import Page
from scanproof.extraction import choice
from scanproof.extraction.choice import BIAS, Candidate
from scanproof.extraction.extract import field_candidates

PRIOR = Path(__file__).with_name("field_prior.toml")
WEIGHTS = Path(choice.__file__).with_name("weights.toml")
PENALTY = 0.5  # of a squared distance of 1 from the weight that is there, in nats of one document
STEPS, RATE = 3_000, 0.03  # of Adam


@dataclass(frozen=True)
class Example:
    """The candidates of one field of one document, and which are right."""

    candidates: Sequence[Candidate]
    right: Sequence[bool]


def examples_of(pages: Sequence[Page], truth: Truth, names: set[str]) -> Iterator[tuple[str, Example]]:
    """Yields the example of each field that has candidates and whose truth is known."""
    for name, candidates in field_candidates(pages).items():
        if name not in names:
            continue
        optional = truth.optional.get(name, ())
        kept = [each for each in candidates if not (optional and is_right(name, each.value, optional))]
        if not kept or (name in truth.optional and not truth.optional[name]):
            continue
        yield name, Example(kept, [is_right(name, each.value, truth.fields.get(name, ())) for each in kept])


def fit(
    examples: Sequence[Example], start: Mapping[str, float], penalty: float = PENALTY
) -> tuple[dict[str, float], float, float]:
    """Returns the fitted weights, and the mean log-likelihood before and after."""
    names = sorted({name for one in examples for each in one.candidates for name in each.features} | {*start, BIAS})
    column = {name: index for index, name in enumerate(names)}
    rows = [each for one in examples for each in one.candidates]
    features = np.zeros((len(rows), len(names)))
    for row, each in enumerate(rows):
        features[row, column[BIAS]] = 1.0
        for name, value in each.features.items():
            features[row, column[name]] = value
    groups = np.repeat(np.arange(len(examples)), [len(one.candidates) for one in examples])
    right = np.array([is_one for one in examples for is_one in one.right])
    prior = np.array([start.get(name, 0.0) for name in names])
    weights, mean, square = prior.copy(), np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, STEPS + 1):
        _, gradient = _likelihood(weights, features, groups, right, len(examples))
        gradient = gradient - penalty * 2 * (weights - prior)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        weights += RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    before, after = (
        _likelihood(each, features, groups, right, len(examples))[0] / len(examples) for each in (prior, weights)
    )
    return dict(zip(names, weights.tolist(), strict=True)), before, after


def _likelihood(
    weights: NDArray[np.float64],
    features: NDArray[np.float64],
    groups: NDArray[np.int64],
    right: NDArray[np.bool_],
    count: int,
) -> tuple[float, NDArray[np.float64]]:
    """Returns the log-likelihood of what is right, with "none" at score 0, and its gradient."""
    odds = np.exp(np.clip(features @ weights, -30, 30))
    total = 1.0 + np.bincount(groups, odds, count)
    true = np.bincount(groups, np.where(right, odds, 0.0), count)
    is_none = ~np.bincount(groups, right, count).astype(bool)
    true = np.where(is_none, 1.0, true)
    given = odds / total[groups]
    wanted = np.where(right, odds / true[groups], 0.0)
    return float(np.log(true / total).sum()), features.T @ (wanted - given)


def write(name: str, fitted: Mapping[str, float]) -> None:
    """Replaces the weights of a field in the file."""
    text = WEIGHTS.read_text("utf-8")
    start = text.index(f"[{name}]")
    end = text.find("\n[", start)
    end = len(text) if end < 0 else end
    minimum = re.search(r"minimum = .*", text[start:end])
    assert minimum is not None  # noqa: S101 - every field has one
    lines = [f"[{name}]", minimum[0], *(f"{key} = {value:.2f}" for key, value in fitted.items() if abs(value) >= 0.005)]
    WEIGHTS.write_text(text[:start] + "\n".join(lines) + "\n" + text[end:], encoding="utf-8")


def main() -> None:
    """Fits, prints, and writes on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=Path, nargs=2, action="append", default=[], metavar=("PAGES", "TRUTH"))
    parser.add_argument("--texts", type=Path, action="append", default=[], metavar="ROWS")
    parser.add_argument("--made", type=int, default=0, metavar="N", help="papers of benchmarks.fields, seed 0")
    parser.add_argument("--half", choices=("a", "b"))
    parser.add_argument("--fields", nargs="*", help="only these")
    parser.add_argument("--penalty", type=float, default=PENALTY, help=f"of distance, in nats (default {PENALTY})")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    examples: defaultdict[str, list[Example]] = defaultdict(list)
    for pages, truths in [*_scans(options.scans), *_texts(options.texts), *_made(options.made)]:
        names = {name for one in truths.values() for name in (*one.fields, *one.optional)}
        for document, page in pages.items():
            if document in truths and (not options.half or half_of(document) == options.half):
                for name, example in examples_of([page], truths[document], names):
                    examples[name].append(example)
    priors = tomllib.loads(PRIOR.read_text("utf-8"))
    for name, found in examples.items():
        if options.fields and name not in options.fields:
            continue
        start = {key: value for key, value in priors[name].items() if key != "minimum"}
        fitted, before, after = fit(found, start, options.penalty)
        changes = sorted(fitted, key=lambda key: -abs(fitted[key] - start.get(key, 0.0)))[:8]
        print(f"{name}: {len(found)} documents, log-likelihood {before:.4f} -> {after:.4f}")
        print("   " + ", ".join(f"{key} {start.get(key, 0.0):.2f} -> {fitted[key]:.2f}" for key in changes))
        if options.write:
            write(name, fitted)


def _scans(files: Sequence[Sequence[Path]]) -> Iterator[tuple[dict[str, Page], dict[str, Truth]]]:
    for pages, truth in files:
        yield {reading.id: reading.page for reading in load_readings(pages)}, load_truth(truth)


def _texts(files: Sequence[Path]) -> Iterator[tuple[dict[str, Page], dict[str, Truth]]]:
    for path in files:
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        yield {row["id"]: page_of(row["truth"]) for row in rows}, load_truth(path)


def _made(count: int) -> Iterator[tuple[dict[str, Page], dict[str, Truth]]]:
    papers = list(made_papers(count, seed=0))
    yield {each[0]: each[1] for each in papers}, {each[0]: each[2] for each in papers}


if __name__ == "__main__":
    main()
