"""What may be asked for at upload, on the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from scanproof.errors import PermanentError

upload_options = click.option(
    "--ask",
    multiple=True,
    metavar="OPTION=VALUE",
    help="Ask for something: language=fr, profile=financial, engine=rapidocr, corrector=none, outputs=json,text ...",
)


def asked(pairs: Sequence[str]) -> dict[str, str]:
    """``name=value`` pairs as options.

    Raises:
        PermanentError: ``invalid_option``.
    """
    options = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise PermanentError(
                "invalid_option", f"{pair!r} is not of the form OPTION=VALUE.", "Say --ask language=fr."
            )
        options[name.strip().replace("-", "_")] = value.strip()
    return options
