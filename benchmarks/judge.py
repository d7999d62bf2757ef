"""Measures the judge on top of the fast corrector: errors removed, harm and speed, from one run.

    python -m benchmarks.judge --data DATA --model FOLDER [--threads 2] [--limit 60]
    python -m benchmarks.judge --model FOLDER --adversarial 2000
    python -m benchmarks.judge --data DATA --model FOLDER --against FLOAT32_FOLDER [--limit 24]

FOLDER is an exported causal model, DATA has ``dev/`` and ``train_text/``. News are the documents that neither training
nor calibration used, Trove's and the Library of Congress's apart, contracts a fixed sample, clean texts paragraphs that
were kept out, with their truth as the reading, and books the same with confusions that no training used. A page has
2,000 characters; whoever measures both processors leaves the machine otherwise idle. Prints one JSON object a set:
``errors`` are those of the reading, behind the fast corrector and behind the judge, and ``errors_of_whole_words`` the
same where words that are divided at a line's end count as whole: some truths have them undivided, and there a hyphen
that comes back is an error more by the first measure. ``--adversarial`` judges so many
lines with injected instructions, other languages, numbers and codes, and counts what must be 0: edits that were no
candidates, and changed numbers. ``--against`` says how often another export of the model leads to the same decision
about a doubtful word, in newspapers of the part ``train``.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rapidfuzz.distance import Levenshtein

from benchmarks.ablation import sample
from model_training.judge_texts import kept_out_texts, running_text
from model_training.noise import number_positions
from model_training.real_pairs import documents
from scanproof.cli.evaluation import Evaluation, Pair
from scanproof.correction.base import CorrectedLine, Unprocessed
from scanproof.correction.combine import combined
from scanproof.correction.deadline import NO_DEADLINE
from scanproof.correction.fast.corrector import FastCorrector, LineAnalyzer, load_fast
from scanproof.correction.fast.reranker import Reranker
from scanproof.correction.lm.judge import CandidateSource, JudgeCorrector, Selection
from scanproof.correction.lm.judge_model import load_judge
from scanproof.correction.lm.load import LoadedModel, open_lm
from scanproof.correction.lm.scorer import LmScorer
from scanproof.correction.models.cache import exported_folder
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.passages import Passage
from scanproof.correction.profiles import load_profile
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from tests.unit.correction.adversarial import attacks

_PAGE = 2_000
_ENGLISH = LanguagePosterior.certain("en")
_SEED = 5
_COLLECTIONS = {"news_trove": "dataset2", "news_loc": "dataset3"}
_NUMBER = re.compile(r"\S*\d\S*")
_BOOK_RATES = (0.01, 0.02, 0.04, 0.06, 0.1)


class CountingSource(CandidateSource):
    """Counts the words that are judged, and keeps the edits that are offered."""

    def __init__(self, analyzer: LineAnalyzer, reranker: Reranker) -> None:
        """See `CandidateSource`."""
        super().__init__(analyzer, reranker)
        self.words_read = 0
        self.offered: set[tuple[int, int, str]] = set()  # edits of a text that is one line

    def select(self, text: str, language: LanguagePosterior = UNKNOWN_LANGUAGE) -> Selection:
        """See `CandidateSource`."""
        selection = super().select(text, language)
        self.words_read += len(set(selection.words))
        passage = Passage.of([text])
        changes = [edit for candidate in selection.edits for _, edit in passage.line_edits(candidate)]
        self.offered |= {(edit.start, edit.end, edit.corrected) for edit in changes}
        return selection


@dataclass
class Run:
    """The correctors and what they took."""

    fast: FastCorrector
    judge: JudgeCorrector
    source: CountingSource
    scorer: LmScorer
    fast_seconds: float = 0.0
    judge_seconds: float = 0.0
    cpu_seconds: float = 0.0
    edits: int = 0

    def correct(self, text: str) -> tuple[str, str]:
        """What the fast corrector makes of a text, and the judge of that."""
        raw = text.split("\n")
        start, cpu = time.perf_counter(), time.process_time()
        first = self.fast.correct(raw, _ENGLISH)
        middle = time.perf_counter()
        lines = [result.text for result in first]
        second = self.after_judge(lines)
        self.fast_seconds += middle - start
        self.judge_seconds += time.perf_counter() - middle
        self.cpu_seconds += time.process_time() - cpu
        results = [
            combined(line, before, after)
            for line, before, after in zip(raw, first, second, strict=True)
            if not isinstance(after, Unprocessed)
        ]
        self.edits += sum(len(after.edits) for after in second if not isinstance(after, Unprocessed))
        return "\n".join(lines), "\n".join(result.text for result in results)

    def after_judge(self, lines: Sequence[str]) -> list[CorrectedLine | Unprocessed]:
        """What the judge makes of the paragraphs of lines."""
        paragraphs = [[lines[number] for number in numbers] for numbers in paragraphs_of(lines)]
        return self.judge.correct_paragraphs_until(NO_DEADLINE, paragraphs, _ENGLISH)

    def changes(self, lines: Sequence[str]) -> set[tuple[tuple[int, int], str]]:
        """What the judge makes of lines: line, place and new text."""
        return {
            ((number, edit.start), edit.corrected)
            for number, line in enumerate(self.after_judge(lines))
            if not isinstance(line, Unprocessed)
            for edit in line.edits
        }


def text_sets(data: Path, limit: int) -> Iterator[tuple[str, list[Pair]]]:
    """The texts of each set by name; news by collection, which engines of their own have read."""
    news = [*documents(data / "dev" / "en_news_overproof.jsonl", "evaluate")][:limit]
    for name, prefix in _COLLECTIONS.items():
        rows = [row for row in news if row["id"].startswith(prefix)]
        yield name, [Pair(row["id"], row["ocr"], row["truth"], "en") for row in rows]
    yield "contracts", sample(data / "dev" / "en_contracts_kleister.jsonl", limit)
    clean = kept_out_texts(data, 2 * limit)
    yield "clean", [Pair(text.id, text.truth, text.truth, "en") for text in clean[::2]]
    noise = Scrambled(data / "dev" / "confusions" / "scrambledtext_corruption_distribs.json")
    rng = Random(_SEED)  # noqa: S311 - sampling, not secrecy
    books = [Pair(text.id, noise(text.truth, rng), text.truth, "en") for text in clean[1::2]]
    yield "books", books


def adversarial(run: Run, count: int) -> dict[str, int]:
    """Judges lines made to mislead a language model."""
    invented = numbers = edits = 0
    for attack in attacks(count, seed=4):
        run.source.offered.clear()
        line = attack.line.strip()
        [result] = run.judge.correct([line], _ENGLISH)
        made = {(edit.start, edit.end, edit.corrected) for edit in result.edits}
        edits += len(made)
        invented += len(made - run.source.offered)
        numbers += _NUMBER.findall(result.text) != _NUMBER.findall(line)
    return {"lines": count, "edits": edits, "edits_outside_candidates": invented, "lines_with_changed_numbers": numbers}


class Scrambled:
    """Noise by the conditional distributions of scrambledtext, measured on newspapers of the 19th century."""

    def __init__(self, path: Path) -> None:
        tables = json.loads(path.read_text("utf-8"))
        self._conditional, self._substituted = tables["conditional"], tables["substitutions"]
        self._inserted = tables["insertions"]
        shares = tables["character_distribution"]
        self._rate = sum(share * (1 - self._conditional[char]["correct"]) for char, share in shares.items())

    def __call__(self, text: str, rng: Random) -> str:
        """A reading of a text, each line at a rate of its own, in bursts; tokens with digits stay."""
        return "\n".join(self._line(line, rng.choice(_BOOK_RATES) / self._rate, rng) for line in text.split("\n"))

    def _line(self, line: str, factor: float, rng: Random) -> str:
        kept, written, burst = number_positions(line), [], 1.0
        for place, char in enumerate(line):
            burst = rng.choice((0.2, 0.5, 1.0, 1.0, 2.0, 4.0)) if rng.random() < 0.05 else burst
            written.append(char if place in kept else self._character(char, factor * burst, rng))
        return "".join(written)

    def _character(self, char: str, factor: float, rng: Random) -> str:
        chances, drawn = self._conditional.get(char), rng.random()
        if chances is None:
            return char
        for kind in ("substitute", "delete", "insert"):
            drawn -= min(0.3, chances[kind] * factor)
            if drawn < 0:
                break
        else:
            return char
        if kind == "delete":
            return ""
        table = self._substituted.get(char) if kind == "substitute" else self._inserted.get(char, self._inserted[""])
        [other] = rng.choices([*table], [*table.values()]) if table else [char]
        return other if kind == "substitute" else char + other


def measured(name: str, pairs: list[Pair], run: Run) -> dict[str, object]:
    """Figures of one set."""
    run.correct(pairs[0].ocr[:_PAGE])  # fills caches, as a function that has been running has
    run.fast_seconds = run.judge_seconds = run.cpu_seconds = 0.0
    run.edits = run.source.words_read = 0
    tokens = run.scorer.tokens_read
    fast, both, beyond = Evaluation(), Evaluation(), Evaluation()
    characters = words = 0
    whole_words = [0, 0, 0]
    for pair in pairs:
        first, second = run.correct(pair.ocr)
        truth = running_text(pair.truth)
        for place, text in enumerate((pair.ocr, first, second)):
            whole_words[place] += Levenshtein.distance(running_text(text), truth)
        fast.add(pair, first)
        both.add(pair, second)
        beyond.add(Pair(pair.id, first, pair.truth), second)
        characters, words = characters + len(pair.ocr), words + len(pair.ocr.split())
    alone, together, step = fast.summary(), both.summary(), beyond.summary()
    pages = characters / _PAGE
    return {
        "set": name,
        "texts": len(pairs),
        "errors": [fast.before.distance, fast.after.distance, both.after.distance],
        "errors_of_whole_words": whole_words,
        "errors_removed_fast": alone["errors_removed"],
        "errors_removed": together["errors_removed"],
        "texts_worsened": together["texts_worsened"],
        "texts_improved_by_judge": step["texts_improved"],
        "texts_worsened_by_judge": step["texts_worsened"],
        "digit_recall_lost": round(float(step["digit_recall_before"]) - float(step["digit_recall_after"]), 5),
        "judge_edits": run.edits,
        "characters_per_edit": round(characters / max(1, run.edits)),
        "words_judged": round(run.source.words_read / max(1, words), 3),
        "tokens_per_page": round((run.scorer.tokens_read - tokens) / pages),
        "pages_per_second_judge": round(pages / run.judge_seconds, 2),
        "pages_per_second": round(pages / (run.judge_seconds + run.fast_seconds), 2),
        "cpu_seconds_per_page": round(run.cpu_seconds / pages, 2),
    }


def compared(texts: Sequence[str], run: Run, other: Run) -> dict[str, object]:
    """How often two exports of a model decide alike about a word with candidates."""
    differ = 0
    for text in texts:
        lines = [result.text for result in run.fast.correct(text.split("\n"), _ENGLISH)]
        differ += len({place for place, _ in run.changes(lines) ^ other.changes(lines)})
    words = run.source.words_read
    return {"words": words, "differ": differ, "same_decision": round(1 - differ / max(1, words), 4)}


def main() -> None:
    """Prints one JSON object a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="needed for everything but --adversarial")
    parser.add_argument("--model", type=Path, required=True, help="exported folder of the language model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, default=60, help="texts of each set (default 60)")
    parser.add_argument("--sets", nargs="*", help="names of sets (default: all)")
    parser.add_argument("--adversarial", type=int, metavar="LINES")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another export of the model, in float32")
    options = parser.parse_args()
    if options.data is None and options.adversarial is None:
        parser.error("give --data or --adversarial")
    fast = load_fast(threads=options.threads)
    model = open_lm(exported_folder(options.model, "cpu") or options.model, threads=options.threads)

    def fresh(model: LoadedModel = model) -> Run:
        scorer, source = model.scorer(), CountingSource(fast.analyzer, fast.reranker)
        classifier, profile = load_judge(fast.folder), load_profile("general")
        judge = JudgeCorrector(model.manifest.name, model.manifest.version, scorer, source, classifier, profile)
        return Run(fast, judge, source, scorer)

    if options.adversarial:
        print(json.dumps(adversarial(fresh(), options.adversarial)))
        return
    if options.against:
        rows = [*documents(options.data / "dev" / "en_news_overproof.jsonl", "train")][: options.limit]
        other = fresh(open_lm(exported_folder(options.against, "cpu") or options.against, threads=options.threads))
        print(json.dumps(compared([row["ocr"] for row in rows], fresh(), other)))
        return
    for name, pairs in text_sets(options.data, options.limit):
        if not options.sets or name in options.sets:
            print(json.dumps(measured(name, pairs, fresh())), flush=True)


if __name__ == "__main__":
    main()
