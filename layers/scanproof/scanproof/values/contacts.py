"""E-mail addresses, URLs, phone numbers, postal codes."""

from __future__ import annotations

import re

from scanproof.values.boundaries import standing_alone

ADDRESS_PATTERN = re.compile(
    r"(?<![\w.@])(?:"
    r"[\w.+\-]{1,64}@(?:[a-z0-9\-]{1,63}\.){1,8}[a-z]{2,24}"
    r"|(?:https?|ftp)://[^\s<>\"”]{1,500}"
    r"|www\.[^\s<>\"”]{1,500}"
    r"|(?:[a-z0-9\-]{2,63}\.){1,4}(?:com|org|net|eu|info|io|gov|edu|de|fr|co\.uk|es|it|pt|nl|pl|ch|at|be)"
    r"(?:/[^\s<>\"”]{0,300})?(?![\w.])"
    r")",
    re.IGNORECASE,
)

PHONE_PATTERN = standing_alone(
    r"(?:\+|00)\d{1,3}(?:[ ./\-]{0,3}\(?\d{1,5}\)?){2,6}"  # +49 (30) 123-456
    r"|\(0\d{1,4}\)[ \-]?\d{3,4}[ \-]?\d{2,5}"  # (030) 1234567
    r"|\(\d{3}\)[ \-]{0,3}\d{3}[ \-]\d{4}"  # (870)-931-0505
    r"|0\d{1,4} ?[\-/] ?\d{5,9}"  # 012 - 6651783
    r"|\d{3}[\-.]\d{3}[\-.]\d{4}"  # 870-931-0505
    r"|0\d(?:[ .]\d{2}){4}"  # 01 23 45 67 89
)

POSTAL_CODE_PATTERN = standing_alone(
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"  # SW1A 1AA
    r"|[A-Z]\d[A-Z] \d[A-Z]\d"  # K1A 0B1
    r"|\d{4} [A-Z]{2}"  # 1012 AB
    r"|\d{2}-\d{3}"  # 00-950
    r"|\d{4}-\d{3}"  # 1000-001
    r"|\d{5}-\d{4}"  # 98109-6210
    r"|(?:D|F|A|CH|B|L|I)-\d{4,5}"  # D-10115
)


def is_address(text: str) -> bool:
    """Whether ``text`` is an e-mail address or a URL."""
    return ADDRESS_PATTERN.fullmatch(text) is not None
