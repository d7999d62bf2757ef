"""`scanproof show`: shows the published document of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from scanproof.cli.console import (
    ExitCode,
    exit_codes,
    out,
    print_error,
    print_json,
    print_text,
    print_warning,
    usage_error,
)
from scanproof.cli.progress import print_outcome
from scanproof.cli.render import render_document
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.document import parse_document
from scanproof.errors import PermanentError
from scanproof.workers.records import Record, Status


@click.command()
@click.argument("key")
@click.option("--text", "as_text", is_flag=True, help="Print only the corrected text.")
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON; of an unpublished one, its record.")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write the output files to this folder."
)
@click.option(
    "--open", "as_links", is_flag=True, help="Print links to the review page and the PDF, which hold for 15 minutes."
)
@stack_option
@exit_codes
def show(key: str, as_text: bool, as_json: bool, output: Path | None, as_links: bool, stack_name: str | None) -> None:
    """Shows the document of a scan.

    KEY is the key of the scan in the scans bucket; its newest version counts. While a scan is processed again, and if
    that fails, the last published result is shown.

    \b
    Examples:
      scanproof show incoming/invoice.pdf
      scanproof show incoming/invoice.pdf --text
      scanproof show incoming/invoice.pdf -o results --stack scanproof-prod
      scanproof show incoming/invoice.pdf --open
    """
    if as_text and (as_json or as_links):
        raise usage_error("--text excludes --json and --open.", "Leave one of them out.")
    client = stack_client_for(stack_name)
    scan = client.current(key)
    record = client.records.get(scan) if scan else None
    if record is None:
        raise PermanentError(
            "no_document", f"There is no document with the key {key!r}.", "Check the spelling of the key."
        )
    if not record.has_result:
        _show_unpublished(record, as_json)
        return
    _note_newer_attempt(record)
    if as_links:
        _show_links(client.links(record), key, as_json)
        return
    files = client.results(record)
    if output:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (output / name).write_bytes(content)
    if "document.json" not in files:
        raise PermanentError(
            "result_gone", f"The result of {key!r} was deleted.", "Process the scan again: upload it, or replay it."
        )
    document = parse_document(files["document.json"], f"document.json of {key}")
    if as_json:
        print_json(document.model_dump(mode="json"))
    elif as_text:
        print_text(document.text)
    else:
        render_document(document, out)


def _note_newer_attempt(record: Record) -> None:
    """Says on standard error if an attempt after the published one failed or is on its way."""
    earlier = f"this is the result of attempt {record.published_attempt}."
    if record.reason:
        print_warning(f"attempt {record.attempt} failed; {earlier} {record.reason.message} {record.reason.next_step}")
    elif not record.finished:
        print_warning(f"attempt {record.attempt} is on its way; {earlier}")


def _show_links(links: Mapping[str, str], key: str, as_json: bool) -> None:
    if not links:
        raise PermanentError(
            "nothing_to_open",
            f"The result of {key!r} has neither a review page nor a searchable PDF.",
            "Upload the scan with --option outputs=json,text,raw,audit,pdf,review.",
        )
    if as_json:
        print_json(dict(links))
        return
    for name, link in links.items():
        out.print(f"{name:<14}{link}")


def _show_unpublished(record: Record, as_json: bool) -> None:
    if as_json:
        print_json(record.model_dump(mode="json"))
    elif record.status is Status.FAILED:
        print_outcome(record)
    else:
        done = f"{len(record.pages_done)} of {record.pages_total or '?'} pages are finished"
        print_error(f"{record.key} is not published yet: {done}.", "Try again in a moment.")
    raise SystemExit(ExitCode.FAILED)
