r"""A user's lists: words that correctors leave alone, replacements that are made after them, and fields to extract.

A word list is a text file in UTF-8 with one word or phrase a line; blank lines and lines that begin with ``#`` are
ignored. Replacements are a TOML file with one table an entry::

    [[replacement]]
    literal = "Acme Lnc"
    with = "Acme Inc"

    [[replacement]]
    pattern = 'No[,;] (\d+)'
    with = 'No. \1'
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from functools import lru_cache
from os import PathLike
from typing import Annotated, Self, cast

from pydantic import Field, ValidationError, model_validator

from scanproof.document import Model
from scanproof.list_files import entry_error, has_control, invalid_list, list_content, list_entries, list_text
from scanproof.user_fields import UserField, parse_fields

MAX_WORDS = 10_000
MAX_REPLACEMENTS = 500  # each is searched for in every line
MAX_LENGTH = 200  # characters of a word, a pattern or a replacement
MAX_NESTING = 8  # groups within groups; compiling a pattern may double its memory with each
MAX_REPEATS = 1_000  # product of the fixed counts of a pattern, which `regex` writes out when it compiles

_COUNT = re.compile(r"\{(\d*)(?:,\d*)?\}")
_REFERENCE = re.compile(r"\\(?:(\\)|([1-9])|g<(\w+)>)")
_KEYS = {"literal", "pattern", "with"}
_WORDS_STEP = "A word list is UTF-8 text with one word or phrase a line. Correct it and try again."
_REPLACEMENTS_STEP = "Each [[replacement]] has `with` and either `literal` or `pattern`. Correct it and try again."


class Replacement(Model):
    """Puts ``corrected`` in the place of each occurrence of ``literal``, or of each match of ``pattern``."""

    literal: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)] | None = None
    pattern: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)] | None = None
    corrected: Annotated[str, Field(alias="with", max_length=MAX_LENGTH)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.literal is None) == (self.pattern is None):
            raise ValueError("there must be either 'literal' or 'pattern'")
        if has_control(self.corrected) or has_control(self.literal or ""):
            raise ValueError("it holds a line break or another control character")
        if self.pattern is not None:
            _check_references(self.corrected, _checked_pattern(self.pattern))
        return self

    def text_for(self, match: re.Match[str]) -> str:
        """Returns ``corrected`` for one match of the pattern, with what its groups matched."""

        def group(reference: re.Match[str]) -> str:
            escaped, number, name = reference.groups()
            return escaped or match[_group_key(number or name)] or ""

        return _REFERENCE.sub(group, self.corrected)


class UserLists(Model):
    """The lists that apply to one upload, or to one corrector."""

    words: tuple[str, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    fields: tuple[UserField, ...] = ()

    @property
    def version(self) -> str:
        """Identifies the replacements, for the audit."""
        entries = [entry.model_dump(mode="json", by_alias=True) for entry in self.replacements]
        return hashlib.sha256(json.dumps(entries).encode()).hexdigest()[:12]

    @classmethod
    def load(
        cls,
        words: str | PathLike[str] | None = None,
        replacements: str | PathLike[str] | None = None,
        fields: str | PathLike[str] | None = None,
    ) -> UserLists:
        """Reads a word list, a file of replacements, a file of fields, or several of them.

        Raises:
            PermanentError: ``list_unreadable``, ``list_invalid``; the message names the file, the line or entry, and
                the cause.
        """
        return cls(
            words=parse_words(*list_content(words)) if words else (),
            replacements=parse_replacements(*list_content(replacements)) if replacements else (),
            fields=parse_fields(*list_content(fields)) if fields else (),
        )


def parse_words(content: bytes, name: str) -> tuple[str, ...]:
    """Parses a word list.

    Args:
        name: of the file or object, for the error.

    Raises:
        PermanentError: ``list_invalid``.
    """
    words = dict[str, None]()
    for number, line in enumerate(list_text(content, name, _WORDS_STEP).split("\n"), start=1):
        word = unicodedata.normalize("NFC", " ".join(line.split()))
        if not word or word.startswith("#"):
            continue
        if len(word) > MAX_LENGTH:
            raise invalid_list(f"{name}, line {number}", f"it has more than {MAX_LENGTH} characters", _WORDS_STEP)
        if has_control(word):
            raise invalid_list(f"{name}, line {number}", "it holds a control character", _WORDS_STEP)
        words[word] = None
    if len(words) > MAX_WORDS:
        raise invalid_list(name, f"it has {len(words):,} words; the limit is {MAX_WORDS:,}", _WORDS_STEP)
    return tuple(words)


def parse_replacements(content: bytes, name: str) -> tuple[Replacement, ...]:
    """Parses a file of replacements.

    Args:
        name: of the file or object, for the error.

    Raises:
        PermanentError: ``list_invalid``.
    """
    text = list_text(content, name, _REPLACEMENTS_STEP)
    entries = list_entries(text, name, "replacement", (MAX_REPLACEMENTS, "entries"), _REPLACEMENTS_STEP)
    return tuple(_replacement(entry, f"{name}, entry {number}") for number, entry in enumerate(entries, start=1))


def _replacement(entry: object, place: str) -> Replacement:
    if not isinstance(entry, dict):
        raise invalid_list(place, "it is not a table", _REPLACEMENTS_STEP)
    if unknown := entry.keys() - _KEYS:
        raise invalid_list(place, f"the key {min(unknown)!r} is unknown", _REPLACEMENTS_STEP)
    try:
        replacement = Replacement.model_validate(entry)
        if replacement.pattern is not None:
            compile_pattern(replacement.pattern)
    except ValidationError as error:
        raise invalid_list(place, entry_error(error)[1], _REPLACEMENTS_STEP) from error
    except ValueError as error:
        raise invalid_list(place, str(error), _REPLACEMENTS_STEP) from error
    return replacement


@lru_cache(maxsize=MAX_REPLACEMENTS)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compiles a pattern with `regex`, which takes the patterns of `re` and can limit the time of a search.

    Raises:
        ValueError: `regex` does not accept it.
    """
    import regex  # PublishFunction imports this module and has no `regex`

    try:
        return cast("re.Pattern[str]", regex.compile(pattern))
    except regex.error as error:
        raise ValueError(f"the pattern is not a regular expression: {error}") from error


