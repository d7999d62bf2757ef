"""The command group `scanproof`."""

from __future__ import annotations

import importlib
import io
import sys

import click

from scanproof import __version__

# Imported only when called: `scanproof correct` does not wait for boto3 or OpenCV.
COMMANDS = {
    "demo": "scanproof.cli.commands.demo",
    "up": "scanproof.cli.commands.up",
    "upload": "scanproof.cli.commands.upload",
    "show": "scanproof.cli.commands.show",
    "search": "scanproof.cli.commands.search",
    "replay": "scanproof.cli.commands.replay",
    "apply": "scanproof.cli.commands.apply",
    "export-training": "scanproof.cli.commands.export_training",
    "redrive": "scanproof.cli.commands.redrive",
    "backfill": "scanproof.cli.commands.backfill",
    "read": "scanproof.cli.commands.read",
    "correct": "scanproof.cli.commands.correct",
    "evaluate": "scanproof.cli.commands.evaluate",
    "models": "scanproof.cli.commands.models",
    "schema": "scanproof.cli.commands.schema",
    "doctor": "scanproof.cli.commands.doctor",
    "cost": "scanproof.cli.commands.cost",
    "teardown": "scanproof.cli.commands.teardown",
}


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Lists the commands in the order in which a new user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports a command from its module."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101 - COMMANDS names commands only
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scanproof")
def main() -> None:
    """Turns scans into corrected text, key fields and an audit of every correction.

    \b
    Examples:
      scanproof demo            runs all samples through the pipeline here
      scanproof read scan.pdf   reads one file, without a stack
      echo 'Inv0ice No: 12345' | scanproof correct

    \b
    Exit codes:
      0  done
      1  a document failed or did not finish in time
      2  the command line or its input is malformed
      3  no stack can be reached
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # writes escapes for what the encoding of a terminal or pipe lacks
        sys.stdout.reconfigure(errors="backslashreplace")
