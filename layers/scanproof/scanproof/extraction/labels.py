"""Finds labels, the words that announce a value.

The rules of the fields cover eight languages: English, French, German, Spanish, Italian, Portuguese, Dutch and Polish.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanproof.document import Page
from scanproof.extraction.spans import TextSpan, label_distance, text_span
from scanproof.values.months import fold


@dataclass(frozen=True)
class LabelRule:
    """A label's meaning, its weight as evidence for that meaning, and its wordings (folded: lower case, no accents)."""

    meaning: str
    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Label:
    """A label found on a page."""

    meaning: str
    weight: float
    span: TextSpan


@dataclass(frozen=True)
class NearestLabel:
    """The label that a value most likely belongs to, and its distance as ``label_distance`` measures it."""

    label: Label
    distance: float


def rule(meaning: str, weight: float, *wordings: str) -> LabelRule:
    """Builds a rule from regular expressions; a blank in them matches any space, hyphen, full stop or nothing."""
    joined = "|".join(wording.replace(" ", r"[\s.\-]{0,3}") for wording in wordings)
    return LabelRule(meaning, weight, re.compile(rf"(?<![^\W\d_])(?:{joined})(?![^\W\d_])"))


class Labels:
    """The labels of a document by page and line: a value is compared with those of its page only."""

    def __init__(self, labels: Iterable[Label]) -> None:
        """Takes labels in reading order."""
        self._by_page: defaultdict[int, list[Label]] = defaultdict(list)
        self._by_line: defaultdict[tuple[int, int], list[Label]] = defaultdict(list)
        for label in labels:
            self._by_page[label.span.page].append(label)
            self._by_line[label.span.page, label.span.line].append(label)

    def before(self, value: TextSpan) -> Label | None:
        """Returns the last label before ``value`` on its line."""
        labels = self._by_line.get((value.page, value.line), ())
        return next((label for label in reversed(labels) if label.span.end <= value.start), None)

    def on_other_lines(self, value: TextSpan) -> Iterator[Label]:
        """Yields the labels on the other lines of the page of ``value``."""
        return (label for label in self._by_page.get(value.page, ()) if label.span.line != value.line)


def find_labels(pages: Sequence[Page], rules: Sequence[LabelRule]) -> Labels:
    """Finds the labels of all pages. Where two overlap, the earlier rule wins."""
    return Labels(
        label for page in pages for index in range(len(page.lines)) for label in _labels_of_line(page, index, rules)
    )


def _labels_of_line(page: Page, index: int, rules: Sequence[LabelRule]) -> list[Label]:
    text = fold_in_place(page.lines[index].text)
    found: list[Label] = []
    taken = bytearray(len(text))
    for each in rules:
        for match in each.pattern.finditer(text):
            if match[0] and not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\x01" * len(match[0])
                found.append(Label(each.meaning, each.weight, text_span(page, index, match.start(), match.end())))
    return sorted(found, key=lambda label: label.span.start)


def fold_in_place(text: str) -> str:
    """Converts to lower case without accents, character for character, so that offsets stay valid."""
    return "".join(_fold_character(char) for char in text)


def _fold_character(char: str) -> str:
    return char.lower() if char.isascii() else fold(char)[:1] or char


def nearest_label(value: TextSpan, labels: Labels) -> NearestLabel | None:
    """Finds the label nearest to ``value``. Of the labels on its own line, only the last one before it counts."""
    before = labels.before(value)
    eligible = [before] if before else labels.on_other_lines(value)
    measured = [
        NearestLabel(label, distance)
        for label in eligible
        if (distance := label_distance(label.span, value)) is not None
    ]
    return min(measured, key=lambda nearest: nearest.distance, default=None)
