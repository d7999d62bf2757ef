"""Finds tokens that may be numbers of documents: with a digit, and no date, amount, address or telephone number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.extraction.labels import Labels
from scanproof.extraction.page_values import LineValues
from scanproof.extraction.spans import TextSpan
from scanproof.values.dates import parse_date
from scanproof.values.kinds import ValueKind

_TOKEN = re.compile(r"(?<![^\W_])[A-Za-z0-9][A-Za-z0-9/_.\-]{0,39}")
_URN = re.compile(r"(?i)\burn:\S+")
_CODE_LIKE_AMOUNT = re.compile(r"[A-Za-z]{2,3}\d{5,}")  # KR87654321012 begins with a mark of crowns, and is a number
_EXCLUDED_KINDS = (
    ValueKind.DATE,
    ValueKind.TIME,
    ValueKind.AMOUNT,
    ValueKind.PERCENTAGE,
    ValueKind.ADDRESS,
    ValueKind.IBAN,
    ValueKind.PHONE,
)


def number_tokens(line: LineValues, labels: Labels) -> Iterator[TextSpan]:
    """Yields the tokens of a line that may be a number of a document.

    Args:
        labels: of the numbers that are looked for: a token begins behind a label that it is joined to.
    """
    excluded = bytearray(len(line.text))
    for value in line.values:
        if value.kind in _EXCLUDED_KINDS and not _CODE_LIKE_AMOUNT.fullmatch(value.text):
            excluded[value.start : value.end] = b"\x01" * (value.end - value.start)
    text = _URN.sub(lambda match: " " * len(match[0]), line.text)
    for label in labels.of_line(line.page.number, line.index):  # "InvoiceNo.E17" ends where its number begins
        text = text[: label.span.start] + " " * (label.span.end - label.span.start) + text[label.span.end :]
    for match in _TOKEN.finditer(text):
        token = match[0].rstrip("/_.-")
        is_free = excluded.find(1, match.start(), match.end()) < 0
        if is_free and any(char.isdigit() for char in token) and not parse_date(token):
            yield line.span(match.start(), match.start() + len(token))
