"""Finds labels, the words that announce a value.

The rules of the fields cover eight languages: English, French, German, Spanish, Italian, Portuguese, Dutch and Polish.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from scanproof.document import Page
from scanproof.extraction.misread_labels import respelled
from scanproof.extraction.spans import TextSpan, label_distance, label_reach, text_span
from scanproof.extraction.vertical_index import VerticalIndex
from scanproof.values.months import fold

CURRENCY = r"(?:rm|myr|eur|usd|gbp|chf|pln)"  # marks of letters before an amount


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
    """Builds a rule from regular expressions; a blank in them matches any space, ``-``, ``.``, ``,`` or nothing.

    A label ends where a letter follows, unless that begins an amount: ``TotalRM14.20`` has lost its blank.
    """
    joined = "|".join(wording.replace(" ", r"[\s.,\-]{0,3}") for wording in wordings)
    return LabelRule(meaning, weight, re.compile(rf"(?<![^\W\d_])(?:{joined})(?:(?![^\W\d_])|(?={CURRENCY}\d))"))


class Labels:
    """The labels of a document by position: a value is compared with those of its page that are near."""

    def __init__(self, labels: Iterable[Label]) -> None:
        """Takes labels in reading order."""
        by_page: defaultdict[int, list[Label]] = defaultdict(list)
        self._by_line: defaultdict[tuple[int, int], list[Label]] = defaultdict(list)
        for label in labels:
            by_page[label.span.page].append(label)
            self._by_line[label.span.page, label.span.line].append(label)
        self._by_page = {page: _by_position(on_page) for page, on_page in by_page.items()}

    def before(self, value: TextSpan) -> Label | None:
        """Returns the last label before ``value`` on its line."""
        labels = self._by_line.get((value.page, value.line), ())
        count = bisect_right(labels, value.start, key=lambda label: label.span.end)
        return labels[count - 1] if count else None

    def of_line(self, page: int, line: int) -> Sequence[Label]:
        """Returns the labels of a line, from left to right."""
        return self._by_line.get((page, line), ())

    def on_other_lines(self, value: TextSpan) -> Iterator[Label]:
        """Yields the labels on other lines of the page that are near enough to belong to ``value``."""
        if index := self._by_page.get(value.page):
            for label in index.overlapping(value.box.top, value.box.bottom):
                if label.span.line != value.line:
                    yield label


def _by_position(labels: Sequence[Label]) -> VerticalIndex[Label]:
    """Indexes the labels of a page by where their values may stand."""
    index: VerticalIndex[Label] = VerticalIndex(label.span.box for label in labels)
    for label in labels:
        index.add(*label_reach(label.span.box), label)
    return index


def find_labels(pages: Sequence[Page], rules: Sequence[LabelRule]) -> Labels:
    """Finds the labels of all pages. Where two overlap, the earlier rule wins."""
    return Labels(
        label for page in pages for index in range(len(page.lines)) for label in _labels_of_line(page, index, rules)
    )


def _labels_of_line(page: Page, index: int, rules: Sequence[LabelRule]) -> list[Label]:
    text = fold_in_place(page.lines[index].text)
    spellings = dict.fromkeys((respelled(text), text))
    found: list[Label] = []
    taken = bytearray(len(text))
    for each, spelling in product(rules, spellings):
        for match in each.pattern.finditer(spelling):
            if match[0] and not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\x01" * len(match[0])
                found.append(Label(each.meaning, each.weight, text_span(page, index, match.start(), match.end())))
    return sorted(found, key=lambda label: label.span.start)


def fold_in_place(text: str) -> str:
    """Converts to lower case without accents, character for character, so that offsets stay valid."""
    if text.isascii():
        return text.lower()
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
