"""The options `--words`, `--replacements` and `--fields`, and the lists that they name."""

from __future__ import annotations

from pathlib import Path

import click

from scanproof.cli.console import ExitCode, combined_options, print_error
from scanproof.correction.user_lists import UserLists
from scanproof.errors import PermanentError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
list_options = combined_options(
    click.option("--words", type=_FILE, help="Words and phrases that stay as they are: a text file, one a line."),
    click.option("--replacements", type=_FILE, help="Replacements to make after the correction: a TOML file."),
)
"""Adds the options that `load_lists` takes."""


fields_option = click.option("--fields", type=_FILE, help="Fields to extract beside the built-in ones: a TOML file.")


def load_lists(words: Path | None, replacements: Path | None, fields: Path | None = None) -> UserLists:
    """Reads the lists; ends the command with a message if one cannot be read or is not valid."""
    try:
        return UserLists.load(words, replacements, fields)
    except PermanentError as error:
        print_error(error.message, error.next_step)
        raise SystemExit(ExitCode.USAGE) from error
