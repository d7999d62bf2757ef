"""Measures what language models add as judges of German, French and Polish text, which the fast corrector has alone.

    python -m benchmarks.other_languages --data DATA --cache FOLDER [--lm NAME=FOLDER ...] [--sets SET ...]
    python -m benchmarks.other_languages --data DATA --cache FOLDER --perplexity

The n-grams of each language (`ngram_lm`) are counted in ``train_text`` without the end of each source. The judge's
classifier is fitted to readings of the part ``calibrate`` in German and French, and to noisy and clean paragraphs from
those ends: without a language model, with the n-grams, and with each exported causal model that ``--lm`` names. Prints
one JSON object for each set, model and pair of thresholds. ``--perplexity`` prints bits per character of text that was
kept out instead, for n-grams of two to four tokens, of a quarter, half and all of the text, of all that occur and of
those that are kept. What was computed stays in ``--cache``.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.judge import Scrambled
from benchmarks.ngram_lm import MAX_NGRAMS, ORDER, NgramScorer, counted, smoothed, source_lines
from model_training.judge import Reader
from model_training.judge_fit import Examples, fit
from model_training.judge_texts import Corrupt, Text, paragraphs_in_lines, running_text
from model_training.noise import load_noise
from model_training.real_pairs import documents
from scanproof.cli.evaluation import Evaluation, Pair
from scanproof.correction.base import CorrectedLine, Unprocessed
from scanproof.correction.deadline import NO_DEADLINE
from scanproof.correction.fast.corrector import FastCorrector, load_fast
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge import CandidateSource, JudgeCorrector, Selection
from scanproof.correction.lm.judge_model import JudgeModel
from scanproof.correction.lm.load import open_lm
from scanproof.correction.lm.scorer import Scorer
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.passages import Passage
from scanproof.correction.profiles import load_profile
from scanproof.edits import TextEdit, apply
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior

_READINGS = {"de": ("de_news_nzz_train", "de_books_dta19_train"), "fr": ("fr_receipts_FR3",)}
_POLISH = "pl_books_poleval"
_SEED = 7
_THRESHOLDS = ((0.75, 0.5), (0.85, 0.7))  # and those of noisy text
_PER_CHARACTERS = 5_000
_ALL = 10**9  # n-grams

T = TypeVar("T")
LanguageModels = dict[str, Callable[[str], Scorer]]  # by name; opened for a language


class Memory:
    """Keeps what was computed in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[object, object] = pickle.loads(path.read_bytes()) if path.is_file() else {}  # noqa: S301 - written below

    def get(self, key: object, compute: Callable[[], T]) -> T:
        """What was kept for ``key``, or is computed now."""
        if key not in self._values:
            self._values[key] = compute()
        return self._values[key]  # type: ignore[return-value]

    def save(self) -> None:
        """Writes the file."""
        self._path.write_bytes(pickle.dumps(self._values))


class KeptFast(FastCorrector):
    """Corrects each text once."""

    memory: Memory

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """See `FastCorrector`."""
        compute = partial(super().correct, lines, language)
        return self.memory.get(("fast", tuple(lines), language.code), compute)


class KeptSource(CandidateSource):
    """Finds the candidates of each text once."""

    memory: Memory

    def select(self, text: str, language: LanguagePosterior = UNKNOWN_LANGUAGE) -> Selection:
        """See `CandidateSource`."""
        compute = partial(super().select, text, language)
        return self.memory.get(("selection", text, language.code), compute)


