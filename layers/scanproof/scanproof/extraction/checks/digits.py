"""Checks the check digits of labelled numbers: IBAN, payment card, EAN-13 and ISBN."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from scanproof.document import CheckCode, Page
from scanproof.extraction.checks.check import NumberCheck
from scanproof.extraction.spans import text_span
from scanproof.values.check_digits import is_card_number, is_ean13, is_iban

_LABELLED: tuple[tuple[CheckCode, str, re.Pattern[str], Callable[[str], bool]], ...] = (
    (CheckCode.IBAN_DIGITS, "IBAN",
     re.compile(r"\bIBAN\b[\s:.]{0,4}([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[0-9]{1,3})?)(?![^\W_])"), is_iban),
    (CheckCode.CARD_DIGITS, "card number",
     re.compile(r"(?i)\bcard (?:no|number)\b[\s:.]{0,4}([0-9]{4}(?:[ -]?[0-9]{4}){3})(?![\w*])"), is_card_number),
    (CheckCode.ARTICLE_DIGITS, "EAN or ISBN",
     re.compile(r"(?i)\b(?:EAN|ISBN)(?:-?13)?\b[\s:.]{0,4}([0-9](?:[ -]?[0-9]){12})(?![\w-])"), is_ean13),
)  # fmt: skip
# One in ten wrong readings of a card or article number has the right check digit, one in 97 of an IBAN. Of suggestions
# for articles 13 of 14 were right with this minimum, 15 of 17 without (python -m benchmarks.suggestions).
_MIN_PROBABILITY = {CheckCode.CARD_DIGITS: 0.02, CheckCode.ARTICLE_DIGITS: 0.02}


def check_digits(pages: Sequence[Page]) -> Iterator[NumberCheck]:
    """Yields a check for every labelled number; it fails where the check digits are wrong."""
    for page in pages:
        for index, line in enumerate(page.lines):
            for code, name, pattern, is_valid in _LABELLED:
                for match in pattern.finditer(line.text):
                    fits = partial(_fits, is_valid)
                    yield NumberCheck(
                        code=code,
                        numbers=(text_span(page, index, *match.span(1)),),
                        message=f"the check digits of this {name} are wrong",
                        failed=not fits([match[1]]),
                        fits=fits,
                        min_probability=_MIN_PROBABILITY.get(code, 0.0),
                    )


def _fits(is_valid: Callable[[str], bool], texts: Sequence[str]) -> bool:
    return is_valid(re.sub(r"[\s-]", "", texts[0]))
