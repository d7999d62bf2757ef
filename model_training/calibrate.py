"""``python -m model_training.calibrate --data DIR --model models/fast``: fits what decides which changes are made.

On text kept out of training: clean lines of every language and business lines (whatever is changed there is harm), real
pairs, and lines with noise of our own. A small network learns from the evidence whether a change is right; each kind of
change then gets the lowest threshold at which clean text stays as good as untouched and no sort of text gets worse.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from rapidfuzz.distance import Levenshtein

from model_training.bigrams import thinned_bigrams
from model_training.business import BusinessLines, business_lines
from model_training.corpus import load_corpus
from model_training.labelled_candidates import LabelledLine, Rows, label_candidates, labels_from_gains, rows_of
from model_training.lexicon import thinned
from model_training.noise import load_noise
from model_training.real_pairs import CALIBRATION_SETS, Pair, line_pairs, sort_of
from model_training.synthetic_eval import with_one_corruption
from scanproof.correction.fast.analysis import LineAnalyzer
from scanproof.correction.fast.edit_kinds import EditKind
from scanproof.correction.fast.features import FEATURES
from scanproof.correction.fast.reranker import FILE_NAME, LineDomain, Reranker, line_domains
from scanproof.correction.fast.resources import LanguageResources, load_resources
from scanproof.correction.fast.tagger import Tagger

_SEED = 7_000_003  # far from any seed of a training
_LOOK_ALIKES = (EditKind.DIGIT_TO_LETTER, EditKind.SIGN_TO_LETTER, EditKind.LETTER_TO_DIGIT)  # wrong as they stand
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
}  # of a set's rows together
_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
_LEAST = 0.75  # for what may well be right as it stands
# With words one may be bolder, the more so where lines are badly read, or where a letter lacks in a paper's word: most
# of those are in a list.
_LEAST_OF_WORDS = {LineDomain.PROSE: 0.65, LineDomain.BUSINESS: 0.65, LineDomain.NOISY: 0.5}
_LEAST_LOST_IN_PAPERS = 0.5
_OF_WORDS = (
    EditKind.LETTERS, EditKind.MULTI_EDIT, EditKind.CASE, EditKind.ACCENT_PUT, EditKind.ACCENT_TAKEN,
    EditKind.LETTERS_LOST, EditKind.LETTERS_SURPLUS,
)  # fmt: skip
_READABLE = 0.12  # of a line's characters misread, at most
# Where too few changes of a kind are made to tell a share; in so little text, papers' own slips make the few.
_CHARACTERS_PER_HARM, _HERE_AND_THERE = 25_000, 6
_STRICTER = {"financial": 0.5, "medical": 0.5, "table": 0.5}  # half of the doubt left is allowed there
_FOLDS = 2
# Of clean lines, for each kind of change: all kinds together stay below one in 5,000. Abbreviations look like slips.
_CHARACTERS_PER_EDIT = {"clean": 10_000, "terse": 3_000}


def clean_pairs(data: Path, lines: int, business: bool = True) -> list[Pair]:
    """Lines kept out of training, clean: a third of them English, the others evenly over the languages."""
    corpus, makers = load_corpus(data / "train_text", held_out=True), business_lines(_SEED)
    rng = Random(_SEED)  # noqa: S311 - sampling, not secrecy
    chosen = []
    for number in range(lines):
        language = sorted(makers)[number // 3 % len(makers)] if number % 3 else "en"
        line = _of_papers(makers[language], rng) if business and rng.random() < 0.5 else corpus.line(language, rng)
        chosen.append(Pair(language, line, line))
    return chosen


def _of_papers(maker: BusinessLines, rng: Random) -> str:
    """A line of business papers; sometimes with a name in camel case."""
    line = maker.line(rng)
    return re.sub(r"(?<=[a-z]) (?=[A-Z])", "", line, count=1) if rng.random() < 0.15 else line


def terse_pairs(lines: int) -> list[Pair]:
    """Clean lines of tills and forms, full of abbreviations."""
    makers, rng = business_lines(_SEED), Random(_SEED + 2)  # noqa: S311 - sampling, not secrecy
    languages = [sorted(makers)[number % len(makers)] for number in range(lines)]
    return [Pair(language, line, line) for language in languages for line in [makers[language].terse_line(rng)]]


def noisy_pairs(data: Path, clean: Sequence[Pair]) -> list[Pair]:
    """The same lines with noise of our own."""
    noise, rng = load_noise(data / "dev" / "confusions"), Random(_SEED + 1)  # noqa: S311
    return [Pair(pair.language, noise(pair.truth, pair.language, rng), pair.truth) for pair in clean]


def corrupted_pairs(clean: Sequence[Pair]) -> list[Pair]:
    """The same lines, each with one slip in one word; in a name as well, so that it is learned what cannot be known."""
    rng = Random(_SEED + 3)  # noqa: S311 - sampling, not secrecy
    corrupted = (Pair(pair.language, with_one_corruption(pair.truth, rng), pair.truth) for pair in clean)
    return [pair for pair in corrupted if pair.ocr != pair.truth]


def fit(sets: dict[str, list[LabelledLine]], version: str) -> Reranker:
    """The network, by weighted logistic loss: several small ones side by side, since each errs in its own way.

    The same seeds give the same weights.
    """
    rows, values, weights = [], [], []
    for name, every in sets.items():
        lines = [line for line in every if line.candidates.items]
        labelled = rows_of(lines)
        rows.append(labelled.features)
        values.append(labels_from_gains(labelled.gains))
        weights.append(np.full(len(labelled.gains), _WEIGHTS[name] / max(1, sum(len(line.pair.ocr) for line in lines))))
    features = np.concatenate(rows)
    means, scales = features.mean(0), features.std(0) + 1e-3
    given = (features - means) / scales, np.concatenate(values), np.concatenate(weights)
    networks = [_train(*given, _SEED + number) for number in range(_NETWORKS)]
    hidden = np.concatenate([units for units, _ in networks])
    output = np.concatenate([w[:-1] for _, w in networks] + [np.sum([w[-1:] for _, w in networks], 0)])
    return Reranker(
        model_version=version,
        features=FEATURES,
        means=_rounded(means),
        scales=_rounded(scales),
        hidden=tuple(_rounded(row) for row in hidden),
        output=_rounded(output / _NETWORKS),
        thresholds={},
        stricter=_STRICTER,
    )


def _train(
    inputs: npt.NDArray[np.float32], worths: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(units, features + 1) and (units + 1,)."""
    torch.manual_seed(seed)
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], _HIDDEN), torch.nn.Tanh(), torch.nn.Linear(_HIDDEN, 1)
    )
    x, y = torch.from_numpy(inputs.astype(np.float32)), torch.from_numpy(worths.astype(np.float32))
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


