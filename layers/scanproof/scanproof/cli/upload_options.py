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
