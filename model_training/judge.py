"""``python -m model_training.judge --data DIR --lm FOLDER --cache DIR``: fits the judge's classifier.

The language model reads the candidates of newspapers, of noisy and of clean text; a small network learns
which are right. Neither needs torch. What was read is kept in ``--cache``, ten texts a file, since reading takes
five minutes of one processor: a file that is there is not made again, so an interrupted run continues.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from model_training.judge_fit import Examples, fit, joined, measured
from model_training.judge_texts import Text, judge_texts, running_text
from scanproof.correction.base import Corrector
from scanproof.correction.fast.corrector import load_fast
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge import CandidateSource, is_running_text
from scanproof.correction.lm.judge_model import FILE_NAME
from scanproof.correction.lm.load import open_lm
from scanproof.correction.lm.scorer import Scorer
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.passages import Passage
from scanproof.edits import apply
from scanproof.language import LanguagePosterior

_TEXTS_A_FILE = 10
_ENGLISH = LanguagePosterior.certain("en")


class Reader:
    """Has a language model read the candidates of texts in one language."""

    def __init__(
        self, fast: Corrector, source: CandidateSource, scorer: Scorer, language: LanguagePosterior = _ENGLISH
    ) -> None:
        """Takes the fast corrector, the source of candidates and what reads them."""
        self._fast, self._source, self._scorer, self._language = fast, source, scorer, language

    def examples(self, texts: Sequence[Text]) -> Examples:
        """The labelled candidates of texts that the fast corrector has been over."""
        return joined([each for text in texts for each in self._of_text(text)])

    def _of_text(self, text: Text) -> Iterator[Examples]:
        lines = [result.text for result in self._fast.correct(text.ocr.split("\n"), self._language)]
        passages = [Passage.of([lines[number] for number in numbers]) for numbers in paragraphs_of(lines)]
        whole, truth = " ".join(passage.text for passage in passages), running_text(text.truth)
        errors, offset = Levenshtein.distance(whole, truth), 0
        yield Examples.none(Levenshtein.distance(running_text(text.ocr), truth), len(text.ocr))
        for passage in passages:
            if is_running_text(passage.text):
                yield self._of_passage(passage, whole, truth, errors, offset)
            offset += len(passage.text) + 1

    def _of_passage(self, passage: Passage, whole: str, truth: str, errors: int, offset: int) -> Examples:
        selection = self._source.select(passage.text, self._language)
        edits = selection.edits
        read = self._scorer.gains(passage.text, edits) if edits else []
        known = {place: gain for place, gain in enumerate(read) if gain and passage.line_edits(edits[place])}
        after = [Levenshtein.distance(apply(whole, [edits[place].shifted(offset)]), truth) for place in known]
        words = {word: number for number, word in enumerate(dict.fromkeys(selection.words))}
        return Examples(
            selection.found.features[[selection.rows[place] for place in known]],
            np.array([selection.text_probabilities[place] for place in known], np.float64),
            np.array([*known.values()], np.float64).reshape(len(known), len(Gain._fields)),
            errors - np.array(after, np.int64),
            np.array([words[selection.words[place]] for place in known], np.int64),
            np.full(len(known), selection.share_doubtful(passage.text)),
            np.zeros(len(known), np.int64),
            np.zeros(0, np.int64),
            np.zeros(0, np.int64),
        )


def _reader(model: Path, lm: Path) -> Reader:
    """Opens the fast corrector's and the language model's folder."""
    fast = load_fast(model, threads=1)
    return Reader(fast, CandidateSource(fast.analyzer, fast.reranker), open_lm(lm, threads=1).scorer())


def _read(sets: dict[str, list[Text]], options: argparse.Namespace) -> dict[str, Examples]:
    """The examples of each set, from the cache where they are there."""
    reader, seconds, found = None, 0.0, {}
    for name, texts in sets.items():
        parts = []
        for start in range(0, len(texts), _TEXTS_A_FILE):
            path = options.cache / f"{name}-{start}.npz"
            if not path.is_file():
                begun = time.process_time()
                reader = reader or _reader(options.model, options.lm)
                examples = reader.examples(texts[start : start + _TEXTS_A_FILE])
                np.savez(path, **examples._asdict(), seconds=time.process_time() - begun)
            with np.load(path) as saved:
                seconds += float(saved["seconds"])
                parts.append(Examples(*(saved[field] for field in Examples._fields)))
        found[name] = joined(parts)
    print(json.dumps({"cpu_seconds_of_reading": round(seconds)}))
    return found


def main() -> None:
    """Writes ``judge.json`` and prints what the classifier does, by cross-validation over documents."""
    parser = argparse.ArgumentParser(prog="python -m model_training.judge", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, default=Path("models/fast"), help="the fast corrector's folder")
    parser.add_argument("--lm", type=Path, required=True, help="exported folder of the language model")
    parser.add_argument("--cache", type=Path, required=True, help="folder for candidates that were read")
    parser.add_argument("--sets", nargs="*", help="reads these sets into the cache and fits nothing")
    parser.add_argument("--version", default="3", help="recorded in the audit (default 3)")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    texts = judge_texts(options.data)
    if options.sets is not None:
        _read({name: texts[name] for name in options.sets}, options)
        return
    sets = _read(texts, options)
    for row in measured(sets):
        print(json.dumps(row))
    model = fit(sets, options.version)
    (options.model / FILE_NAME).write_text(model.model_dump_json(indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
