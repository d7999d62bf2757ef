"""Measures the thresholds of `scanproof.correction.routing`: in which lines the fast corrector leaves errors.

    python -m benchmarks.routing --data DATA --fonts /usr/share/fonts --pages 60

Pages are rendered from text kept out of training, degraded and read by RapidOCR; the fast corrector corrects every
line. For each threshold: the share of lines that a language model would correct, and the share of the remaining errors
in them; correctable errors, those of lines that are still readable, are also counted alone. A threshold is well chosen
where the share of errors is many times the share of lines.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from rapidfuzz.distance import Levenshtein

from model_training.business import business_lines
from model_training.corpus import load_corpus
from model_training.rendered import DPI, RenderedPage, any_page, degrade, latin_fonts
from scanproof.correction.fast.corrector import FastCorrector, load_fast
from scanproof.correction.routing import LOW_CERTAINTY, LOW_CONFIDENCE, UNREADABLE, certainty_of
from scanproof.document import Line
from scanproof.ocr.registry import load_engine

_SEED = 41
_MAX_ERROR_RATE = 0.3  # of a readable line, per character
_CONFIDENCES = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98)
_CERTAINTIES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class ReadLine:
    """One line: the engine's confidence, the corrector's certainty, and the errors before and after (characters)."""

    confidence: float
    certainty: float
    length: int
    before: int
    after: int

    @property
    def correctable(self) -> int:
        """Remaining errors, if the line is still readable."""
        return self.after if self.after <= _MAX_ERROR_RATE * self.length else 0


def read_page(page: RenderedPage, lines: Sequence[Line], fast: FastCorrector) -> Iterator[ReadLine]:
    """Every line of the page that was read as one; others would count as lost text."""
    by_line: list[list[Line]] = [[] for _ in page.lines]
    for line in lines:
        if (number := page.line_at((line.box.top + line.box.bottom) / 2)) is not None:
            by_line[number].append(line)
    for found, (truth, _) in zip(by_line, page.lines, strict=True):
        if len(found) == 1 and (confidence := found[0].confidence) is not None:
            raw = found[0].raw
            [result] = fast.correct([raw])
            before, after = (Levenshtein.distance(text, truth) for text in (raw, result.text))
            yield ReadLine(confidence, certainty_of(result), len(truth), before, after)


def read_pages(data: Path, fonts: Path, pages: int, out: Path) -> list[ReadLine]:
    """Renders and reads pages until ``out`` has ``pages`` of them, and returns their lines."""
    corpus, generators = load_corpus(data / "train_text", held_out=True), business_lines(_SEED)
    faces, engine, fast = latin_fonts(fonts), load_engine("rapidocr", 1), load_fast(threads=1)
    done = len(out.read_text("utf-8").splitlines()) if out.exists() else 0
    with out.open("a", encoding="utf-8") as rows:
        for number in range(done, pages):
            rng = Random(f"{_SEED}:{number}")  # noqa: S311 - sampling, not secrecy
            _, page = any_page(corpus, generators, faces, rng)
            lines = engine.recognise(degrade(page.image, rng).convert("RGB"), DPI).lines
            rows.write(json.dumps([asdict(read) for read in read_page(page, lines, fast)]) + "\n")
            rows.flush()
    return [ReadLine(**read) for row in out.read_text("utf-8").splitlines() for read in json.loads(row)]


def table(
    reads: Sequence[ReadLine],
    name: str,
    measure: Callable[[ReadLine], float],
    thresholds: Sequence[float],
    shipped: float,
) -> str:
    """A Markdown table: for each threshold the share of lines below it, and of the remaining errors in them."""
    rows = [
        f"| {name} below | share of lines | share of remaining errors | of correctable ones | ratio to lines |",
        "|---" * 5 + "|",
    ]
    for threshold in thresholds:
        below = [read for read in reads if measure(read) < threshold]
        lines = len(below) / len(reads)
        left, correctable = (
            _share(below, reads, lambda read: read.after),
            _share(below, reads, lambda read: read.correctable),
        )
        mark = " (shipped)" if threshold == shipped else ""
        ratio = correctable / lines if lines else 0.0
        rows.append(f"| {threshold}{mark} | {lines:.1%} | {left:.1%} | {correctable:.1%} | {ratio:.1f} |")
    return "\n".join(rows)


def _share(some: Sequence[ReadLine], reads: Sequence[ReadLine], errors: Callable[[ReadLine], int]) -> float:
    return sum(map(errors, some)) / max(1, sum(map(errors, reads)))


def main() -> None:
    """Prints a table for each measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/")
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path(".scanproof/routing.jsonl"))
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    reads = read_pages(options.data, options.fonts, options.pages, options.out)
    characters = sum(read.length for read in reads)
    errors = [sum(read.before for read in reads), sum(read.after for read in reads)]
    print(f"{len(reads)} lines, {characters} characters, {errors[0]} errors as read, {errors[1]} remaining\n")
    print(table(reads, "the engine's confidence", lambda read: read.confidence, _CONFIDENCES, LOW_CONFIDENCE))
    print()
    print(table(reads, "the tagger's certainty", lambda read: read.certainty, _CERTAINTIES, LOW_CERTAINTY))
    either = [
        read
        for read in reads
        if read.confidence >= UNREADABLE and (read.confidence < LOW_CONFIDENCE or read.certainty < LOW_CERTAINTY)
    ]
    left, correctable = (
        _share(either, reads, lambda read: read.after),
        _share(either, reads, lambda read: read.correctable),
    )
    lines = len(either) / len(reads)
    shares = f"{lines:.1%} of the lines, {left:.1%} of the remaining errors, {correctable:.1%} of the correctable ones"
    print(f"\nBoth rules, without unreadable lines: {shares}.")


if __name__ == "__main__":
    main()
