"""Output of the commands: results on standard output, progress and errors on standard error, exit codes."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.progress import Progress, ProgressColumn
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from scanproof.cli.failures import ExitCode, NoStackError, failure_of
from scanproof.extras import explained_imports

__all__ = [
    "ExitCode", "NoStackError", "combined_options", "count_of", "err", "exit_codes", "out", "print_error", "print_json",
    "print_table", "print_text", "print_warning", "printable", "progress_bar", "usage_error",
]  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")

# What moves a terminal's cursor, starts its escape sequences or turns the direction of a line; lone surrogates.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_WIDEST = 10_000  # columns of a table in a file or a pipe, where nothing has to be cut


def printable(text: str) -> str:
    """Replaces control characters and lone surrogates, which keys and recognised text may hold, by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


class PlainConsole(Console):
    """A console that prints keys and recognised text as they are: no markup, no emoji codes, no control characters."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - rich's own settings
        super().__init__(highlight=False, markup=False, emoji=False, **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Renders as rich does, with text made printable."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


out = PlainConsole(soft_wrap=True)
err = PlainConsole(stderr=True)


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Prints one JSON value on standard output, without colours.

    Letters are written as they are, unless standard output cannot encode them or some are not printable.
    """
    click.echo(json_text(value, indent=1))


def json_text(value: Any, indent: int | None = None) -> str:  # noqa: ANN401
    """Writes JSON for standard output; see `print_json`."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    encodable = text.encode(sys.stdout.encoding or "utf-8", "ignore").decode(sys.stdout.encoding or "utf-8") == text
    return text if encodable and not _UNPRINTABLE.search(text) else json.dumps(value, indent=indent)


def print_text(text: str) -> None:
    """Prints a document's text: exactly in a file or a pipe, made printable on a terminal."""
    click.echo(printable(text.replace("\f", "\n")) if sys.stdout.isatty() else text, nl=False)


def print_table(table: Table, console: Console = out) -> None:
    """Prints a table: within the width of a terminal, and as wide as it is in a file or a pipe."""
    if console.is_terminal:
        console.print(table)
        return
    widest = console.options.update(max_width=_WIDEST)
    options = widest.update(width=Measurement.get(console, widest, table).maximum)
    console.print(Segments(console.render(table, options)), soft_wrap=True, end="")  # `print` narrows a table


def print_error(message: str, next_step: str = "") -> None:
    """Prints an error, and what to do about it, on standard error."""
    text = Text.assemble(("error: ", "bold red"), message)
    err.print(text if not next_step else text.append(f"\n{next_step}", style="dim"), soft_wrap=True)


def print_warning(message: str) -> None:
    """Prints a warning on standard error."""
    err.print(Text.assemble(("warning: ", "yellow"), message), soft_wrap=True)


def usage_error(message: str, next_step: str = "") -> SystemExit:
    """Prints an error about the command line or its input and returns the exception that ends the command."""
    print_error(message, next_step)
    return SystemExit(ExitCode.USAGE)


def progress_bar(*columns: ProgressColumn) -> Progress:
    """Returns a progress bar on standard error that shows on a terminal only and disappears at its end.

    Stop it before anything is printed: two things that move on one terminal overlap. Standard output is not redirected
    through it, so that a pipe gets what is printed.
    """
    return Progress(
        *columns,
        console=err,
        transient=True,
        disable=not (err.is_terminal and sys.stderr.isatty()),  # not where colours are forced upon a file
        redirect_stdout=False,
        redirect_stderr=False,
    )


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
    """Makes a command print an error that `failure_of` describes, and exit with its code instead of raising it."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with explained_imports():
                return command(*args, **kwargs)
        except Exception as error:  # defects, which `failure_of` does not describe, are raised again
            failure = failure_of(error)
            if failure is None:
                raise
            print_error(failure.message, failure.next_step)
            raise SystemExit(failure.exit_code) from error

    return wrapped
