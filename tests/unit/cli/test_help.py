"""The help of every command at 80 columns, with and without colours, as `help.txt` has it.

After a change to a command, `UPDATE_HELP=1 python -m pytest tests/unit/cli/test_help.py` writes the file anew.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scanproof.cli.main import COMMANDS, main

EXPECTED = Path(__file__).with_name("help.txt")
COLUMNS = 80
RULE = "=" * COLUMNS
NAMES = ["", *COMMANDS]


def help_of(name: str, *, colour: bool) -> str:
    arguments = [*([name] if name else []), "--help"]
    if command := main.get_command(click.Context(main), name):
        command._help_option = None  # kept from the first call, which may have come without the group
    runner = CliRunner(env={"COLUMNS": str(COLUMNS)})
    return runner.invoke(main, arguments, color=colour, prog_name="scanproof", catch_exceptions=False).output


@cache
def expected() -> dict[str, str]:
    """The help texts by command; the first is of the group."""
    if os.environ.get("UPDATE_HELP"):
        texts = (f"{RULE}\nscanproof {name}\n{RULE}\n{help_of(name, colour=False)}" for name in NAMES)
        EXPECTED.write_text("".join(texts), encoding="utf-8")
    parts = EXPECTED.read_text(encoding="utf-8").split(f"{RULE}\n")[1:]
    return {title.removeprefix("scanproof").strip(): text for title, text in zip(parts[::2], parts[1::2], strict=True)}


def test_every_command_is_in_the_file() -> None:
    assert list(expected()) == NAMES


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize("name", NAMES)
def test_help_is_as_expected(name: str, colour: bool) -> None:
    text = help_of(name, colour=colour)
    assert text == expected()[name]
    assert max(map(len, text.splitlines())) <= COLUMNS
