"""Percentages, numbers with a unit, ordinals, and the small arithmetic of order lines (3 x 12.50, 10x)."""

from __future__ import annotations

import re

from scanproof.values.boundaries import NOT_FOLLOWED, NOT_INSIDE
from scanproof.values.numbers import NUMBER_PATTERN

# Units whose spelling is no word, so that they may stand a space away.
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
QUANTITY_PATTERN = re.compile(  # beside a currency sign a litre is a one: 2.2l€
    rf"{NOT_INSIDE}(?<![$€£])(?:(?P<attached>(?!0[fn]\b){_NUMBER}(?:{_ATTACHED_UNITS}))"
    rf"|{_NUMBER}[ \u00a0](?:{_PLAIN_UNITS})"
    rf"|[0-9]{{1,6}}[xX×][0-9]{{1,6}}(?:[xX×][0-9]{{1,6}})?(?:mm|cm|m)?){NOT_FOLLOWED}(?![$€£])"
)
