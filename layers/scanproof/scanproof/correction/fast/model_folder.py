"""Locates the bundled model, and describes errors of files in a model folder."""

from __future__ import annotations

import os
from pathlib import Path

from scanproof.errors import PermanentError

FOLDER_VARIABLE = "SCANPROOF_FAST_MODEL"
_BUNDLED = Path("models") / "fast"


def default_folder() -> Path:
    """The folder that ``SCANPROOF_FAST_MODEL`` names (images set it), else ``models/fast`` of the checkout."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    above = Path(__file__).resolve().parents
    return next((folder / _BUNDLED for folder in above if (folder / _BUNDLED).is_dir()), _BUNDLED)


def unreadable(path: Path, name: str, what: str, why: str, maker: str) -> PermanentError:
    """The error ``<name>_invalid``.

    Args:
        path: the file.
        name: what the error's code begins with.
        what: the file should hold.
        why: the reason it cannot be read.
        maker: the module of ``model_training`` that writes such files.
    """
    return PermanentError(
        f"{name}_invalid",
        f"{path} cannot be read as the fast corrector's {what} ({why}).",
        f"Run `python -m model_training.{maker}` for this model, or fetch an unaltered copy of the folder.",
    )
