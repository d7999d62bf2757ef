"""Waits for documents to finish and prints how each of them ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.console import ExitCode, count_of, out, print_error, progress_bar
from scanproof.document import ObjectId
from scanproof.workers.records import Record, Status


def wait_for_records(
    client: StackClient,
    documents: Sequence[ObjectId],
    timeout_seconds: float,
    attempts: Mapping[ObjectId, int] | None = None,
) -> Iterator[Record]:
    """Yields the record of each document as it finishes, under a progress bar on standard error.

    The bar counts pages, as far as their number is known; it is gone while a record is yielded, so that the caller can
    print.

    Args:
        client: of the stack.
        documents: to wait for.
        timeout_seconds: limit.
        attempts: that have to be finished; default: any.
    """
    wanted = list(dict.fromkeys(documents))
    seen: dict[ObjectId, Record] = {}
    with progress_bar(TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()) as progress:
        task = progress.add_task(progress_text([], len(wanted)), total=None)

        def show(record: Record) -> None:
            seen[record.object_id] = record
            done, total = pages_done(seen.values(), len(wanted))
            progress.update(task, description=progress_text(seen.values(), len(wanted)), completed=done, total=total)

        for _, record in client.wait(wanted, timeout_seconds, attempts, on_poll=show):
            progress.stop()
            yield record
            progress.start()


def pages_done(records: Collection[Record], expected: int) -> tuple[int, int | None]:
    """Returns the number of finished pages and of all pages; None while that of some document is not known.

    Args:
        records: of the documents that have one.
        expected: number of documents.
    """
    done = sum(len(record.pages_done) for record in records)
    known = sum(record.pages_total or len(record.pages_done) for record in records)
    unknown = len(records) < expected or any(record.pages_total is None and not record.finished for record in records)
    return done, None if unknown else known


def progress_text(records: Collection[Record], expected: int) -> str:
    """Describes how far documents are: ``0 of 1 document, 12 of 30 pages``; ``?`` while a number is not known."""
    finished = sum(record.finished for record in records)
    done, total = pages_done(records, expected)
    pages = f"{done:,} of {'?' if total is None else f'{total:,}'} pages"
    return f"{finished:,} of {count_of(expected, 'document')}, {pages}"


def print_outcome(record: Record) -> None:
    """Prints how a document's newest attempt ended: published, or failed with the reason and the next step."""
    if record.outcome is Status.PUBLISHED:
        facts = f"{count_of(record.pages_total or 0, 'page')}, {count_of(record.edits, 'correction')}"
        if record.needs_review:
            facts += f", needs review: {', '.join(reason.code for reason in record.review_reasons)}"
        out.print(Text.assemble(("published ", "green"), (record.key, "bold"), f"  {facts}"))
    elif record.reason:
        out.print(Text.assemble(("failed    ", "red"), (record.key, "bold"), f"  {record.reason.message}"))
        out.print(Text(f"          {record.reason.next_step}", style="dim"))
        if record.has_result:
            out.print(Text(f"          The result of attempt {record.published_attempt} stays published.", style="dim"))


def exit_unless_published(records: Sequence[Record], expected: int) -> None:
    """Ends the command with exit code 1 if a document failed or did not finish in time.

    Args:
        records: of the documents that finished.
        expected: number of documents that were waited for.
    """
    if len(records) < expected:
        print_error(f"{expected - len(records)} of {count_of(expected, 'document')} did not finish in time.")
    if len(records) < expected or any(record.outcome is not Status.PUBLISHED for record in records):
        raise SystemExit(ExitCode.FAILED)
