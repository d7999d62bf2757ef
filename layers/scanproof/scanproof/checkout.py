"""Finds a checkout of the repository: samples, the template, the local stack and the exporter are in it alone."""

from __future__ import annotations

import sys
from pathlib import Path

from scanproof.errors import PermanentError
from scanproof.settings import Settings

_MARKS = ("template.yaml", "devstack", "samples")


def find_checkout(start: Path | None = None) -> Path | None:
    """Returns the checkout that this library is installed from, else the one that holds the working directory.

    Args:
        start: where to look in place of the library's own folder.
    """
    places = [(start or Path(__file__)).resolve(), Path.cwd() / "here"]
    folders = (folder for place in places for folder in place.parents)
    return next((folder for folder in folders if all((folder / mark).exists() for mark in _MARKS)), None)


def require_checkout(purpose: str) -> Path:
    """Returns the checkout and makes its ``devstack`` importable.

    Args:
        purpose: subject of the error's sentence, for example "The local stack".

    Raises:
        PermanentError: ``checkout_missing``.
    """
    root = find_checkout()
    if root is None:
        raise PermanentError(
            "checkout_missing",
            f"{purpose} needs a checkout of the Scanproof repository, and there is none here.",
            "Clone the repository, run `make demo` in it once, and run the command there.",
        )
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return root


def state_folder() -> Path:
    """Returns where commands keep state between runs: in the checkout, else in the user's state folder (XDG)."""
    root = find_checkout()
    if root is not None:
        return root / ".scanproof"
    return (Settings.from_environment().state_home or Path.home() / ".local" / "state") / "scanproof"
