"""Measures what each mechanism of the fast corrector contributes: real readings, corrected with one mechanism off.

    python -m benchmarks.ablation --data DATA [--limit 40] [--only NAME...] [--clean 500]

DATA has ``dev/`` and, for clean text, ``train_text/``. Of sets that training or calibration used, only the documents of
the part ``evaluate`` count. A mechanism is switched off by patching the function or constant that it consists of, so
the library needs no switches. Prints a line for each mechanism and set: the share of errors removed, the texts improved
and worsened, and the difference to the whole corrector in errors removed, with a 95 % interval from texts resampled
with replacement. For clean text it prints the number of edits.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from model_training.corpus import load_corpus
from model_training.real_pairs import TEXT_SETS, TRAINING_SETS, documents
from scanproof.cli.evaluation import Pair, normalised
from scanproof.correction.fast.corrector import FastCorrector, LineAnalyzer
from scanproof.correction.fast.lexicon import UNSEEN
from scanproof.correction.fast.model_folder import default_folder, load_resources
from scanproof.correction.fast.reranker import load_reranker
from scanproof.correction.fast.tagger import Tagger, Tags
from scanproof.language import LanguagePosterior

_SEED = 11
_RESAMPLES = 2000
_CORRECTION = "scanproof.correction."


def _nothing(*_: object, **__: object) -> Iterator[object]:
    return iter(())


def _always(value: object) -> Callable[..., object]:
    return lambda *_, **__: value


_NEVER_MATCHES = re.compile(r"(?!)")
MECHANISMS: Mapping[str, Mapping[str, object]] = {
    "whole corrector": {},
    "argmax labels": {"candidates.argmax_candidates": _nothing},
    "other labels": {"candidates._other_labels": _nothing},
    "single edits": {"candidates._from_lexicon": _nothing},
    "several edits": {"candidates._multi_edits": _nothing},
    "one vocabulary for each language": {"config.MIN_LANGUAGE_PROBABILITY": 2.0},
    "compound features": {"lexicon.Lexicon.compound_log_prob": _always(UNSEEN)},
    "candidate filter": {"corrector.is_decidable": _always(True)},
    "filter: technical names": {"candidates._TECHNICAL": _NEVER_MATCHES},
    "filter: program code": {"config.MIN_CODE_SIGNS": 1_000},
    "filter: meant marks": {"candidates._is_meant": _always(False)},
    "filter: units": {"config.MAX_UNIT_LENGTH": 0},
    "filter: short words": {"config.MIN_DECIDABLE_LENGTH": 0},
    "bigram features": {"features.bigrams_of": _nothing},
    "near-known statuses": {"lexical_candidates.LexicalCandidates.suspect_span": _always(None)},
    "near-known statuses of rare words": {"config.RARE_WORD_MARGIN": -100.0},
    "low-resource strictness": {"config.LOW_RESOURCE_STRICTNESS": 1.0},
    "noisy lines": {"config.NOISY_DOUBT": 2.0},
    "added marks": {"candidates._count_marks": _always(0)},
    "plain lines": {"lexical_candidates.LexicalCandidates.is_plain": _always(False)},
    "several passes": {"config.MAX_PASSES": 1},
    "split dates": {"normaliser.split_dates": _nothing},
    "normalised characters": {"normaliser.normalised_characters": _nothing},
    "words in the shape of codes": {"guards.line.is_leet_word": _always(False)},
    "misread euro": {"guards.line.is_misread_euro": _always(False)},
}
"""By name, what to put in place of which attribute, relative to the fast corrector's package, or to ``correction``."""