def thresholds(
    outcomes: Mapping[str, _Outcomes], characters: Mapping[str, int], sort: LineDomain
) -> dict[EditKind, float]:
    """For each kind the threshold with the greatest gain among those that keep the promises.

    Args:
        outcomes: by sort of text.
        characters: the same, how many there were.
        sort: of lines, which decides how low a threshold may be.
    """
    chosen: dict[EditKind, float] = {}
    for kind in EditKind:
        best, least = 0, _least(kind, sort)
        for threshold in (each for each in _THRESHOLDS if each >= least):
            gains = {name: of_set.gains_of(kind, threshold) for name, of_set in outcomes.items()}
            edits = {name: len(gains.pop(name)) for name in _CHARACTERS_PER_EDIT}
            spoilt = any(edits[name] * fewest > characters[name] for name, fewest in _characters_per_edit(kind))
            if spoilt or any(_harms(of_set, characters[name]) for name, of_set in gains.items()):
                continue
            gain = sum(int(of_set.sum()) for of_set in gains.values())
            if gain > best:
                best, chosen[kind] = gain, threshold
    return chosen


def _least(kind: EditKind, sort: LineDomain) -> float:
    if kind in _LOOK_ALIKES:
        return 0.0
    if kind is EditKind.LETTERS_LOST and sort is LineDomain.BUSINESS:
        return _LEAST_LOST_IN_PAPERS
    return _LEAST_OF_WORDS[sort] if kind in _OF_WORDS else _LEAST


def _characters_per_edit(kind: EditKind) -> Iterator[tuple[str, int]]:
    """By sort of clean text. A mark or blank put right is worth less than a word, and must be surer to be so."""
    for name, fewest in _CHARACTERS_PER_EDIT.items():
        yield name, fewest if kind in (*_OF_WORDS, *_LOOK_ALIKES) else 2 * fewest


def _harms(gains: npt.NDArray[np.int64], characters: int) -> bool:
    """Whether a sort of text is made worse: more than half as often as better, and not just here and there."""
    right, harmful = int((gains > 0).sum()), int((gains < 0).sum())
    return harmful * 2 > right and harmful > max(_HERE_AND_THERE, characters // _CHARACTERS_PER_HARM)


@dataclass(frozen=True)
class _Outcomes:
    """Of what the guards let through: how probable it was said to be, and what it would have done."""

    probabilities: npt.NDArray[np.float64]
    gains: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.str_]
    sorts: npt.NDArray[np.str_]  # of the lines

    @classmethod
    def of(cls, labelled: Iterable[tuple[Reranker, Sequence[LabelledLine]]]) -> _Outcomes:
        """Lines, each with the network that did not learn from them."""
        parts = [(reranker.probabilities(rows.features), rows) for reranker, rows in _rows(labelled)]
        allowed = np.concatenate([rows.allowed for _, rows in parts])
        return cls(
            np.concatenate([probabilities for probabilities, _ in parts])[allowed],
            np.concatenate([rows.gains for _, rows in parts])[allowed],
            np.concatenate([rows.kinds for _, rows in parts])[allowed],
            np.concatenate([line_domains(rows.features) for _, rows in parts])[allowed],
        )

    def of_lines(self, sort: LineDomain) -> _Outcomes:
        """Those of one sort of lines."""
        there = self.sorts == sort
        return _Outcomes(self.probabilities[there], self.gains[there], self.kinds[there], self.sorts[there])

    def gains_of(self, kind: EditKind, threshold: float) -> npt.NDArray[np.int64]:
        """What changes of a kind would have done that are at least so probable."""
        return self.gains[(self.probabilities >= threshold) & (self.kinds == kind)]


