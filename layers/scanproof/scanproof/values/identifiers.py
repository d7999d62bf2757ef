"""Numbers with a check inside: IBAN (ISO 13616, mod 97 of ISO 7064), and VAT-like tax ids."""

from __future__ import annotations

import re

from scanproof.values.boundaries import standing_alone

IBAN_PATTERN = standing_alone(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?(?=[A-Z]{0,2}[0-9])[A-Z0-9]{1,3})?")
# EU VAT numbers begin with the country; the number may be grouped by spaces or points.
TAX_ID_PATTERN = standing_alone(
    r"(?:AT ?U|BE ?[01]?|BG|CY|CZ|DE|DK|EE|EL|ES ?[A-Z]?|FI|FR ?[A-Z0-9]{2} ?|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO"
    r"|SE|SI|SK|CHE-?)"
    r" ?(?:\d{7,12}|\d{2,4}(?:[ .\-]\d{2,4}){2,4})[A-Z]?(?:B\d{2})?"
)


def is_iban(text: str) -> bool:
    """Whether ``text`` (spaces allowed) is an IBAN whose check digits are right."""
    compact = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1
