"""`scanproof teardown`: deletes a deployed stack and, after confirmation, its data."""

from __future__ import annotations

import boto3
import click

from scanproof.cli.admin.teardown import Kept, Teardown
from scanproof.cli.admin.text_search import index_copy
from scanproof.cli.console import ExitCode, count_of, exit_codes, out, print_error


@click.command()
@click.option("--stack", "stack_name", required=True, metavar="NAME", help="The deployed stack.")
@click.option("--keep-data", is_flag=True, help="Keep the buckets, the table and the key.")
@exit_codes
def teardown(stack_name: str, keep_data: bool) -> None:
    """Deletes a deployed stack, its images and its data.

    Scans, results and records are kept with --keep-data. The command lists what it will delete and asks for the name
    of the stack as confirmation.

    \b
    Examples:
      scanproof teardown --stack scanproof-dev
      scanproof teardown --stack scanproof --keep-data
    """
    run(Teardown(stack_name, boto3.Session()), stack_name, keep_data)


def run(worker: Teardown, stack_name: str, keep_data: bool) -> None:
    """Lists what will be deleted, asks for confirmation and deletes it."""
    kept = worker.kept()
    _print_plan(worker, kept, keep_data)
    if click.prompt(f"Type {stack_name} to confirm", err=True) != stack_name:
        print_error("the names differ; nothing was deleted.")
        raise SystemExit(ExitCode.USAGE)
    worker.delete_stack()
    out.print(f"deleted stack {stack_name}")
    worker.delete_images(out.print)
    if not keep_data:
        worker.delete_data(kept, out.print)
    for bucket in kept.buckets:  # of the results; what `scanproof search` keeps here
        index_copy(bucket, is_local=False).unlink(missing_ok=True)


def _print_plan(worker: Teardown, kept: Kept, keep_data: bool) -> None:
    out.print("The stack will be deleted" + (", its data is kept:" if keep_data else " with all its data:"))
    for bucket in kept.buckets:
        out.print(f"  bucket {bucket} ({count_of(worker.objects_in(bucket), 'object version')})")
    for name in (*kept.tables, *kept.keys):
        out.print(f"  {name}")
