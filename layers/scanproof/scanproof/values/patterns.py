"""Regular expressions of values without a parser of their own, and the boundaries of any value in a line."""

from __future__ import annotations

import re

from scanproof.values.numbers import NUMBER_PATTERN

# A value begins and ends outside of longer runs of letters, digits and the punctuation that joins them.
NOT_INSIDE = r"(?<!\w)(?<!\w[\-–/.,:'’@&])"
NOT_FOLLOWED = r"(?!\w)(?![\-–/.,:'’@&]\w)"


def standing_alone(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Compiles ``pattern`` so that it matches only where it is not a part of a longer token."""
    return re.compile(f"{NOT_INSIDE}(?:{pattern}){NOT_FOLLOWED}", flags)


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

IBAN_PATTERN = standing_alone(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?(?=[A-Z]{0,2}[0-9])[A-Z0-9]{1,3})?")
# EU VAT numbers begin with the country; the number may be grouped by spaces or points.
TAX_ID_PATTERN = standing_alone(
    r"(?:AT ?U|BE ?[01]?|BG|CY|CZ|DE|DK|EE|EL|ES ?[A-Z]?|FI|FR ?[A-Z0-9]{2} ?|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO"
    r"|SE|SI|SK|CHE-?)"
    r" ?(?:\d{7,12}|\d{2,4}(?:[ .\-]\d{2,4}){2,4})[A-Z]?(?:B\d{2})?"
)

# Units that are not words, so that they may follow after a space.
_PLAIN_UNITS = (
    "mg|kg|g|µg|μg|mcg|ml|mL|cl|dl|dL|l|L|mm|cm|m|km|kW|kWh|kwh|W|V|mA|A|Hz|kHz|MHz|GHz|KB|MB|GB|TB|kB|Pa|hPa|bar|kcal|kJ|"
    "mmol|mol|IU|IE|m²|m³|m2|m3|cm²|cm3|sqm|sqft|lbs?|oz|ft|°C|°F|°|ppm|dpi|px|rpm|mph|km/h|mg/ml|mg/kg|mg/dl|g/l|hrs?|pcs|pkt|Stk|szt"
)
_ATTACHED_UNITS = (
    f"{_PLAIN_UNITS}|KG|ML|KM|CM|MM|GM|PCS|PKT|X|K|M|x|s|h|t|d|w|y|k|c|p|e|a|n|b|f|i|min|sec|"
    "st|nd|rd|th|er|ème|eme|ère|º|ª|°"
)
_NUMBER = rf"[+\-−–±]?{NUMBER_PATTERN}"

PERCENTAGE_PATTERN = re.compile(rf"{NOT_INSIDE}{_NUMBER}\s?[%‰](?!\w)")
QUANTITY_PATTERN = re.compile(  # next to a currency sign, "l" is a misrecognised 1: 2.2l€
    rf"{NOT_INSIDE}(?<![$€£])(?:(?P<attached>(?!0[fn]\b){_NUMBER}(?:{_ATTACHED_UNITS}))"
    rf"|{_NUMBER}[ \u00a0](?:{_PLAIN_UNITS})"
    rf"|[0-9]{{1,6}}[xX×][0-9]{{1,6}}(?:[xX×][0-9]{{1,6}})?(?:mm|cm|m)?){NOT_FOLLOWED}(?![$€£])"
)
