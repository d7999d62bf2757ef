"""Finds a checkout of the repository, which alone holds the samples, the template, the local stack and the exporter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from scanproof.errors import PermanentError
from scanproof.settings import Settings

_MARKERS = ("template.yaml", "devstack", "samples")


def find_checkout(start: Path | None = None) -> Path | None:
    """Finds the checkout that this library is installed from, or else the one that holds the working directory.

    Args:
        start: replaces the library's own folder.

    Returns:
        The root of the checkout, ``None`` if there is none.
    """
    first = (start or Path(__file__).parent).resolve()
    return next((folder for folder in _with_parents(first, Path.cwd()) if _is_checkout(folder)), None)


def require_checkout(purpose: str) -> Path:
    """Finds the checkout and makes its ``devstack`` importable.

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


def _with_parents(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield folder
        yield from folder.parents


def _is_checkout(folder: Path) -> bool:
    return all((folder / marker).exists() for marker in _MARKERS)
