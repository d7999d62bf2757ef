"""Computes what speaks for a text to be the vendor's name: its words, its place, and what stands around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from statistics import median

from scanproof.document import Page
from scanproof.extraction.labels import fold_in_place
from scanproof.extraction.spans import TextSpan, share_row
from scanproof.extraction.vendor_words import (
    BUYER,
    LEGAL_FORM,
    NOT_A_NAME,
    PREFIX,
    REGISTERED,
    REGISTRATION,
    REMIT,
    SELLER,
    STREET,
    TRADE,
)
from scanproof.values.currencies import iso_codes

_MAX_GAP = 0.8  # line heights between two lines of one name
_MAX_SIZES = 1.5  # height of the highest line of a name by that of the lowest: a logo above it is higher
_TOP_FORMS = 40  # spans from the top among which another legal form competes
_AROUND = 4  # spans below a name where its address and registration stand
_MIN_DOMAIN = 4  # letters that a name and a domain must share; fewer occur by accident
_DOMAIN = re.compile(r"(?:@|www\.|https?://)([\w.\-]+)", re.IGNORECASE)
_CONTACT = re.compile(r"(?:tel|phone|fax|gst|vat|ust|tva|siret|nip|reg|co\.? ?no|roc|iva|btw)\b|\(\d{3}\)|\+\d\d")
_PROSE = re.compile(
    r"\b(?:is|are|your|our|you|please|for|with|this|that|from|bitte|ihre?|wir|fur|mit|vous|votre|pour|avec|su|para|con|per|"
    r"vostro|uw|voor|met|dla|prosimy|talk|visit|email)\b"
)
_POSTAL = re.compile(r"\b(?:[a-z]{1,2}[- ])?\d{4,6}\b")
_ADDRESS = re.compile(r"\b\d{1,5}[a-z]?\b")


def is_name(text: str) -> bool:
    """Whether a text may be a name: letters, few digits, no title, label or buyer."""
    folded = fold_in_place(text.strip())
    letters = sum(char.isalpha() for char in folded)
    digits = sum(char.isdigit() for char in folded)
    is_excluded = any(words.match(folded) for words in (NOT_A_NAME, BUYER, SELLER, REMIT)) or folded.endswith(":")
    return letters >= 3 and digits * 2 <= letters and not is_excluded and text.strip() not in iso_codes()


def without_registration(name: str) -> str:
    """Removes the registration number or the sender's address that often follows the name."""
    head = re.split(r" ?[|•·] ?| - (?=.*\d)", name)[0]
    shorter = REGISTRATION.sub("", head).rstrip(" ,;:-([{")
    return shorter if sum(char.isalpha() for char in shorter) >= 3 else name


