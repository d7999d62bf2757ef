"""The options of an upload on the command line: `--language fr`, or `--option language=fr`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import click

from scanproof.cli.console import combined_options
from scanproof.cli.scan_options import (
    checked_language,
    corrector_option,
    engine_option,
    language_option,
    profile_option,
)
from scanproof.errors import PermanentError
from scanproof.options import PERCENT_ENCODED, validated_options
from scanproof.workers.s3_keys import S3_KEY_LIMIT_BYTES

upload_options = combined_options(
    language_option,
    profile_option,
    corrector_option,
    engine_option,
    click.option(
        "-O",
        "--option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any upload option, repeatable: language=fr, layout=receipt, outputs=json,text ...",
    ),
)
"""Adds the options whose values `requested_options` joins."""


def requested_options(pairs: Sequence[str], named: Mapping[str, str | None]) -> dict[str, str]:
    """Joins ``NAME=VALUE`` pairs with options of their own name, and validates all of them.

    Args:
        pairs: values of ``--option``.
        named: values of the other options by name; None where one was not given.

    Raises:
        PermanentError: ``unknown_option``, ``invalid_option``, ``unknown_language``.
    """
    options = parse_options(pairs)
    for name, value in named.items():
        if value is None:
            continue
        if name in options:
            option = name.replace("_", "-")
            raise PermanentError(
                "invalid_option", f"--{option} and --option {option}=... are both given.", "Leave one of them out."
            )
        options[name] = value
    validated_options(options)
    if "language" in options:
        checked_language(options["language"])
    return options


def metadata_of(options: Mapping[str, str]) -> dict[str, str]:
    """Names options as object metadata does and percent-encodes the values that metadata, which is ASCII, cannot hold.

    Raises:
        PermanentError: ``invalid_option``: such a value, of an option that is not decoded.
    """
    metadata = {}
    for name, value in options.items():
        if not (value.isascii() and value.isprintable()):
            if name not in PERCENT_ENCODED:
                option = name.replace("_", "-")
                raise PermanentError(
                    "invalid_option", f"The value of the option {option!r} is not printable ASCII.", "Correct it."
                )
            value = quote(value, errors="replace")
        metadata[name.replace("_", "-")] = value
    return metadata


def parse_options(pairs: Sequence[str]) -> dict[str, str]:
    """Parses ``name=value`` pairs; hyphens in names become underscores.

    Raises:
        PermanentError: ``invalid_option``.
    """
    options = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise PermanentError(
                "invalid_option", f"{pair!r} is not of the form NAME=VALUE.", "For example: --option language=en."
            )
        options[name.strip().replace("-", "_")] = value.strip()
    return options


def checked_key(key: str) -> str:
    """Returns a key that S3 accepts: 1 to 1,024 bytes of UTF-8.

    Raises:
        PermanentError: ``invalid_key``.
    """
    try:
        size = len(key.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise PermanentError(
            "invalid_key", f"the file name {key!r} is not UTF-8.", "Rename the file, or name a key with --key."
        ) from error
    if not 0 < size <= S3_KEY_LIMIT_BYTES:
        raise PermanentError(
            "invalid_key",
            f"the key {key!r} has {size:,} bytes; S3 allows 1 to {S3_KEY_LIMIT_BYTES:,}.",
            "Name another one with --key.",
        )
    return key
