"""Verifies numbers that contain check digits: IBAN, payment card, EAN-13 and ISBN-13."""

from __future__ import annotations

import re


def is_iban(text: str) -> bool:
    """Whether ``text`` (spaces allowed) is an IBAN with correct check digits (ISO 13616; mod 97 of ISO 7064)."""
    compact = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return False
    rotated = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in rotated)) % 97 == 1


def is_card_number(digits: str) -> bool:
    """Whether the last digit is correct by Luhn's formula (ISO/IEC 7812)."""
    doubled = (int(char) * (1 + index % 2) for index, char in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_ean13(digits: str) -> bool:
    """Whether the last of 13 digits is correct by GS1's formula, which ISBN-13 shares."""
    return sum(int(char) * (3 if index % 2 else 1) for index, char in enumerate(digits)) % 10 == 0
