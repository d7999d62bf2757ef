"""Output of the commands: results on standard output, progress and errors on standard error, exit codes."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from enum import IntEnum
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.text import Text

from scanproof.errors import PermanentError, ScanproofError
from scanproof.extras import explained_imports

P = ParamSpec("P")
R = TypeVar("R")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1  # a document failed or did not finish in time
    USAGE = 2  # the command line or its input is malformed
    NO_STACK = 3  # no stack can be reached


class NoStackError(ScanproofError):
    """No local stack is running and none was named."""


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Prints one JSON value on standard output, without colours."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def print_error(message: str, next_step: str = "") -> None:
    """Prints an error, and what to do about it, on standard error."""
    text = Text.assemble(("error: ", "bold red"), message)
    err.print(text if not next_step else text.append(f"\n{next_step}", style="dim"), soft_wrap=True)


def print_warning(message: str) -> None:
    """Prints a warning on standard error."""
    err.print(Text.assemble(("warning: ", "yellow"), message), soft_wrap=True)


def progress_bar(*columns: ProgressColumn) -> Progress:
    """Returns a progress bar on standard error that shows on a terminal only and disappears at its end."""
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def count_of(number: int, noun: str) -> str:
    """Writes a number with its noun, in the plural where necessary: ``1 page``, ``2 pages``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def combined_options(
    *options: Callable[[Callable[P, R]], Callable[P, R]],
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator that adds several options to a command, in their order."""

    def add(command: Callable[P, R]) -> Callable[P, R]:
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return add


def exit_codes(command: Callable[P, R]) -> Callable[P, R]:
    """Makes a command print a ScanproofError and exit with its code instead of raising it."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with explained_imports():
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
