"""Reads the files of a user's lists, and names what is wrong with them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from scanproof.errors import PermanentError

MAX_LIST_BYTES = 256 * 1024  # the lists of an upload are read again with each of its pages


def list_content(path: str | PathLike[str]) -> tuple[bytes, str]:
    """Returns the content of a file, at most a byte over the limit, and its name.

    Raises:
        PermanentError: ``list_unreadable``.
    """
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_LIST_BYTES + 1), name
    except OSError as error:
        raise PermanentError(
            "list_unreadable", f"{name} cannot be read: {error.strerror}.", "Name a file that exists and can be read."
        ) from error


def list_text(content: bytes, name: str, next_step: str) -> str:
    """Decodes a list.

    Raises:
        PermanentError: ``list_invalid``: it is too large, or not UTF-8.
    """
    if len(content) > MAX_LIST_BYTES:
        raise invalid_list(name, f"it has more than {MAX_LIST_BYTES // 1024} KiB", next_step)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise invalid_list(f"{name}, line {line}", "it is not UTF-8", next_step) from error


def invalid_list(place: str, cause: str, next_step: str) -> PermanentError:
    """Returns the error of a list that is not valid."""
    return PermanentError("list_invalid", f"{place}: {cause}.", next_step)
