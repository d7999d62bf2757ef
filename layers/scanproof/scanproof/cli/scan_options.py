"""The options that `read`, `upload`, `correct` and `evaluate` share, validated alike."""

from __future__ import annotations

from typing import get_args

import click

from scanproof.errors import PermanentError
from scanproof.language import check_language
from scanproof.options import ScanOptions, validated_options

_TAGS = "Use a BCP 47 tag such as en, de, fr-CH or zh-Hans, or omit the language."


def _tag(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else checked_language(value)
    except PermanentError as error:
        raise click.BadParameter(f"{error.message} {error.next_step}", ctx, param) from error


def checked_language(tag: str) -> str:
    """Returns a language tag that uploads accept and CLDR knows.

    Raises:
        PermanentError: ``unknown_language``.
    """
    try:
        validated_options({"language": tag})
    except PermanentError as error:  # its message quotes a pattern
        raise PermanentError("unknown_language", f"{tag!r} is not a language tag.", _TAGS) from error
    check_language(tag)
    return tag


def _choice(field: str) -> click.Choice[str]:
    return click.Choice(get_args(ScanOptions.model_fields[field].annotation))


language_option = click.option(
    "--language", metavar="TAG", callback=_tag, help="Language of the text: en, fr, de-CH ...; detected by default."
)
profile_option = click.option(
    "--profile", type=_choice("profile"), help="Kind of document; the others than general demand more certainty."
)
corrector_option = click.option("--corrector", type=_choice("corrector"), help="Which correctors process the lines.")
engine_option = click.option("--engine", type=_choice("engine"), help="OCR engine; auto is RapidOCR.")
