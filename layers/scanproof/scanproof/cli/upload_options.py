"""The upload options on the command line: `--option language=fr`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from scanproof.errors import PermanentError

upload_options = click.option(
    "-O",
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An upload option, repeatable: language=fr, profile=financial, engine=rapidocr, corrector=none, "
    "outputs=json,text ...",
)


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
                "invalid_option", f"{pair!r} is not of the form NAME=VALUE.", "For example: --option language=fr."
            )
        options[name.strip().replace("-", "_")] = value.strip()
    return options
