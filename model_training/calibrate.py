"""``python -m model_training.calibrate --data DIR --model models/fast``: fits what decides which changes are made.

On text kept out of training: clean lines of every language and business lines (whatever is changed there is harm), real
pairs, and lines with noise of our own. A small network learns from the evidence whether a change is right; each kind of
change then gets the lowest threshold at which clean text stays as good as untouched and no sort of text gets worse.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch

from model_training.business import business_lines
from model_training.corpus import load_corpus
from model_training.judged import JudgedLine, judge, rows_of
from model_training.noise import load_noise
from model_training.real_pairs import CALIBRATION_SETS, Pair, line_pairs
from scanproof.correcting.fast.acceptance import FILE_NAME, Acceptance
from scanproof.correcting.fast.evidence import FEATURES
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.lexicon import load_lexicon
from scanproof.correcting.fast.looking import Looker
from scanproof.correcting.fast.tagger import Tagger

_SEED = 7_000_003  # far from any seed of a training
_HIDDEN = 20
_STEPS, _RATE, _WEIGHT_DECAY = 1500, 0.01, 2e-3
_WRONG_FOR_WRONG = 0.25  # what a change is worth that mends nothing and harms nothing; a right one is worth 1
_WEIGHTS = {"clean": 3.0, "noisy": 1.0, "news": 1.0, "books": 1.0, "receipts": 1.5}  # of a set's rows together
_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
_CLEAN_CHARACTERS_PER_EDIT = 40_000  # of each kind: all kinds together stay below one in 5,000


def clean_pairs(data: Path, lines: int, business: bool = True) -> list[Pair]:
    """Lines kept out of training, clean: a third of them English, the others evenly over the languages."""
    corpus, makers = load_corpus(data / "train_text", held_out=True), business_lines(_SEED)
    rng = Random(_SEED)  # noqa: S311 - sampling, not secrecy
    chosen = []
    for number in range(lines):
        language = sorted(makers)[number // 3 % len(makers)] if number % 3 else "en"
        from_papers = business and rng.random() < 0.4
        line = makers[language].line(rng) if from_papers else corpus.line(language, rng)
        chosen.append(Pair(language, line, line))
    return chosen


def noisy_pairs(data: Path, clean: Sequence[Pair]) -> list[Pair]:
    """The same lines with noise of our own."""
    noise, rng = load_noise(data / "dev" / "confusions"), Random(_SEED + 1)  # noqa: S311
    return [Pair(pair.language, noise(pair.truth, pair.language, rng), pair.truth) for pair in clean]


def fit(sets: dict[str, list[JudgedLine]], version: str) -> Acceptance:
    """The network, by weighted logistic loss; the same seed gives the same weights."""
    rows, worths, weights = [], [], []
    for name, lines in sets.items():
        judged = rows_of(lines)
        rows.append(judged.evidence)
        worths.append(np.where(judged.gains > 0, 1.0, np.where(judged.gains == 0, _WRONG_FOR_WRONG, 0.0)))
        weights.append(np.full(len(judged.gains), _WEIGHTS[name] / max(1, sum(len(line.pair.ocr) for line in lines))))
    evidence = np.concatenate(rows)
    means, scales = evidence.mean(0), evidence.std(0) + 1e-3
    network = _train((evidence - means) / scales, np.concatenate(worths), np.concatenate(weights))
    hidden, output = network
    return Acceptance(
        model_version=version,
        features=FEATURES,
        means=_rounded(means),
        scales=_rounded(scales),
        hidden=tuple(_rounded(row) for row in hidden),
        output=_rounded(output),
        thresholds={},
    )


def _train(
    inputs: npt.NDArray[np.float32], worths: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(units, features + 1) and (units + 1,)."""
    torch.manual_seed(_SEED)
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], _HIDDEN), torch.nn.Tanh(), torch.nn.Linear(_HIDDEN, 1)
    )
    x, y = torch.from_numpy(inputs.astype(np.float32)), torch.from_numpy(worths.astype(np.float32))
    w = torch.from_numpy((weights / weights.mean()).astype(np.float32))
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
    generator = torch.Generator().manual_seed(_SEED)
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


def thresholds(acceptance: Acceptance, sets: dict[str, list[JudgedLine]]) -> dict[EditKind, float]:
    """For each kind the threshold with the greatest gain among those that keep the promises."""
    judged = {name: _probabilities(acceptance, lines) for name, lines in sets.items()}
    clean_characters = sum(len(line.pair.ocr) for line in sets["clean"])
    chosen = {}
    for kind in EditKind:
        best = (0, None)
        for threshold in _THRESHOLDS:
            gains = {
                name: values[1][(values[0] >= threshold) & (values[2] == kind)] for name, values in judged.items()
            }
            clean = gains.pop("clean")
            if len(clean) * _CLEAN_CHARACTERS_PER_EDIT > clean_characters or any(_harms(g) for g in gains.values()):
                continue
            gain = sum(int(g.sum()) for g in gains.values())
            if gain > best[0]:
                best = (gain, threshold)
        if best[1] is not None:
            chosen[kind] = best[1]
    return chosen


def _harms(gains: npt.NDArray[np.int64]) -> bool:
    """Whether a sort of text is more often made worse than is worth it."""
    return int((gains < 0).sum()) * 2 > int((gains > 0).sum())



def _probabilities(
    acceptance: Acceptance, lines: Sequence[JudgedLine]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """Of what the guards let through: probabilities, gains, kinds."""
    rows = rows_of(lines)
    probabilities = acceptance.probabilities(rows.evidence)
    return probabilities[rows.allowed], rows.gains[rows.allowed], rows.kinds[rows.allowed]


def main() -> None:
    """Writes ``calibration.json`` into the model's folder and prints what each kind does."""
    parser = argparse.ArgumentParser(prog="python -m model_training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with onnx/cpu")
    parser.add_argument("--lines", type=int, default=6000, help="clean lines (default 6000)")
    options = parser.parse_args()
    tagger = Tagger(options.model)
    looker = Looker(tagger, load_lexicon(options.model))
    clean = clean_pairs(options.data, options.lines)
    pairs = {"clean": clean, "noisy": noisy_pairs(options.data, clean[: options.lines // 2])}
    for kind_of_text, names in CALIBRATION_SETS.items():
        real = line_pairs(options.data / "dev", "calibrate", names)
        pairs[kind_of_text] = Random(_SEED).sample(real, min(len(real), options.lines // 2))  # noqa: S311
    sets = {name: judge(looker, of_set) for name, of_set in pairs.items()}
    acceptance = fit(sets, tagger.version)
    chosen = thresholds(acceptance, sets)
    acceptance = acceptance.model_copy(update={"thresholds": chosen})
    (options.model / FILE_NAME).write_text(acceptance.model_dump_json(indent=1) + "\n", "utf-8")
    for name, lines in sets.items():
        print(json.dumps({"set": name, **_figures(acceptance, lines, sum(len(pair.ocr) for pair in pairs[name]))}))


def _figures(acceptance: Acceptance, lines: Sequence[JudgedLine], characters: int) -> dict[str, object]:
    probabilities, gains, kinds = _probabilities(acceptance, lines)
    made = np.asarray([acceptance.allows(EditKind(k), p) for k, p in zip(kinds, probabilities, strict=True)], np.bool_)
    by_kind = {
        kind: [int((gains[made & (kinds == kind)] > 0).sum()), int((gains[made & (kinds == kind)] < 0).sum())]
        for kind in EditKind
    }
    return {"characters": characters, "right and harmful": by_kind}


if __name__ == "__main__":
    main()
