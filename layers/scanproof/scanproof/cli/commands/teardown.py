"""`scanproof teardown`: a deployed stack and, after asking, its data."""

from __future__ import annotations

import boto3
import click

from scanproof.cli.admin.teardown import Kept, Teardown
from scanproof.cli.console import ExitCode, exit_codes, out, print_error


@click.command()
@click.option("--stack", "stack_name", required=True, metavar="NAME", help="The deployed stack.")
@click.option("--keep-data", is_flag=True, help="Leave buckets, table and key.")
@exit_codes
def teardown(stack_name: str, keep_data: bool) -> None:
    """Deletes a deployed stack. Scans, results and records are deleted only once their stack's name is typed again.

    \b
    Examples:
      scanproof teardown --stack scanproof-dev
      scanproof teardown --stack scanproof --keep-data
    """
    run(Teardown(stack_name, boto3.Session()), stack_name, keep_data)


def run(worker: Teardown, stack_name: str, keep_data: bool) -> None:
    """Asks, and does it."""
    kept = worker.kept()
    _say(worker, kept, keep_data)
    if click.prompt(f"Type {stack_name} to go on", err=True) != stack_name:
        print_error("nothing was deleted.")
        raise SystemExit(ExitCode.USAGE)
    worker.delete_stack()
    out.print(f"deleted stack {stack_name}")
    if not keep_data:
        worker.delete_data(kept, out.print)


def _say(worker: Teardown, kept: Kept, keep_data: bool) -> None:
    out.print("the stack goes" + (", its data stays:" if keep_data else " with all its data:"))
    for bucket in kept.buckets:
        out.print(f"  bucket {bucket}, {worker.objects_in(bucket)} versions of objects")
    for name in (*kept.tables, *kept.keys):
        out.print(f"  {name}")
