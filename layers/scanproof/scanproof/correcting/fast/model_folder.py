"""Where the bundled model lies."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_VARIABLE = "SCANPROOF_FAST_MODEL"
_CHECKOUT = Path(__file__).resolve().parents[5]


def default_folder() -> Path:
    """The folder that ``SCANPROOF_FAST_MODEL`` names (images set it), else ``models/fast`` of the checkout."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else _CHECKOUT / "models" / "fast"
