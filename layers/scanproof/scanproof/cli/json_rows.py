"""Reads files of JSON rows (JSON Lines); a malformed row is an error with its number and a reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)

from scanproof.cli.scan_options import checked_language
from scanproof.errors import PermanentError


class RowError(PermanentError):
    """A row of a file is malformed."""

    def __init__(self, source: str, number: int, reason: str, example: str) -> None:
        super().__init__("row_invalid", f"{source}, row {number}: {reason}.", f"Rows look like {example}.")


def _without_surrogates(text: object) -> object:
    if isinstance(text, str) and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("it holds half of a surrogate pair, which is no character")
    return text


def _known_language(tag: str) -> str:
    try:
        return checked_language(tag)
    except PermanentError as error:
        raise ValueError(error.message.rstrip(".")) from error


RowText = Annotated[StrictStr, BeforeValidator(_without_surrogates)]
RowLanguage = Annotated[RowText, AfterValidator(_known_language)]


class Row(BaseModel):
    """Base of rows; further keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: RowText | StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)] | None = None
    lang: RowLanguage | None = None


R = TypeVar("R", bound=Row)


def read_rows(lines: Iterable[bytes], kind: type[R], source: str, example: str) -> Iterator[tuple[int, R]]:
    """Yields each row with its number, counted from 1; blank lines count, but are no rows.

    Only a line feed ends a row: U+2028 may stand in a JSON string.

    Args:
        lines: with their line ends.
        kind: of the rows.
        source: name of the file, for errors.
        example: of a row, for errors.

    Raises:
        RowError: a row is not UTF-8, not JSON, or not of ``kind``.
    """
    for number, line in enumerate(lines, start=1):
        content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not content.strip():
            continue
        try:
            yield number, kind.model_validate(_parsed(content))
        except ValidationError as error:
            raise RowError(source, number, _reason(error), example) from error
        except (ValueError, RecursionError) as error:
            raise RowError(source, number, _syntax_reason(error), example) from error


def _parsed(content: bytes) -> dict[str, object]:
    value = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _syntax_reason(error: ValueError | RecursionError) -> str:
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeDecodeError():
            return f"it is not UTF-8 (byte {error.start + 1})"
        case json.JSONDecodeError():
            return f"it is not JSON ({error.msg}, column {error.colno})"
        case _:
            return str(error).partition(";")[0]


def _reason(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    return f"{first['loc'][0]!r}: {message}"