class CachedTagger(Tagger):
    """Tags each line once, although it is read once for every mechanism. Takes 2.3 kB a character."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._tags: dict[tuple[str, tuple[int, ...] | None], Tags] = {}

    def tag(self, text: str, statuses: Sequence[int] | None = None) -> Tags:
        """See `Tagger.tag`."""
        key = text, None if statuses is None else tuple(statuses)
        if key not in self._tags:
            self._tags[key] = super().tag(text, statuses)
        return self._tags[key]


@dataclass(frozen=True)
class Score:
    """Edit distances of each text of a set to its truth, before and after correction."""

    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]

    def reduction(self, chosen: npt.NDArray[np.int64] | None = None) -> float:
        """The share of errors removed, in the texts with the indices ``chosen``."""
        texts = np.arange(len(self.before)) if chosen is None else chosen
        return 1.0 - float(self.after[texts].sum()) / max(1, int(self.before[texts].sum()))

    @property
    def improved(self) -> float:
        """The share of texts with fewer errors than before."""
        return float((self.after < self.before).mean())

    @property
    def worsened(self) -> float:
        """The share of texts with more errors than before."""
        return float((self.after > self.before).mean())


def main() -> None:
    """Prints a table, each row as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=40, help="texts of each set (default 40)")
    parser.add_argument("--clean", type=int, default=0, help="lines of clean text (default 0; needs train_text/)")
    parser.add_argument("--only", nargs="*", choices=[*MECHANISMS], default=[*MECHANISMS], metavar="NAME")
    options = parser.parse_args()
    sets = {name: sample(options.data / "dev" / f"{name}.jsonl", options.limit) for name in TEXT_SETS}
    clean = clean_lines(options.data / "train_text", options.clean) if options.clean else []
    tagger = CachedTagger(default_folder())
    whole: dict[str, Score] = {}
    print("| without | set | errors removed | difference, 95 % interval | improved | worsened |\n" + "|---" * 6 + "|")
    for mechanism in options.only:
        with without(mechanism):
            corrector = load(tagger)
            for name, pairs in sets.items():
                score = measure(corrector, pairs, upper=TEXT_SETS[name])
                print(f"| {mechanism} | {name} | {row(score, whole.setdefault(name, score))} |", flush=True)
            if clean:
                print(f"| {mechanism} | clean | {edits_of(corrector, clean)} | | | |", flush=True)


def sample(path: Path, count: int) -> list[Pair]:
    """A fixed sample of at most ``count`` texts that were used neither for training nor for calibration."""
    rows = list(documents(path, "evaluate" if path.stem in TRAINING_SETS else None))
    chosen = Random(_SEED).sample(rows, min(count, len(rows)))  # noqa: S311 - sampling, not secrecy
    return [Pair(row["id"], row["ocr"], row["truth"], row.get("lang")) for row in chosen]


def clean_lines(folder: Path, count: int) -> list[tuple[str, str]]:
    """Languages and lines of clean text that was kept out of training, evenly over the languages."""
    corpus, rng = load_corpus(folder, held_out=True), Random(_SEED)  # noqa: S311 - sampling, not secrecy
    languages = sorted(FastCorrector.languages or ())
    return [(language, corpus.line(language, rng)) for language in (languages * count)[:count]]


def without(mechanism: str) -> ExitStack:
    """A context in which a mechanism is switched off."""
    stack = ExitStack()
    for target, replacement in MECHANISMS[mechanism].items():
        package = _CORRECTION if target.startswith(("guards.", "normaliser.")) else _CORRECTION + "fast."
        stack.enter_context(patch(package + target, replacement))
    return stack


def load(tagger: Tagger) -> FastCorrector:
    """The bundled corrector, with one thread and empty caches."""
    folder = default_folder()
    return FastCorrector(LineAnalyzer(tagger, load_resources(folder)), load_reranker(folder), threads=1)


def measure(corrector: FastCorrector, pairs: list[Pair], *, upper: bool) -> Score:
    """Corrects the texts line by line and compares them with their truth."""
    written = partial(normalised, upper=upper)
    languages = [LanguagePosterior.certain(pair.language) for pair in pairs]
    results = [corrector.correct(pair.ocr.split("\n"), found) for pair, found in zip(pairs, languages, strict=True)]
    texts = ["\n".join(line.text for line in result) for result in results]
    before = [Levenshtein.distance(written(pair.ocr), written(pair.truth)) for pair in pairs]
    after = [Levenshtein.distance(written(text), written(pair.truth)) for text, pair in zip(texts, pairs, strict=True)]
    return Score(np.asarray(before, np.int64), np.asarray(after, np.int64))


def row(score: Score, whole: Score) -> str:
    """The table cells of a score: ``whole`` is that of the corrector with all its mechanisms."""
    rng = np.random.default_rng(_SEED)
    resampled = rng.integers(0, len(score.before), (_RESAMPLES, len(score.before)))
    differences = [score.reduction(chosen) - whole.reduction(chosen) for chosen in resampled]
    low, high = np.percentile(differences, (2.5, 97.5))
    return (
        f"{score.reduction():.1%} | {100 * (score.reduction() - whole.reduction()):+.2f} ({100 * low:+.2f} to "
        f"{100 * high:+.2f}) | {score.improved:.0%} | {score.worsened:.0%}"
    )


def edits_of(corrector: FastCorrector, lines: list[tuple[str, str]]) -> str:
    """The number of edits of clean lines, and that of their characters."""
    edits = sum(
        len(corrector.correct([line], LanguagePosterior.certain(language))[0].edits) for language, line in lines
    )
    return f"{edits} edits in {sum(len(line) for _, line in lines):,} characters"


if __name__ == "__main__":
    main()