@dataclass
class KeptScorer:
    """Scores the edits of a text once."""

    name: str
    scorer: Callable[[], Scorer]
    memory: Memory

    def gains(self, text: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        """See `Scorer`."""
        return self.memory.get(("gains", self.name, text, tuple(edits)), lambda: self.scorer().gains(text, edits))


class NoModel:
    """Finds no text more probable than another (`Scorer`)."""

    def gains(self, _: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        """Nothing for each edit."""
        return [Gain(0.0, 0.0)] * len(edits)


class JudgeOfAnyLanguage(JudgeCorrector):
    """Judges in the languages that are measured here."""

    @property
    def languages(self) -> frozenset[str]:
        """See `JudgeCorrector`."""
        return frozenset({*_READINGS, "pl"})


def ngram_scorer(data: Path, folder: Path, language: str) -> NgramScorer:
    """Counts the n-grams of a language, or opens those in ``folder``."""
    path = folder / f"{language}.npz"
    if not path.is_file():
        tables, tokenizer = counted(data, language)
        scorer = NgramScorer(smoothed(tables, tokenizer.get_vocab_size(), MAX_NGRAMS), tokenizer)
        np.savez_compressed(path, allow_pickle=False, **scorer.packed())
    with np.load(path) as arrays:
        return NgramScorer.unpacked(arrays)


def _lm_scorer(folder: Path) -> Callable[[str], Scorer]:
    opened = cache(partial(open_lm, folder, threads=1))
    return lambda _: opened().scorer()


def readings(data: Path, name: str, part: str | None, limit: int) -> list[Text]:
    """Readings of one part, or of all, of a set, sampled evenly."""
    rows = [*documents(data / "dev" / f"{name}.jsonl", part)]
    rows = rows[:: max(1, len(rows) // limit)][:limit]
    return [Text(row["id"], row["ocr"], row["truth"].replace("¬", "-")) for row in rows]


def held_out_texts(data: Path, language: str, count: int, half: int, corrupt: Corrupt) -> list[Text]:
    """Paragraphs that no language model learned from; of each two lines the first or the second (``half``)."""
    rng = Random(_SEED + half)  # noqa: S311 - sampling, not secrecy
    sources = [lines[half::2] for _, lines in source_lines(data, language, held_out=True)]
    return [*paragraphs_in_lines(sources, count, rng, corrupt)]


def texts_to_fit(data: Path, language: str, limit: int) -> dict[str, list[Text]]:
    """The sets in a language that the classifier is fitted to."""
    noise = load_noise(data / "dev" / "confusions")
    noisy = held_out_texts(data, language, limit, 0, lambda line, rng: noise(line, language, rng))
    clean = held_out_texts(data, language, 2 * limit, 0, _unchanged)[limit:]
    real = {name: readings(data, name, "calibrate", limit) for name in _READINGS[language]}
    return {**real, f"{language}_noisy": noisy, f"{language}_clean": clean}


def texts_to_measure(data: Path, limit: int) -> Iterator[tuple[str, str, list[Text]]]:
    """Name, language and texts of each set."""
    scrambled = Scrambled(data / "dev" / "confusions" / "scrambledtext_corruption_distribs.json")
    for language, names in _READINGS.items():
        for name in names:
            yield name, language, readings(data, name, "evaluate", limit)
        yield f"{language}_simulated", language, held_out_texts(data, language, limit, 1, scrambled)
        yield f"{language}_clean", language, held_out_texts(data, language, 2 * limit, 1, _unchanged)[limit:]
    yield _POLISH, "pl", readings(data, _POLISH, None, limit)


def _unchanged(line: str, _: Random) -> str:
    return line


class Bench:
    """The correctors of one language, and what was computed for them."""

    def __init__(self, data: Path, folder: Path, language: str, language_models: LanguageModels, limit: int) -> None:
        """Has each language model read the candidates to fit to."""
        self.memory = Memory(folder / f"{language}.pickle")
        self.language = LanguagePosterior.certain(language)
        fast = load_fast(threads=1)
        self.fast = KeptFast(fast.analyzer, fast.reranker, threads=1)
        self.source = KeptSource(fast.analyzer, fast.reranker)
        self.fast.memory = self.source.memory = self.memory
        self.scorers: dict[str, Scorer] = {"none": NoModel()}
        for name, opened in language_models.items():
            self.scorers[name] = KeptScorer(name, partial(opened, language), self.memory)
        self.examples: dict[str, dict[str, Examples]] = {}
        sets = texts_to_fit(data, language, limit) if language in _READINGS else {}
        for model, scorer in self.scorers.items():
            reader = Reader(self.fast, self.source, scorer, self.language)
            self.examples[model] = {
                of: self.memory.get(("fit", model, of, limit), partial(reader.examples, texts))
                for of, texts in sets.items()
            }
        self.memory.save()

    def reachable(self, texts: Sequence[Text]) -> int:
        """How many of the errors that the fast corrector leaves the best candidate of each word would remove."""
        total = 0
        for text in texts:
            lines = [result.text for result in self.fast.correct(text.ocr.split("\n"), self.language)]
            passages = [Passage.of([lines[number] for number in numbers]).text for numbers in paragraphs_of(lines)]
            whole, truth, offset = " ".join(passages), running_text(text.truth), 0
            before = Levenshtein.distance(whole, truth)
            for passage in passages:
                selection = self.source.select(passage, self.language)
                edits = [edit.shifted(offset) for edit in selection.edits]
                gains = [before - Levenshtein.distance(apply(whole, [edit]), truth) for edit in edits]
                total += sum(max(0, *(gains[place] for place in places)) for places in selection.places.values())
                offset += len(passage) + 1
        return total

    def measured(self, texts: Sequence[Text], scorer: Scorer, model: JudgeModel) -> dict[str, object]:
        """Figures of a set with one judge; texts are better or worse than the fast corrector's."""
        judge = JudgeOfAnyLanguage("", "", scorer, self.source, model, load_profile("general"))
        fast, both, step = Evaluation(), Evaluation(), Evaluation()
        edits = characters = 0
        for text in texts:
            first = [result.text for result in self.fast.correct(text.ocr.split("\n"), self.language)]
            paragraphs = [[first[number] for number in numbers] for numbers in paragraphs_of(first)]
            second = judge.correct_paragraphs_until(NO_DEADLINE, paragraphs, self.language)
            lines = [line for line in second if not isinstance(line, Unprocessed)]
            corrected, last = "\n".join(first), "\n".join(line.text for line in lines)
            fast.add(Pair(text.id, text.ocr, text.truth), corrected)
            both.add(Pair(text.id, text.ocr, text.truth), last)
            step.add(Pair(text.id, corrected, text.truth), last)
            edits, characters = edits + sum(len(line.edits) for line in lines), characters + len(text.ocr)
        before, after = fast.summary()["errors_removed"], both.summary()["errors_removed"]
        return {
            "texts": len(texts),
            "errors": fast.before.distance,
            "errors_removed_fast": before,
            "errors_removed": after,
            "points": round(100 * (after - before), 1),
            "better": step.improved,
            "worse": step.worsened,
            "edits": edits,
            "edits_per_5000": round(edits * _PER_CHARACTERS / characters, 2),
        }


def perplexity(data: Path, language: str) -> Iterator[dict[str, object]]:
    """Bits per character of each source's end."""
    kept_out = source_lines(data, language, held_out=True)
    for share in (0.25, 0.5, 1.0):
        tables, tokenizer = counted(data, language, share)
        for order in range(2, ORDER + 1):
            longest = tables[order - 1]
            shorter = [*tables[: order - 1], longest._replace(lower=longest.counts)]
            for most in (_ALL, MAX_NGRAMS):
                model = smoothed(shorter, tokenizer.get_vocab_size(), most)
                scorer = NgramScorer(model, tokenizer)
                yield {
                    "language": language,
                    "share_of_text": share,
                    "order": order,
                    "ngrams": sum(len(each.keys) for each in model.orders),
                    "bits": {name: round(scorer.bits_per_character(lines), 3) for name, lines in kept_out},
                }


def main() -> None:
    """Prints JSON objects."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev/ and train_text/")
    parser.add_argument("--cache", type=Path, required=True, help="folder for what was computed")
    parser.add_argument("--lm", nargs="*", default=[], metavar="NAME=FOLDER", help="exported causal models")
    parser.add_argument("--sets", nargs="*", help="names of sets (default: all)")
    parser.add_argument("--limit", type=int, default=60, help="texts of each set (default 60)")
    parser.add_argument("--perplexity", action="store_true", help="see above")
    parser.add_argument("--languages", nargs="*", default=[*_READINGS], help="with --perplexity (default: de fr)")
    options = parser.parse_args()
    if options.perplexity:
        for figures in (each for language in options.languages for each in perplexity(options.data, language)):
            print(json.dumps(figures), flush=True)
        return
    options.cache.mkdir(parents=True, exist_ok=True)
    language_models: LanguageModels = {"n-grams": cache(partial(ngram_scorer, options.data, options.cache))}
    for name, _, folder in (each.partition("=") for each in options.lm):
        language_models[name] = _lm_scorer(Path(folder))
    opened = cache(partial(Bench, options.data, options.cache, language_models=language_models, limit=options.limit))
    fitted = [opened(language) for language in _READINGS]
    judges = {
        model: fit({name: read for bench in fitted for name, read in bench.examples[model].items()}, "1")
        for model in fitted[0].scorers
    }
    for name, language, texts in texts_to_measure(options.data, options.limit):
        if options.sets and name not in options.sets:
            continue
        bench = opened(language)
        print(json.dumps({"set": name, "errors_in_reach": bench.reachable(texts)}), flush=True)
        for model, scorer in bench.scorers.items():
            for threshold, noisy in _THRESHOLDS:
                judge = judges[model].model_copy(update={"threshold": threshold, "noisy_threshold": noisy})
                figures = bench.measured(texts, scorer, judge)
                print(
                    json.dumps({"set": name, "model": model, "thresholds": [threshold, noisy], **figures}), flush=True
                )
        bench.memory.save()


if __name__ == "__main__":
    main()