def _rows(labelled: Iterable[tuple[Reranker, Sequence[LabelledLine]]]) -> Iterator[tuple[Reranker, Rows]]:
    return ((reranker, rows_of(lines)) for reranker, lines in labelled if lines)


def main() -> None:
    """Writes ``reranker.json`` into the model's folder and prints what each kind does."""
    parser = argparse.ArgumentParser(prog="python -m model_training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with onnx/cpu")
    parser.add_argument("--lines", type=int, default=8000, help="clean lines (default 8000)")
    parser.add_argument("--readings", type=Path, nargs="*", default=[], help="more (see readings.py, rendered.py)")
    options = parser.parse_args()
    tagger, resources = Tagger(options.model), load_resources(options.model)
    sets = judged_sets(options.data, options.lines, options.readings, tagger, resources)
    reranker = fit(sets, tagger.version)
    halves = [fit(_without(sets, fold), tagger.version) for fold in range(_FOLDS)]
    readable = {name: [_readable(lines[fold::_FOLDS]) for fold in range(_FOLDS)] for name, lines in sets.items()}
    outcomes, characters = {}, {}
    for sort in dict.fromkeys(map(_sort_of_set, readable)):
        alike = [folds for name, folds in readable.items() if _sort_of_set(name) == sort]
        outcomes[sort] = _Outcomes.of(pair for folds in alike for pair in zip(halves, folds, strict=True))
        characters[sort] = sum(len(line.pair.ocr) for folds in alike for lines in folds for line in lines)
    by_line = {each: {sort: of_sort.of_lines(each) for sort, of_sort in outcomes.items()} for each in LineDomain}
    # For kinds that there are too few of in one sort of lines.
    anywhere = thresholds(outcomes, characters, LineDomain.PROSE)
    chosen = {each: anywhere | thresholds(of_lines, characters, each) for each, of_lines in by_line.items()}
    reranker = reranker.model_copy(update={"thresholds": chosen})
    (options.model / FILE_NAME).write_text(reranker.model_dump_json(indent=1) + "\n", "utf-8")
    for sort in outcomes:
        figures = {each: _figures(by_line[each][sort], chosen[each]) for each in LineDomain}
        print(json.dumps({"set": sort, **figures}))


def _sort_of_set(name: str) -> str:
    """Without the language: of one language alone there is often too little to tell harm."""
    return name.split("/")[0]


def judged_sets(
    data: Path, lines: int, readings: Sequence[Path], tagger: Tagger, resources: LanguageResources
) -> dict[str, list[LabelledLine]]:
    """By sort of text, lines and what could be changed in them."""
    partly = LanguageResources(
        thinned(resources.lexicon, _SEED), thinned_bigrams(resources.bigrams, _SEED), resources.error_model
    )
    ours, real = LineAnalyzer(tagger, partly), LineAnalyzer(tagger, resources)
    clean = clean_pairs(data, lines)
    sets = {
        "clean": label_candidates(ours, clean),
        "terse": label_candidates(ours, terse_pairs(lines // 4)),
        "noisy": label_candidates(ours, noisy_pairs(data, clean[: lines // 2])),
        "corrupted": label_candidates(ours, corrupted_pairs(clean)),
    }
    rendered = [path for path in readings if sort_of(path) == "rendered"]
    receipts = [path for path in readings if path not in rendered]
    if rendered:
        sets["rendered"] = label_candidates(
            ours, _sampled(line_pairs(data / "dev", "calibrate", (), rendered), lines // 2)
        )
    for sort, names in CALIBRATION_SETS.items():
        pairs = line_pairs(data / "dev", "calibrate", names, receipts if sort == "receipts/en" else ())
        sets[sort] = label_candidates(real, _sampled(pairs, lines // 2))
    return sets


def _readable(lines: Sequence[LabelledLine]) -> list[LabelledLine]:
    """Those not so badly read that a word is wrong whatever is done to it: there, to do harm hardly matters."""
    return [
        line
        for line in lines
        if Levenshtein.distance(line.pair.ocr, line.pair.truth) <= _READABLE * len(line.pair.truth)
    ]


def _sampled(pairs: Sequence[Pair], most: int) -> list[Pair]:
    return Random(_SEED).sample(pairs, min(len(pairs), most))  # noqa: S311 - sampling, not secrecy


def _without(sets: dict[str, list[LabelledLine]], fold: int) -> dict[str, list[LabelledLine]]:
    return {
        name: [line for number, line in enumerate(lines) if number % _FOLDS != fold] for name, lines in sets.items()
    }


def _figures(outcomes: _Outcomes, chosen: dict[EditKind, float]) -> dict[str, list[int]]:
    """By kind: how many changes were right, neither, harmful."""
    gains = {kind: outcomes.gains_of(kind, threshold) for kind, threshold in chosen.items()}
    return {kind: [int((g > 0).sum()), int((g == 0).sum()), int((g < 0).sum())] for kind, g in gains.items()}


if __name__ == "__main__":
    main()
