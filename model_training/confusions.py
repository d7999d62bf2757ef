"""Noise drawn from measured confusions: what engines read for which characters, and how often."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rapidfuzz.distance import Levenshtein

_MIN_COUNT = 30  # of a character; fewer occurrences say nothing about its error rate
_MAX_RATE = 0.5  # no character is misread more often, however bad the page
_UNSEEN = 10**6
_MAX_LENGTH = 2  # characters read as one or two others; longer differences are lost lines and the like


@dataclass(frozen=True)
class Outcomes:
    """The readings of a string other than itself, with their counts."""

    readings: tuple[str, ...]
    counts: tuple[int, ...]

    def draw(self, rng: Random) -> str:
        """Draws a reading, in proportion to the counts."""
        return rng.choices(self.readings, self.counts)[0]


@dataclass(frozen=True)
class ConfusionTable:
    """The confusions of one engine on one kind of print."""

    outcomes: dict[str, Outcomes]  # of one or two characters
    probability: dict[str, float]  # that such characters are misread
    inserted: Outcomes
    insertion_probability: float  # per character
    base_rate: float  # errors per character on the pages measured

    def corrupt(self, text: str, rate: float, rng: Random, protected: frozenset[int]) -> str:
        """Returns ``text`` with about ``rate`` errors per character, in bursts; positions in ``protected`` stay.

        Errors come in bursts because print and paper fail in places; uniform noise trains a harmful tagger.
        """
        factor = rate / self.base_rate
        burst, position, written = 1.0, 0, []
        while position < len(text):
            if rng.random() < 0.05:
                burst = rng.choice((0.2, 0.5, 1.0, 1.0, 2.0, 4.0))
            taken = 0 if position in protected else self._misread(text, position, factor * burst, rng)
            if taken:
                written.append(self.outcomes[text[position : position + taken]].draw(rng))
            else:
                written.append(text[position])
                if position not in protected and rng.random() < min(0.3, self.insertion_probability * factor * burst):
                    written.append(self.inserted.draw(rng))
            position += taken or 1
        return "".join(written)

    def _misread(self, text: str, position: int, factor: float, rng: Random) -> int:
        """How many characters at ``position`` are misread together: 0, 1 or 2."""
        for length in (2, 1):
            chance = self.probability.get(text[position : position + length], 0.0)
            if chance and rng.random() < min(_MAX_RATE, chance * factor):
                return length
        return 0


def load_confusions(path: Path) -> ConfusionTable:
    """Reads a table of (truth, ocr, count, truth_char_count), JSON strings, tab-separated."""
    readings: dict[str, list[tuple[str, int]]] = defaultdict(list)
    inserted: list[tuple[str, int]] = []
    totals: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            truth, ocr, count = json.loads(row["truth"]), json.loads(row["ocr"]), int(row["count"])
            if not truth:
                if ocr not in ("- ", "| "):  # readings of rules and list marks, not of letters
                    inserted.append((ocr, count))
            elif len(truth) <= _MAX_LENGTH:
                readings[truth].append((ocr, count))
                if row["truth_char_count"]:
                    totals[truth] = int(row["truth_char_count"])
    return _table(readings, inserted, totals)


def measured_confusions(pairs: Iterable[tuple[str, str]]) -> ConfusionTable:
    """Measures the confusions in pairs of a reading and its truth.

    Raises:
        ValueError: the truths hold no character, so there is nothing to measure.
    """
    readings: dict[str, Counter[str]] = defaultdict(Counter)
    inserted: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for ocr, truth in pairs:
        totals.update(truth)
        for block in Levenshtein.opcodes(truth, ocr):
            true, read = truth[block.src_start : block.src_end], ocr[block.dest_start : block.dest_end]
            if block.tag == "equal" or max(len(true), len(read)) > _MAX_LENGTH:
                continue
            if true:
                readings[true][read] += 1
            else:
                inserted[read] += 1
    if not totals:
        raise ValueError("no confusions can be measured without a character of truth; give pages with text")
    return _table({truth: list(found.items()) for truth, found in readings.items()}, list(inserted.items()), totals)


def _table(
    readings: Mapping[str, list[tuple[str, int]]], inserted: list[tuple[str, int]], totals: Mapping[str, int]
) -> ConfusionTable:
    characters = sum(totals.values())
    errors = {truth: sum(count for _, count in found) for truth, found in readings.items()}
    probability = {
        truth: min(_MAX_RATE, count / max(totals.get(truth, _UNSEEN), _MIN_COUNT)) for truth, count in errors.items()
    }
    insertion = sum(count for _, count in inserted) / characters
    return ConfusionTable(
        outcomes={truth: _outcomes(found) for truth, found in readings.items()},
        probability=probability,
        inserted=_outcomes(inserted),
        insertion_probability=insertion,
        base_rate=sum(probability.get(truth, 0.0) * total for truth, total in totals.items()) / characters + insertion,
    )


def _outcomes(found: list[tuple[str, int]]) -> Outcomes:
    return Outcomes(tuple(ocr for ocr, _ in found), tuple(count for _, count in found))
