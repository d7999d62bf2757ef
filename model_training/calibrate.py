"""``python -m model_training.calibrate --data DIR --model models/fast``: thresholds by kind of edit.

On text kept out of training: clean lines of every language and business lines (what is changed there is harm), real
pairs, and lines with noise of our own. Each kind gets the lowest doubt at which clean text stays as good as untouched
and what is changed in real and noisy text is right often enough.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from model_training.business import business_lines
from model_training.corpus import load_corpus
from model_training.judged import Judged, judge
from model_training.noise import load_noise
from model_training.real_pairs import CALIBRATION_SETS, Pair, line_pairs
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.lexicon import load_lexicon
from scanproof.correcting.fast.tagger import Tagger
from scanproof.correcting.fast.thresholds import FILE_NAME, Threshold, Thresholds

_DOUBTS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
_CHOICES = (0.42, 0.5, 0.6, 0.7, 0.85, 0.95)
_CLEAN_CHARACTERS_PER_EDIT = 60_000  # of each kind: all kinds together stay well below one in 5,000
_LEAST_PRECISION = {"news": 0.6, "books": 0.6, "receipts": 0.6, "noisy": 0.65}
_LINES_PER_HARM = 350  # where edits are too few to tell a share, so many lines may hold a harmful one
_MOST_HARMFUL = 0.15  # the others put a wrong letter where a letter was wrong or missing: no error more, none less
_ENOUGH = 30  # edits of a kind in a set, to judge the kind by its share of right ones
_SEED = 7_000_003  # far from any seed of a training


def clean_pairs(data: Path, lines: int, business: bool = True) -> list[Pair]:
    """Lines kept out of training, clean: half of them English, the others evenly over the languages."""
    corpus, makers = load_corpus(data / "train_text", held_out=True), business_lines(_SEED)
    rng = Random(_SEED)  # noqa: S311 - sampling, not secrecy
    chosen = []
    for number in range(lines):
        language = sorted(makers)[number // 2 % len(makers)] if number % 2 else "en"
        from_papers = business and rng.random() < 0.3
        line = makers[language].line(rng) if from_papers else corpus.line(language, rng)
        chosen.append(Pair(language, line, line))
    return chosen


def noisy_pairs(data: Path, clean: Sequence[Pair]) -> list[Pair]:
    """The same lines with noise of our own."""
    noise, rng = load_noise(data / "dev" / "confusions"), Random(_SEED + 1)  # noqa: S311
    return [Pair(pair.language, noise(pair.truth, pair.language, rng), pair.truth) for pair in clean]


def threshold_for(
    kind: EditKind, judged: dict[str, list[Judged]], lines: Mapping[str, int], clean_characters: int
) -> Threshold | None:
    """The pair of thresholds with the greatest gain among those that keep the promises; None if there is none."""
    best: tuple[int, Threshold] | None = None
    for doubt in _DOUBTS:
        for choice in _CHOICES:
            chosen = {
                name: [j for j in of_set if j.kind == kind and j.doubt >= doubt and j.choice >= choice]
                for name, of_set in judged.items()
            }
            harm = len(chosen["clean"])
            if harm * _CLEAN_CHARACTERS_PER_EDIT > clean_characters or not _precise(chosen, lines):
                continue
            gain = sum(j.gain for name in _LEAST_PRECISION for j in chosen[name])
            if gain > 0 and (best is None or gain > best[0]):
                best = gain, Threshold(doubt=doubt, choice=choice)
    return best[1] if best else None


def _precise(chosen: dict[str, list[Judged]], lines: Mapping[str, int]) -> bool:
    """Whether every set gains: where there are edits enough to tell, most lessen the errors; elsewhere few add any."""
    return all(_is_precise(chosen[name], least, lines[name]) for name, least in _LEAST_PRECISION.items())


def _is_precise(made: list[Judged], least: float, lines: int) -> bool:
    right, harmful = sum(j.gain > 0 for j in made), sum(j.gain < 0 for j in made)
    if len(made) < _ENOUGH:
        return harmful * _LINES_PER_HARM <= lines
    return _lower_bound(right, len(made)) >= least and harmful <= _MOST_HARMFUL * len(made)


def _lower_bound(right: int, made: int) -> float:
    """The share of right edits that can be relied on: Wilson's score interval, one-sided at 90 %."""
    if made == 0:
        return 0.0
    share, z = right / made, 1.2816
    spread = z * math.sqrt(share * (1 - share) / made + z * z / (4 * made * made))
    return (share + z * z / (2 * made) - spread) / (1 + z * z / made)


def main() -> None:
    """Writes ``calibration.json`` into the model's folder and prints what each kind does."""
    parser = argparse.ArgumentParser(prog="python -m model_training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with onnx/cpu")
    parser.add_argument("--lines", type=int, default=6000, help="clean lines (default 6000)")
    options = parser.parse_args()
    tagger, lexicon = Tagger(options.model), load_lexicon(options.model)
    clean = clean_pairs(options.data, options.lines)
    sets = {"clean": clean, "noisy": noisy_pairs(options.data, clean[: options.lines // 2])}
    for kind_of_text, names in CALIBRATION_SETS.items():
        pairs = line_pairs(options.data / "dev", "calibrate", names)
        sets[kind_of_text] = Random(_SEED).sample(pairs, min(len(pairs), options.lines // 3))  # noqa: S311
    judged = {name: list(judge(tagger, lexicon, pairs)) for name, pairs in sets.items()}
    characters = sum(len(pair.ocr) for pair in clean)
    lines = {name: len(pairs) for name, pairs in sets.items()}
    chosen = {kind: threshold_for(kind, judged, lines, characters) for kind in EditKind}
    kinds = {kind: threshold for kind, threshold in chosen.items() if threshold}
    thresholds = Thresholds(model_version=tagger.version, kinds=kinds)
    (options.model / FILE_NAME).write_text(thresholds.model_dump_json(indent=2) + "\n", "utf-8")
    for kind, threshold in chosen.items():
        print(json.dumps({"kind": kind, **_figures(kind, threshold, judged, characters)}))


def _figures(
    kind: EditKind, threshold: Threshold | None, judged: dict[str, list[Judged]], characters: int
) -> dict[str, object]:
    if threshold is None:
        return {"threshold": None, "candidates": {name: sum(j.kind == kind for j in js) for name, js in judged.items()}}
    made = {
        name: [j for j in js if j.kind == kind and j.doubt >= threshold.doubt and j.choice >= threshold.choice]
        for name, js in judged.items()
    }
    return {
        "threshold": threshold.model_dump(),
        "clean_characters": characters,
        **{name: {"edits": len(js), "right": sum(j.gain > 0 for j in js)} for name, js in made.items()},
    }


if __name__ == "__main__":
    main()
