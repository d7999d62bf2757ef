"""``python -m model_training.calibrate --data DIR --model models/fast``: fits the reranker.

It uses text kept out of training: clean lines of every language and business lines (where every change is harmful),
real pairs, and lines with synthetic noise. A small network learns from the features whether a change is right.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch

from model_training.bigrams import thinned_resources
from model_training.business import BusinessLines, business_lines
from model_training.calibrate_image import unfitted
from model_training.corpus import load_corpus
from model_training.labelled_candidates import LabelledLine, label_candidates, labels_from_gains, rows_of
from model_training.noise import load_noise
from model_training.real_pairs import CALIBRATION_SETS, Pair, kind_of_readings, line_pairs
from model_training.synthetic_eval import with_one_corruption
from scanproof.correction.fast.corrector import LineAnalyzer
from scanproof.correction.fast.model_folder import LanguageResources, load_resources
from scanproof.correction.fast.reranker import FEATURES, FILE_NAME, Reranker, Risk
from scanproof.correction.fast.tagger import Tagger

_SEED = 7_000_003  # differs from any seed used in training
_HIDDEN, _NETWORKS = 40, 10
_STEPS, _RATE, _WEIGHT_DECAY = 3000, 0.01, 2e-3
_WEIGHTS = {
    "clean": 5.0,
    "terse": 2.0,
    "noisy": 1.5,
    "corrupted": 3.0,
    "rendered": 1.0,
    "news/en": 1.0,
    "news/de": 1.0,
    "books/de": 1.0,
    "receipts/en": 1.5,
    "receipts/fr": 1.0,
}  # of all rows of a set
# The probability that a change needs. Thresholds by kind of edit and domain of the line, chosen on held-out lines, gain
# nothing beyond chance (docs/measurements.md).
_THRESHOLDS = {Risk.LOOKALIKE: 0.5, Risk.SPELLING: 0.65, Risk.SPACING: 0.75, Risk.MARKS: 0.75}
_NOISY_SPELLING = 0.5
_STRICTER = {"financial": 0.5, "medical": 0.5, "table": 0.5}  # the share of the tolerated doubt that stays


def clean_pairs(data: Path, lines: int, business: bool = True) -> list[Pair]:
    """Clean lines kept out of training: a third of them English, the others evenly over the languages."""
    corpus, generators = load_corpus(data / "train_text", held_out=True), business_lines(_SEED)
    rng = Random(_SEED)  # noqa: S311 - sampling, not secrecy
    chosen = []
    for number in range(lines):
        language = sorted(generators)[number // 3 % len(generators)] if number % 3 else "en"
        line = (
            _business_line(generators[language], rng) if business and rng.random() < 0.5 else corpus.line(language, rng)
        )
        chosen.append(Pair(language, line, line))
    return chosen


def _business_line(generator: BusinessLines, rng: Random) -> str:
    """A line of a business document; sometimes with a name in camel case."""
    line = generator.line(rng)
    return re.sub(r"(?<=[a-z]) (?=[A-Z])", "", line, count=1) if rng.random() < 0.15 else line


def terse_pairs(lines: int) -> list[Pair]:
    """Clean lines of receipts and forms, full of abbreviations."""
    generators, rng = business_lines(_SEED), Random(_SEED + 2)  # noqa: S311 - sampling, not secrecy
    languages = [sorted(generators)[number % len(generators)] for number in range(lines)]
    return [Pair(language, line, line) for language in languages for line in [generators[language].terse_line(rng)]]


def noisy_pairs(data: Path, clean: Sequence[Pair]) -> list[Pair]:
    """The same lines with synthetic noise."""
    noise, rng = load_noise(data / "dev" / "confusions"), Random(_SEED + 1)  # noqa: S311
    return [Pair(pair.language, noise(pair.truth, pair.language, rng), pair.truth) for pair in clean]


def corrupted_pairs(clean: Sequence[Pair]) -> list[Pair]:
    """The same lines, each with one error in one word; in names as well, so that the reranker learns their risk."""
    rng = Random(_SEED + 3)  # noqa: S311 - sampling, not secrecy
    corrupted = (Pair(pair.language, with_one_corruption(pair.truth, rng), pair.truth) for pair in clean)
    return [pair for pair in corrupted if pair.ocr != pair.truth]


def fit(sets: dict[str, list[LabelledLine]], version: str) -> Reranker:
    """Fits an ensemble of small networks by weighted logistic loss, and joins them into one.

    The same seeds give the same weights.
    """
    inputs, labels, weights = [], [], []
    for name, every in sets.items():
        lines = [line for line in every if line.candidates.items]
        rows = rows_of(lines)
        inputs.append(rows.features)
        labels.append(labels_from_gains(rows.gains))
        weights.append(np.full(len(rows.gains), _WEIGHTS[name] / max(1, sum(len(line.pair.ocr) for line in lines))))
    features = np.concatenate(inputs)
    means, scales = features.mean(0), features.std(0) + 1e-3
    examples = (features - means) / scales, np.concatenate(labels), np.concatenate(weights)
    networks = [_train(*examples, _SEED + number) for number in range(_NETWORKS)]
    hidden = np.concatenate([units for units, _ in networks])
    output = np.concatenate([w[:-1] for _, w in networks] + [np.sum([w[-1:] for _, w in networks], 0)])
    return Reranker(
        model_version=version,
        features=FEATURES,
        means=_rounded(means),
        scales=_rounded(scales),
        hidden=tuple(_rounded(row) for row in hidden),
        output=_rounded(output / _NETWORKS),
        thresholds=_THRESHOLDS,
        noisy_spelling=_NOISY_SPELLING,
        stricter=_STRICTER,
        image=unfitted(),
    )


def _train(
    inputs: npt.NDArray[np.float32], labels: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Trains one network; returns its hidden layer (units, features + 1) and its output (units + 1,)."""
    torch.manual_seed(seed)
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], _HIDDEN), torch.nn.Tanh(), torch.nn.Linear(_HIDDEN, 1)
    )
    x, y = torch.from_numpy(inputs.astype(np.float32)), torch.from_numpy(labels.astype(np.float32))
    w = torch.from_numpy((weights / weights.mean()).astype(np.float32))
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(_STEPS):
        batch = torch.randint(len(x), (4096,), generator=generator)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(x[batch])[:, 0], y[batch], weight=w[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    first, last = network[0], network[2]
    hidden = torch.cat([first.weight, first.bias[:, None]], dim=1).detach().numpy()
    output = torch.cat([last.weight[0], last.bias]).detach().numpy()
    return hidden, output


def _rounded(values: npt.NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


def main() -> None:
    """Writes ``reranker.json`` into the model's folder and prints the effect of each kind of edit."""
    parser = argparse.ArgumentParser(prog="python -m model_training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with onnx/cpu")
    parser.add_argument("--lines", type=int, default=8000, help="clean lines (default 8000)")
    parser.add_argument(
        "--readings", type=Path, nargs="*", default=[], help="more pairs (see page_readings.py and rendered.py)"
    )
    options = parser.parse_args()
    tagger, resources = Tagger(options.model), load_resources(options.model)
    sets = labelled_sets(options.data, options.lines, options.readings, tagger, resources)
    reranker = fit(sets, tagger.version)
    (options.model / FILE_NAME).write_text(reranker.model_dump_json(indent=1) + "\n", "utf-8")
    print(json.dumps({name: len(lines) for name, lines in sets.items()}))


def labelled_sets(
    data: Path, lines: int, readings: Sequence[Path], tagger: Tagger, resources: LanguageResources
) -> dict[str, list[LabelledLine]]:
    """The labelled lines of each set."""
    generated = LineAnalyzer(tagger, thinned_resources(resources, _SEED))
    real = LineAnalyzer(tagger, resources)
    clean = clean_pairs(data, lines)
    sets = {
        "clean": label_candidates(generated, clean),
        "terse": label_candidates(generated, terse_pairs(lines // 4)),
        "noisy": label_candidates(generated, noisy_pairs(data, clean[: lines // 2])),
        "corrupted": label_candidates(generated, corrupted_pairs(clean)),
    }
    rendered = [path for path in readings if kind_of_readings(path) == "rendered"]
    receipts = [path for path in readings if path not in rendered]
    if rendered:
        sets["rendered"] = label_candidates(
            generated, _sampled(line_pairs(data / "dev", "calibrate", (), rendered), lines // 2)
        )
    for name, files in CALIBRATION_SETS.items():
        pairs = line_pairs(data / "dev", "calibrate", files, receipts if name == "receipts/en" else ())
        sets[name] = label_candidates(real, _sampled(pairs, lines // 2))
    return sets


def _sampled(pairs: Sequence[Pair], most: int) -> list[Pair]:
    return Random(_SEED).sample(pairs, min(len(pairs), most))  # noqa: S311 - sampling, not secrecy


if __name__ == "__main__":
    main()
