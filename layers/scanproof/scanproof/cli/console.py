"""How the commands speak: results on standard output, progress and complaints on standard error, exit codes."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from enum import IntEnum
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.text import Text

from scanproof.errors import PermanentError, ScanproofError

P = ParamSpec("P")
R = TypeVar("R")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)


class ExitCode(IntEnum):
    """What a command's exit status means."""

    OK = 0
    FAILED = 1  # a document failed, or was not finished in time
    USAGE = 2  # the command or its input is ill-formed
    NO_STACK = 3  # no stack can be reached


class NoStackError(ScanproofError):
    """No local stack is running and none was named."""


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """One JSON value on standard output, uncoloured."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def print_error(message: str, next_step: str = "") -> None:
    """An error for a person."""
    text = Text.assemble(("error: ", "bold red"), message)
    err.print(text if not next_step else text.append(f"\n{next_step}", style="dim"))


def exit_codes(command: Callable[P, R]) -> Callable[P, R]:
    """Turns our errors into a message and an exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except PermanentError as error:
            print_error(error.message, error.next_step)
            raise SystemExit(ExitCode.FAILED) from error
        except NoStackError as error:
            print_error(str(error))
            raise SystemExit(ExitCode.NO_STACK) from error
        except ScanproofError as error:
            print_error(str(error))
            raise SystemExit(ExitCode.FAILED) from error

    return wrapped