class HeadFeatures:
    """The spans of the first page, and what a name among them is like."""

    def __init__(self, page: Page, spans: Sequence[TextSpan]) -> None:
        self._page, self._spans = page, spans
        self._folded = [fold_in_place(span.text.strip()) for span in spans]
        self._names = [is_name(span.text) for span in spans]
        self._counts = Counter(map(_letters, self._folded))
        heights = [span.box.bottom - span.box.top for span in spans]
        self._height = max(median(heights), 1.0) if heights else 1.0

    @cached_property
    def _domains(self) -> list[str]:
        """Returns the letters of the domains of e-mail and web addresses."""
        return [_letters(match[1]) for line in self._page.lines for match in _DOMAIN.finditer(line.text.lower())]

    @cached_property
    def _complete_forms(self) -> frozenset[int]:
        """Returns the indexes of the spans that are names with a legal form, but buyers."""
        return frozenset(
            index
            for index, text in enumerate(self._folded[:_TOP_FORMS])
            if self._names[index] and LEGAL_FORM.search(text) and len(LEGAL_FORM.sub("", text).split()) >= 1
        )

    def block(self, index: int, count: int) -> list[TextSpan] | None:
        """Returns the span and the next ``count - 1`` lines of its column; None where they are no name together."""
        parts = [self._spans[index]]
        position = index
        while len(parts) < count:
            below = self._below(position)
            if below is None or not (self._names[position] and self._may_continue(below)):
                return None
            parts.append(self._spans[below])
            heights = [part.box.bottom - part.box.top for part in parts]
            if max(heights) > _MAX_SIZES * min(heights):
                return None
            position = below
        return parts

    def _may_continue(self, index: int) -> bool:
        text = self._folded[index]
        if STREET.search(text) or text[:1].isdigit():  # an address
            return False
        return self._names[index] or LEGAL_FORM.match(text) is not None

    def _above(self, index: int) -> list[int]:
        """Returns the indexes of the spans above one in its column."""
        box = self._spans[index].box
        limit = (box.top + box.bottom) / 2
        return [
            other
            for other, span in enumerate(self._spans)
            if span.box.bottom <= limit and min(span.box.right, box.right) > max(span.box.left, box.left)
        ]

    def _below(self, index: int) -> int | None:
        box = self._spans[index].box
        height = max(box.bottom - box.top, 1.0)
        for other in range(index + 1, min(index + 8, len(self._spans))):
            below = self._spans[other].box
            overlap = min(box.right, below.right) - max(box.left, below.left)
            if overlap > 0 and not share_row(box, below):
                is_close = -0.5 * height < below.top - box.bottom < _MAX_GAP * height
                return other if is_close else None
        return None

    def of(self, parts: Sequence[TextSpan], index: int, value: str) -> dict[str, float]:
        """Returns the features of a name.

        Args:
            parts: its lines.
            index: of the first line among the spans.
            value: the name without label and registration.
        """
        box, folded = parts[0].box, fold_in_place(value)
        letters = _letters(folded)
        above = self._above(index)
        rank, row_rank = sum(self._names[other] for other in above), sum(self._names[:index])
        last = self._spans.index(parts[-1], index) if len(parts) > 1 else index
        around = self._folded[last + 1 : last + 1 + _AROUND]
        texts = [fold_in_place(part.text) for part in parts]
        has_form = LEGAL_FORM.search(folded) is not None
        return {
            "first": float(rank == 0),
            "second": float(rank == 1),
            "rank": min(rank, 12) / 12,
            "row_rank": min(row_rank, 24) / 24,
            "left": box.left / self._page.width,
            "down": box.top / self._page.height,
            "foot": float(box.top > 0.85 * self._page.height),
            "legal_form": float(has_form),
            "only_form": float(has_form and not self._complete_forms - set(range(index, last + 1))),
            "trade": float(TRADE.search(folded) is not None),
            "form_in_first": float(len(parts) > 1 and LEGAL_FORM.search(texts[0]) is not None),
            "form_in_last": float(len(parts) > 1 and LEGAL_FORM.search(texts[-1]) is not None),
            "complete_last": float(len(parts) > 1 and _is_complete(texts[-1])),
            "complete_first": float(len(parts) > 1 and _is_complete(texts[0])),
            "bare_form": float(not LEGAL_FORM.sub("", folded).strip(" .,&()-")),
            "form_follows": float(not has_form and self._continues_below(last)),
            "form_below": float(not has_form and self._has_form_below(last)),
            "trade_below": float(TRADE.search(folded) is None and self._has_trade_below(last)),
            "registered": float(self._is_registered(last)),
            "owner": float(self._is_owner(index)),
            "prose": float(_PROSE.search(folded) is not None),
            "lines2": float(len(parts) == 2),
            "lines3": float(len(parts) == 3),
            "brackets": float(value.count("(") != value.count(")")),
            "joins_brackets": float(len(parts) > 1 and texts[0].count("(") != texts[0].count(")")),
            "in_brackets": float(len(parts) > 1 and texts[-1].startswith("(") and texts[-1].endswith(")")),
            "size": min((box.bottom - box.top) / self._height, 2.5) - 1.0,
            "same_size": float(len(parts) > 1 and _is_same_size(parts)),
            "after_buyer": float(any(BUYER.match(self._folded[other]) for other in above)),
            "right_after_buyer": float(any(BUYER.match(text) for text in self._folded[max(index - 2, 0) : index])),
            "repeated": float(self._counts[letters] > (1 if letters == _letters(self._folded[index]) else 0)),
            "domain": float(self._is_in_domain(folded)),
            "address_below": float(any(STREET.search(text) or _POSTAL.search(text) for text in around)),
            "contact_below": float(any(_CONTACT.search(text) for text in around)),
            "address": float(STREET.search(folded) is not None or _POSTAL.search(folded) is not None),
            "number": float(_ADDRESS.search(folded) is not None),
            "comma": float("," in value.rstrip(",")),
            "colon": float(":" in value),
            "long": float(len(value.split()) > 6),
            "one_word": float(len(value.split()) == 1),
            "short": float(len(letters) < 5),
            "lower": float(value == value.lower()),
            "sentence": float(value.rstrip().endswith((".", "!", "?")) and len(value.split()) > 4 and not has_form),
        }

    def _is_registered(self, index: int) -> bool:
        """Whether the company's number in the register follows the name, behind it or below."""
        below = self._below(index)
        is_below = below is not None and REGISTERED.match(self._folded[below].lstrip("([")) is not None
        return is_below or REGISTERED.search(self._folded[index]) is not None

    def _is_owner(self, index: int) -> bool:
        """Whether the text says that this is the owner of a shop that has another name."""
        return PREFIX.match(self._folded[index]) is not None or (
            index > 0 and PREFIX.fullmatch(self._folded[index - 1]) is not None
        )

    def _continues_below(self, index: int) -> bool:
        """Whether the line below begins with a legal form, or ends the bracket that this one opens."""
        below = self._below(index)
        if below is None:
            return False
        own, text = self._folded[index], self._folded[below]
        is_form = LEGAL_FORM.search(text) is not None and len(LEGAL_FORM.sub("", text).split()) <= 1
        return is_form or (own.count("(") > own.count(")") and text.count(")") > text.count("("))

    def _has_form_below(self, index: int) -> bool:
        """Whether one of the next two spans is a name with a legal form."""
        below = self._folded[index + 1 : index + 3]
        return any(LEGAL_FORM.search(text) and len(LEGAL_FORM.sub("", text).split()) > 1 for text in below)

    def _has_trade_below(self, index: int) -> bool:
        return any(TRADE.search(text) for text in self._folded[index + 1 : index + 2])

    def _is_in_domain(self, folded: str) -> bool:
        words = [_letters(word) for word in LEGAL_FORM.sub("", folded).split()]
        whole = "".join(words)
        keys = [key for key in (whole, "".join(words[:2]), words[0] if words else "") if len(key) >= _MIN_DOMAIN]
        return any(key in domain for key in keys for domain in self._domains)


def _is_complete(folded: str) -> bool:
    """Whether a line is a name by itself: words before a legal form or a trade, and no open bracket."""
    words = LEGAL_FORM.sub("", folded).split()
    has_end = LEGAL_FORM.search(folded) is not None or TRADE.search(folded) is not None
    return has_end and len(words) >= 2 and folded.count("(") == folded.count(")")


def _is_same_size(parts: Sequence[TextSpan]) -> bool:
    heights = [part.box.bottom - part.box.top for part in parts]
    return max(heights) <= 1.25 * min(heights)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)
