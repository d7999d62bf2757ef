"""Finds the folder of the bundled model, and words the errors about its files."""

from __future__ import annotations

from pathlib import Path

from scanproof.errors import PermanentError
from scanproof.settings import Settings

_IN_CHECKOUT = Path("models") / "fast"
_IN_PACKAGE = Path(__file__).resolve().parents[2] / "model_data" / "fast"  # the build puts it there (setup.py)


def default_folder() -> Path:
    """Returns the folder of the fast model.

    That is the folder that ``SCANPROOF_FAST_MODEL`` names (images set it), else the copy inside an installed package,
    else ``models/fast`` of the checkout that holds this file. Only a built package has a copy, so a checkout uses its
    own model, and an installed package never takes an unrelated ``models/fast`` of the project around it.
    """
    if named := Settings.from_environment().fast_model:
        return named
    if _IN_PACKAGE.is_dir():
        return _IN_PACKAGE
    parents = Path(__file__).resolve().parents
    return next((folder / _IN_CHECKOUT for folder in parents if (folder / _IN_CHECKOUT).is_dir()), _IN_CHECKOUT)


def unreadable(path: Path, name: str, what: str, why: str, maker: str) -> PermanentError:
    """Returns the error ``<name>_invalid``.

    Args:
        path: the file that cannot be read.
        name: first part of the error's code.
        what: content of the file.
        why: reason why it cannot be read.
        maker: the module of ``model_training`` that writes such files.
    """
    return PermanentError(
        f"{name}_invalid",
        f"{path} cannot be read as the fast corrector's {what} ({why}).",
        f"Run `python -m model_training.{maker}` for this model, or fetch an unaltered copy of the folder.",
    )