def _checked_pattern(pattern: str) -> re.Pattern[str]:
    """Compiles a pattern with `re`, and refuses what could take `regex` any amount of memory, or time past its limit.

    Raises:
        ValueError: it is not valid, nested too deeply or too large, or fuzzy: `regex` reads ``{e<=1}`` as "one error".
    """
    plain = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    if "{" in _COUNT.sub("", plain):
        raise ValueError("a { that begins no count such as {2} or {1,3} must be written \\{")
    if math.prod(int(count) for count in _COUNT.findall(plain) if count.strip("0")) > MAX_REPEATS:
        raise ValueError(f"its counts multiply to more than {MAX_REPEATS:,}")
    if _nesting(plain) > MAX_NESTING:
        raise ValueError(f"it has more than {MAX_NESTING} groups within each other")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ValueError(f"the pattern is not a regular expression: {error}") from error


def _nesting(pattern: str) -> int:
    depth = deepest = 0
    for character in pattern:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _check_references(corrected: str, pattern: re.Pattern[str]) -> None:
    if "\\" in _REFERENCE.sub("", corrected):
        raise ValueError("a backslash in 'with' must begin \\1, \\g<name> or \\\\")
    for _, number, name in _REFERENCE.findall(corrected):
        key = _group_key(number or name or "0")
        if key not in pattern.groupindex and not (isinstance(key, int) and key <= pattern.groups):
            raise ValueError(f"'with' names the group {key}, which the pattern does not have")


def _group_key(name: str) -> int | str:
    return int(name) if name.isdecimal() else name
