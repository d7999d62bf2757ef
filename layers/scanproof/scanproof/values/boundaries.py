"""Where a value may begin and end inside a line: never within a longer run of letters, digits and their joints."""

from __future__ import annotations

import re

NOT_INSIDE = r"(?<!\w)(?<!\w[\-–/.,:'’@&])"
NOT_FOLLOWED = r"(?!\w)(?![\-–/.,:'’@&]\w)"


def standing_alone(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """``pattern``, matched only where it is not a part of a longer token."""
    return re.compile(f"{NOT_INSIDE}(?:{pattern}){NOT_FOLLOWED}", flags)
