"""Finds labels, the words that announce a value.

The rules of the fields cover eight languages: English, French, German, Spanish, Italian, Portuguese, Dutch and Polish.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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


def find_labels(pages: Sequence[Page], rules: Sequence[LabelRule]) -> list[Label]:
    """Finds the labels of all pages in reading order. Where two overlap, the earlier rule wins."""
    return [
        label for page in pages for index in range(len(page.lines)) for label in _labels_of_line(page, index, rules)
    ]


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


def nearest_label(value: TextSpan, labels: Sequence[Label]) -> NearestLabel | None:
    """Finds the label nearest to ``value``. Of the labels on its own line, only the last one before it counts."""
    before = [label for label in labels if label.span.line == value.line and label.span.page == value.page]
    before = [label for label in before if label.span.end <= value.start]
    eligible = before[-1:] or [label for label in labels if label.span.line != value.line]
    measured = [
        NearestLabel(label, distance)
        for label in eligible
        if (distance := label_distance(label.span, value)) is not None
    ]
    return min(measured, key=lambda nearest: nearest.distance, default=None)
