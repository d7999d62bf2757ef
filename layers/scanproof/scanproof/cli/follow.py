"""Waiting for documents to be finished, and saying how they ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.console import ExitCode, err, out, print_error
from scanproof.document import ObjectId
from scanproof.workers.records import Record, Status


def followed(operator: StackClient, documents: Sequence[ObjectId], timeout_seconds: float) -> Iterator[Record]:
    """Each document's record when it is finished, under a progress bar on standard error."""
    wanted = list(dict.fromkeys(documents))
    columns = (TextColumn("{task.completed} of {task.total} documents"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("documents", total=len(wanted))
        for _, record in operator.wait(wanted, timeout_seconds):
            progress.advance(task)
            yield record


def report(record: Record) -> None:
    """One line on how a document ended."""
    if record.status is Status.PUBLISHED:
        facts = f"{record.pages_total} page{'s' * (record.pages_total != 1)}, {record.edits} corrections"
        out.print(Text.assemble(("published ", "green"), (record.key, "bold"), f"  {facts}"))
    elif record.reason:
        out.print(Text.assemble(("failed    ", "red"), (record.key, "bold"), f"  {record.reason.message}"))
        out.print(Text(f"          {record.reason.next_step}", style="dim"))


def exit_for(records: Sequence[Record], wanted: int) -> None:
    """Ends the command with status 1 if a document failed or was not finished in time."""
    if len(records) < wanted:
        print_error(f"{wanted - len(records)} of {wanted} documents were not finished in time.")
    if len(records) < wanted or any(record.status is not Status.PUBLISHED for record in records):
        raise SystemExit(ExitCode.FAILED)
