"""Parses times of day: 17:58:00, 9.30 am, 14h05."""

from __future__ import annotations

import re
from datetime import time

from scanproof.values.patterns import standing_alone

_HALF = r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)"
TIME_PATTERN = standing_alone(
    rf"(?P<hour>\d{{1,2}})(?::|\s:\s)(?P<minute>\d{{2}})(?:(?::|\s:\s)(?P<second>\d{{2}}))?{_HALF}?"
    r"|(?P<hour_h>\d{1,2})\s?h\s?(?P<minute_h>\d{2})"
    r"|(?P<hour_12>\d{1,2})(?:\.(?P<minute_12>\d{2}))?\s?(?P<half_12>[ap])\.?m\.?",
    re.IGNORECASE,
)


def parse_time(text: str) -> time | None:
    """Parses a time of day; None for other text and for impossible times (25:00)."""
    match = TIME_PATTERN.fullmatch(text.strip())
    if match is None:
        return None
    hour = int(match["hour"] or match["hour_h"] or match["hour_12"])
    minute = int(match["minute"] or match["minute_h"] or match["minute_12"] or 0)
    half = (match["half"] or match["half_12"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, minute, int(match["second"] or 0))
    except ValueError:
        return None
