"""Reads the files of a user's lists, and names what is wrong with them."""

from __future__ import annotations

import tomllib
import unicodedata
from os import PathLike
from pathlib import Path

from pydantic import ValidationError

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


def list_entries(text: str, name: str, table: str, limit: tuple[int, str], next_step: str) -> list[object]:
    """Returns the entries of a TOML file that holds nothing but an array of tables.

    Args:
        table: name of the tables.
        limit: greatest number of entries, and what the message calls them.

    Raises:
        PermanentError: ``list_invalid``.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid_list(name, f"it is not TOML: {error}", next_step) from error
    entries = document.pop(table, [])
    if document or not isinstance(entries, list):
        raise invalid_list(name, f"it holds something else than [[{table}]] entries", next_step)
    greatest, noun = limit
    if len(entries) > greatest:
        raise invalid_list(name, f"it has {len(entries):,} {noun}; the limit is {greatest}", next_step)
    return entries


def entry_error(error: ValidationError) -> tuple[str | None, str]:
    """Returns the key that the first error of an entry is about, None if it is about the whole, and the cause."""
    first = error.errors(include_input=False, include_url=False)[0]
    key = str(first["loc"][0]) if first["loc"] else None
    return key, (f"{key!r}: " if key else "") + first["msg"].removeprefix("Value error, ")


def has_control(text: str) -> bool:
    """Whether a text holds a line break or another control character."""
    return any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text)


def invalid_list(place: str, cause: str, next_step: str) -> PermanentError:
    """Returns the error of a list that is not valid."""
    return PermanentError("list_invalid", f"{place}: {cause}.", next_step)
