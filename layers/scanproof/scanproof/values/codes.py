"""Recognises codes: invoice numbers, article codes, references, names with digits (A4, B2B, COVID19, INV-2023-001)."""

from __future__ import annotations

import re

_JOINT = r"[-–/._&+]"
_LETTERS_THEN_DIGITS = re.compile(r"[A-Z]{1,8}[0-9]{1,20}[A-Z]?|(?:[A-Z][a-z]{0,2}|[a-z]{1,8})[0-9]{1,20}")
_DIGITS_THEN_CAPITALS = re.compile(r"[0-9]{1,20}[A-Z]{1,4}")
_SHORT_CAPITALS = re.compile(r"(?=.*[0-9])[A-Z0-9]{2,3}")
_CAPITALS_AND_NUMBERS = re.compile(r"(?=(?:.*?[0-9]){2})(?=.*[A-Z])[A-Z0-9]{4,40}")
_NUMBER_PART = re.compile(r"[0-9]{2,}|[0-9]+[A-Z]+|[A-Z]+[0-9]+|[A-Z0-9]*[0-9]{2}[A-Z0-9]*")
_PART = re.compile(r"[A-Za-z0-9]{1,30}")
_HEX = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{8,64}")


def is_code(text: str) -> bool:
    """Whether ``text`` has the form of a code rather than of a word in which digits were recognised for letters.

    Codes are capitals with a number before or behind, short ones with a digit anywhere, capitals with two digits or
    more, and groups of them joined by hyphens, slashes or points. A word such as ``Inv0ice`` or ``T0TAL`` is not a
    code: one digit inside more letters. Digits alone are numbers (``values.numbers``) unless joined (2023-001).
    """
    if len(text) > 100:
        return False
    parts = re.split(_JOINT, text.strip("#").rstrip("-/._"))
    if len(parts) == 1:
        return _is_plain_code(parts[0])
    return all(_PART.fullmatch(part) for part in parts if part) and any(
        _NUMBER_PART.fullmatch(part) or part.isdecimal() for part in parts
    )


def _is_plain_code(text: str) -> bool:
    if _LETTERS_THEN_DIGITS.fullmatch(text) or _DIGITS_THEN_CAPITALS.fullmatch(text) or _SHORT_CAPITALS.fullmatch(text):
        return True
    return bool(_HEX.fullmatch(text) or (_CAPITALS_AND_NUMBERS.fullmatch(text) and _has_enough_digits(text)))


def _has_enough_digits(text: str) -> bool:
    """Accepts COVID19A and AB12CD; rejects REC0RD5, which may be a misrecognised word."""
    digits = sum(char.isdigit() for char in text)
    return digits * 2 >= len(text) - digits or re.search(r"[0-9]{2}", text) is not None
