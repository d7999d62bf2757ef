"""Words that announce a value.

The rules that the fields bring know eight languages: English, French, German, Spanish, Italian, Portuguese, Dutch and
Polish.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scanproof.document import Page
from scanproof.extraction.places import Spot, distance, spot
from scanproof.values.months import fold


@dataclass(frozen=True)
class LabelRule:
    """A label's meaning, how strongly it speaks for it, and its wordings (folded: lower case, no accents)."""

    meaning: str
    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Label:
    """A label found on a page."""

    meaning: str
    weight: float
    spot: Spot


def rule(meaning: str, weight: float, *wordings: str) -> LabelRule:
    """A rule whose wordings are regular expressions; a blank stands for any space, hyphen, full stop or nothing."""
    joined = "|".join(wording.replace(" ", r"[\s.\-]{0,3}") for wording in wordings)
    return LabelRule(meaning, weight, re.compile(rf"(?<![^\W\d_])(?:{joined})(?![^\W\d_])"))


def find_labels(pages: Sequence[Page], rules: Sequence[LabelRule]) -> list[Label]:
    """The labels of all pages in reading order. Where two overlap, the rule that comes first has it."""
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
                found.append(Label(each.meaning, each.weight, spot(page, index, match.start(), match.end())))
    return sorted(found, key=lambda label: label.spot.start)


def fold_in_place(text: str) -> str:
    """Lower case without accents, character for character, so that offsets stay true."""
    return "".join(_folded(char) for char in text)


def _folded(char: str) -> str:
    return char.lower() if char.isascii() else fold(char)[:1] or char


def nearest_label(value: Spot, labels: Sequence[Label]) -> tuple[Label, float] | None:
    """The label that announces ``value`` best, and its distance. On its own line only the last one before it counts."""
    before = [label for label in labels if label.spot.line == value.line and label.spot.page == value.page]
    before = [label for label in before if label.spot.end <= value.start]
    here = before[-1:] or [label for label in labels if label.spot.line != value.line]
    measured = [(label, far) for label in here if (far := distance(label.spot, value)) is not None]
    return min(measured, key=lambda pair: pair[1], default=None)
