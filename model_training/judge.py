"""``python -m model_training.judge --data DIR --lm FOLDER``: fits the judge's classifier.

The language model reads the candidates of newspapers and of noisy and clean text; a logistic regression learns which
are right. Neither needs torch. The candidates are kept in ``--cache``, one file a set, since
reading them takes half an hour of one processor; a file that is there is not made again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from model_training.judge_texts import Text, judge_texts
from model_training.labelled_candidates import labels_from_gains
from scanproof.correction.base import Corrector
from scanproof.correction.fast.corrector import load_fast
from scanproof.correction.lm.judge import CandidateSource, features_of
from scanproof.correction.lm.judge_model import FILE_NAME, JUDGE_FEATURES, JudgeModel
from scanproof.correction.lm.load import open_lm
from scanproof.correction.lm.scorer import Scorer
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.passages import Passage
from scanproof.edits import apply
from scanproof.language import LanguagePosterior

_RIDGE, _STEPS = 1.0, 30
_THRESHOLD, _NOISY_THRESHOLD = 0.75, 0.5
_STRICTER = {"financial": 0.5, "medical": 0.5, "table": 0.5}  # the share of the tolerated doubt that stays
_ENGLISH = LanguagePosterior.certain("en")


class Examples(NamedTuple):
    """The candidates of a set.

    Attributes:
        features: (candidates, ``JUDGE_FEATURES``)
        gains: by how many each candidate reduces the errors; negative if it adds some.
        characters: of the set's texts.
    """

    features: npt.NDArray[np.float32]
    gains: npt.NDArray[np.int64]
    characters: int


class Reader:
    """Has the language model read the candidates of texts."""

    def __init__(
        self, fast: Corrector, source: CandidateSource, scorer: Scorer, language: LanguagePosterior = _ENGLISH
    ) -> None:
        """Takes what corrects the texts first, what finds the candidates in ``language`` and what reads them."""
        self._fast, self._source, self._scorer, self._language = fast, source, scorer, language

    def examples(self, texts: Sequence[Text]) -> Examples:
        """The labelled candidates of texts that the fast corrector has been over."""
        read = [candidates for text in texts for candidates in self._of_text(text)]
        features = np.concatenate([rows for rows, _ in read])
        return Examples(features, np.concatenate([gains for _, gains in read]), sum(len(text.ocr) for text in texts))

    def _of_text(self, text: Text) -> Iterator[tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]]:
        lines = [result.text for result in self._fast.correct(text.ocr.split("\n"), self._language)]
        passages = [Passage.of([lines[number] for number in numbers]) for numbers in paragraphs_of(lines)]
        whole, truth = " ".join(passage.text for passage in passages), running_text(text.truth)
        before, offset = Levenshtein.distance(whole, truth), 0
        for passage in passages:
            selection = self._source.select(passage.text, self._language)
            edits = selection.edits
            read = self._scorer.gains(passage.text, edits) if edits else []
            known = [place for place, gain in enumerate(read) if gain and passage.line_edits(edits[place])]
            if known:
                after = [Levenshtein.distance(apply(whole, [edits[place].shifted(offset)]), truth) for place in known]
                gains = [gain for place in known if (gain := read[place])]
                yield features_of(selection, known, gains), before - np.array(after, np.int64)
            offset += len(passage.text) + 1


def _reader(model: Path, lm: Path) -> Reader:
    """Opens the fast corrector's and the language model's folder."""
    fast = load_fast(model, threads=1)
    return Reader(fast, CandidateSource(fast.analyzer, fast.reranker), open_lm(lm, threads=1).scorer())


def running_text(text: str) -> str:
    """A text with its paragraphs as running text."""
    lines = text.split("\n")
    return " ".join(Passage.of([lines[number] for number in numbers]).text for numbers in paragraphs_of(lines))


def fit(sets: dict[str, Examples], version: str) -> JudgeModel:
    """Fits the logistic regression by Newton's method, with a ridge penalty."""
    features = np.concatenate([examples.features for examples in sets.values()])
    labels = labels_from_gains(np.concatenate([examples.gains for examples in sets.values()]))
    means, scales = features.mean(0), features.std(0) + 1e-3
    inputs = np.column_stack([(features - means) / scales, np.ones(len(features))]).astype(np.float64)
    penalty = np.array([_RIDGE] * features.shape[1] + [0.0])  # the bias has none
    weights = np.zeros(len(penalty))
    for _ in range(_STEPS):
        predicted = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (predicted - labels) + penalty * weights
        curvature = (inputs.T * (predicted * (1 - predicted))) @ inputs + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curvature, slope)
    return JudgeModel(
        model_version=version,
        features=JUDGE_FEATURES,
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(weights),
        threshold=_THRESHOLD,
        noisy_threshold=_NOISY_THRESHOLD,
        stricter=_STRICTER,
    )


def _rounded(values: npt.NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


def main() -> None:
    """Writes ``judge.json`` and prints the number of candidates of each set and how many are right."""
    parser = argparse.ArgumentParser(prog="python -m model_training.judge", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, default=Path("models/fast"), help="the fast corrector's folder")
    parser.add_argument("--lm", type=Path, required=True, help="exported folder of the language model")
    parser.add_argument("--cache", type=Path, required=True, help="folder for candidates that were read")
    parser.add_argument("--limit", type=int, help="texts of each set at most")
    parser.add_argument("--version", default="1", help="recorded in the audit (default 1)")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    sets, reader = {}, None
    for name, texts in judge_texts(options.data).items():
        path = options.cache / f"{name}.npz"
        if not path.is_file():
            reader = reader or _reader(options.model, options.lm)
            np.savez(path, **reader.examples(texts[: options.limit])._asdict())
        with np.load(path) as saved:
            sets[name] = Examples(saved["features"], saved["gains"], int(saved["characters"]))
    model = fit(sets, options.version)
    (options.model / FILE_NAME).write_text(model.model_dump_json(indent=1) + "\n", "utf-8")
    print(json.dumps({name: [len(each.gains), int((each.gains > 0).sum())] for name, each in sets.items()}))


if __name__ == "__main__":
    main()
