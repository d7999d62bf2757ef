"""`scanproof upload`: uploads scans and waits for their documents."""

from __future__ import annotations

from pathlib import Path

import click

from scanproof.cli.console import ExitCode, exit_codes, out, print_error, print_json
from scanproof.cli.progress import exit_unless_published, print_outcome, wait_for_records
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.cli.upload_options import parse_options, upload_options


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prefix", default="incoming/", show_default=True, help="Key prefix in the scans bucket.")
@click.option("--key", help="Full key of a single file, replacing prefix and file name.")
@upload_options
@click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until every document is published or has failed."
)
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
@stack_option
@exit_codes
def upload(
    files: tuple[Path, ...],
    prefix: str,
    key: str | None,
    options: tuple[str, ...],
    wait: bool,
    timeout: float,
    as_json: bool,
    stack_name: str | None,
) -> None:
    """Uploads scans and waits until their documents are published.

    \b
    Examples:
      scanproof upload invoice.pdf
      scanproof upload *.png --prefix invoices/ --option language=fr
      scanproof upload scan.tiff --key 'incoming/März (1).tiff' --no-wait --stack scanproof-prod
    """
    if key and len(files) > 1:
        print_error("--key names one file, but several are given.", "Use --prefix.")
        raise SystemExit(ExitCode.USAGE)
    client = stack_client_for(stack_name)
    metadata = {name.replace("_", "-"): value for name, value in parse_options(options).items()}
    uploaded = [client.upload(path, key or prefix + path.name, metadata) for path in files]
    if not wait:
        if as_json:
            print_json([scan.model_dump() for scan in uploaded])
        else:
            out.print(*(scan.key for scan in uploaded), sep="\n")
        return
    records = []
    for record in wait_for_records(client, uploaded, timeout):
        records.append(record)
        if not as_json:
            print_outcome(record)
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
    exit_unless_published(records, len(uploaded))
