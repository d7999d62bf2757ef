"""Measures correction on scans: image in, corrected text out, by the text alone and with the recogniser's lattice.

    python -m model_training.page_readings scans --images DIR --truth ROWS.jsonl --out PAGES.jsonl
    python -m benchmarks.end_to_end PAGES.jsonl [--limit 40] [--upper] [--show]

Each page is corrected twice, by the text alone and with its lattice, on one thread. Prints JSON for each file:

- ``f1``: bag-of-words F1 of the text, since the truth's reading order differs from the page's; ``gram_f1``: the same of
  4-grams of characters, without blanks; ``cer``: of lines, where the truth is known by line, of all pages without
  blanks, and of readable ones, with a rate up to 0.1 before, with and without blanks (one between words) and leaders,
  whose number of dots nobody reads; curly quotes count as straight ones, as in the truth;
- ``edits``: good where the words after an edit stand in the truth and those before it do not, bad the other way round,
  else unclear; a blank beside a mark is unclear, since habits differ;
- ``lost_spaces``: words that the recogniser ran together, by the truth, and how many of them are parted;
- ``digit_groups``: recall of the truth's groups of digits; ``numbers_changed``: lines whose digits changed;
- ``cpu_seconds_a_page``: of the processor, so that other work on the machine counts little.

``--upper`` compares in upper case, for sets whose truth is in upper case. ``--show`` prints the bad edits, which are
recognised text.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from model_training.page_readings import PageReading, load_readings
from model_training.rendered import STRAIGHT
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.document import Edit, Line, Page
from scanproof.edits import apply, words_around
from scanproof.lattice.model import PageLattice
from scanproof.options import ScanOptions

_DIGIT_GROUP = re.compile(r"\d+(?:[.,:/-]\d+)*")
_LEADER = re.compile(r"[.…]{2,}")
_MAX_RUN = 5  # words that were read as one
_READABLE = 0.1  # character error rate of a raw page; on worse ones most words cannot be told


def collapsed(text: str, upper: bool) -> str:
    """The text with one blank between words."""
    text = " ".join(text.split())
    return text.upper() if upper else text


def without_blanks(text: str) -> str:
    """The text without any whitespace."""
    return "".join(text.split())


def without_leaders(text: str) -> str:
    """The text with a blank for every run of dots."""
    return _LEADER.sub(" ", text)


_FORMS: Mapping[str, Callable[[str], str]] = {
    "": without_blanks,
    "_without_leaders": lambda text: without_blanks(without_leaders(text)),
    "_with_blanks": lambda text: collapsed(text, upper=False),
    "_with_blanks_without_leaders": lambda text: collapsed(without_leaders(text), upper=False),
}
"""In which lines are compared with their truth, by what it appends to the names of measures."""


def grams(text: str) -> Counter[str]:
    """Counts the 4-grams of characters without blanks."""
    text = without_blanks(text)
    return Counter(text[place : place + 4] for place in range(max(1, len(text) - 3)))


def f1(common: int, found: int, true: int) -> float:
    """Harmonic mean of precision and recall."""
    return round(2 * common / max(1, found + true), 4)


def verdict(line: Line, edit: Edit, truth: str, upper: bool) -> str:
    """Judges one edit by the words that it touches, before and after it alone."""
    start, end = words_around(line.raw, edit.start, edit.end)
    words = line.raw[start:end], apply(line.raw, [edit], start, end)
    before, after = (f" {collapsed(text, upper)} " in f" {truth} " for text in words)
    if before == after or _is_blank_beside_mark(line.raw, edit):
        return "unclear"
    return "good" if after else "bad"


def _is_blank_beside_mark(raw: str, edit: Edit) -> bool:
    if (edit.raw + edit.corrected).strip():
        return False
    return any(mark and not mark.isalnum() for mark in (raw[: edit.start][-1:], raw[edit.end :][:1]))


def joined_words(text: str, truth: str) -> int:
    """How many spaces of the truth are missing in words of ``text`` that are several words of the truth in a row."""
    true_words = truth.split()
    known = set(true_words)
    runs = {
        "".join(true_words[first : first + size]): size - 1
        for size in range(_MAX_RUN, 1, -1)
        for first in range(len(true_words) - size + 1)
    }
    return sum(runs.get(word, 0) for word in text.split() if word not in known)


@dataclass
class Sums:
    """What is counted over pages, for one version of their text."""

    counts: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0.0

    def add(self, reading: PageReading, page: Page, upper: bool) -> None:
        """Adds one page."""
        text, truth = collapsed(page.text, upper), collapsed(reading.truth, upper)
        counted: dict[str, Callable[[str], Iterable[str]]] = {
            "word": str.split,
            "gram": lambda part: grams(part).elements(),
            "digit": _DIGIT_GROUP.findall,
        }
        for name, count in counted.items():
            found, true = Counter(count(text)), Counter(count(truth))
            self.counts[f"{name} common"] += (found & true).total()
            self.counts[f"{name} found"] += found.total()
            self.counts[f"{name} true"] += true.total()
        self.counts["lost"] += joined_words(collapsed(reading.page.raw_text, upper), truth)
        self.counts["still lost"] += joined_words(text, truth)
        self._add_distances(reading, page)
        for line, raw in zip(page.lines, reading.page.lines, strict=True):
            if sorted(_DIGIT_GROUP.findall(line.text)) != sorted(_DIGIT_GROUP.findall(raw.raw)):
                self.counts["numbers changed"] += 1
            for edit in line.edits:
                outcome = verdict(line, edit, truth, upper)
                self.counts[outcome] += 1
                if edit.corrected.count(" ") > edit.raw.count(" "):
                    self.counts[f"space {outcome}"] += 1

    def _add_distances(self, reading: PageReading, page: Page) -> None:
        """Adds the character errors of lines whose truth is known."""
        lines = [
            (line.raw, line.text, truth)
            for line, truth in zip(page.lines, reading.line_truths or (), strict=bool(reading.line_truths))
            if truth is not None
        ]
        before = sum(_distance(raw, truth, without_blanks) for raw, _, truth in lines)
        characters = sum(len(without_blanks(truth)) for _, _, truth in lines)
        readable = before <= _READABLE * characters
        distances = {
            name: sum(_distance(text, truth, form) for _, text, truth in lines) for name, form in _FORMS.items()
        }
        self.counts["distance"] += distances[""]
        self.counts["characters"] += characters
        self.counts["characters on readable pages"] += characters * readable
        for name, distance in distances.items():
            self.counts[f"distance on readable pages{name}"] += distance * readable
        self.counts["worse"] += distances[""] > before
        self.counts["better"] += distances[""] < before

    def summary(self, pages: int) -> dict[str, object]:
        """The measures."""
        c = self.counts
        summary: dict[str, object] = {
            "f1": f1(c["word common"], c["word found"], c["word true"]),
            "gram_f1": f1(c["gram common"], c["gram found"], c["gram true"]),
        }
        if c["characters"]:
            summary["cer"] = round(c["distance"] / c["characters"], 5)
            readable = max(1, c["characters on readable pages"])
            for name in _FORMS:
                summary[f"cer_on_readable_pages{name}"] = round(c[f"distance on readable pages{name}"] / readable, 5)
            summary["pages_better_and_worse"] = [c["better"], c["worse"]]
        return summary | {
            "edits": _three(c, ""),
            "spaces_inserted": _three(c, "space "),
            "lost_spaces": {"before": c["lost"], "after": c["still lost"]},
            "digit_groups": round(c["digit common"] / max(1, c["digit true"]), 4),
            "numbers_changed": c["numbers changed"],
            "cpu_seconds_a_page": round(self.cpu_seconds / max(1, pages), 3),
        }


def _distance(text: str, truth: str, form: Callable[[str], str]) -> int:
    return Levenshtein.distance(form(text.translate(STRAIGHT)), form(truth.translate(STRAIGHT)))


def _three(counts: Counter[str], prefix: str) -> dict[str, int]:
    return {name: counts[prefix + name] for name in ("good", "bad", "unclear")}


def measure(readings: Sequence[PageReading], pool: ModelPool, *, upper: bool, show: bool) -> dict[str, object]:
    """Corrects the pages and compares them with their truth."""
    sums = {name: Sums() for name in ("raw", "text alone", "with lattice")}
    for reading in readings:
        sums["raw"].add(reading, reading.page, upper)
        given: Iterable[tuple[str, PageLattice | None]] = (("text alone", None), ("with lattice", reading.lattice))
        for name, lattice in given:
            start = time.process_time()
            page = correct_pages([reading.page], pool, [ScanOptions()], [lattice])[0]
            sums[name].cpu_seconds += time.process_time() - start
            sums[name].add(reading, page, upper)
            if show and lattice is not None:
                _show(page, collapsed(reading.truth, upper), upper)
    return {"pages": len(readings), **{name: each.summary(len(readings)) for name, each in sums.items()}}


def _show(page: Page, truth: str, upper: bool) -> None:
    for line in page.lines:
        for edit in line.edits:
            if verdict(line, edit, truth, upper) == "bad":
                print(f"{line.raw[: edit.start]}[{edit.raw} → {edit.corrected}]{line.raw[edit.end :]}")


def main() -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--upper", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    pool = ModelPool(load_corrector(threads=1), {})
    for path in options.pages:
        readings = [*load_readings(path)][: options.limit]
        print(json.dumps({path.stem: measure(readings, pool, upper=options.upper, show=options.show)}, indent=1))


if __name__ == "__main__":
    main()
