"""Where the bundled model lies."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_VARIABLE = "SCANPROOF_FAST_MODEL"
_BUNDLED = Path("models") / "fast"


def default_folder() -> Path:
    """The folder that ``SCANPROOF_FAST_MODEL`` names (images set it), else ``models/fast`` of the checkout."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    above = Path(__file__).resolve().parents
    return next((folder / _BUNDLED for folder in above if (folder / _BUNDLED).is_dir()), _BUNDLED)
