"""`scanproof upload`: scans into the bucket, proofread text out."""

from __future__ import annotations

from pathlib import Path

import click

from scanproof.cli.console import ExitCode, exit_codes, out, print_error, print_json
from scanproof.cli.follow import exit_for, followed, report
from scanproof.cli.options import asked, upload_options
from scanproof.cli.stacks import stack_client_for, stack_option


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prefix", default="incoming/", show_default=True, help="Where in the bucket.")
@click.option("--key", help="The whole key of a single file, instead of prefix and file name.")
@upload_options
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until the documents are finished.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
@stack_option
@exit_codes
def upload(
    files: tuple[Path, ...],
    prefix: str,
    key: str | None,
    ask: tuple[str, ...],
    wait: bool,
    timeout: float,
    as_json: bool,
    stack_name: str | None,
) -> None:
    """Uploads scans and waits for their text.

    \b
    Examples:
      scanproof upload invoice.pdf
      scanproof upload *.png --prefix invoices/ --ask language=fr
      scanproof upload scan.tiff --key 'incoming/März (1).tiff' --no-wait --stack scanproof-prod
    """
    if key and len(files) > 1:
        print_error("--key names one file, but several were given.", "Use --prefix.")
        raise SystemExit(ExitCode.USAGE)
    operator = stack_client_for(stack_name)
    options = {name.replace("_", "-"): value for name, value in asked(ask).items()}
    uploaded = [operator.upload(path, key or prefix + path.name, options) for path in files]
    if not wait:
        if as_json:
            print_json([of.model_dump() for of in uploaded])
        else:
            out.print(*(of.key for of in uploaded), sep="\n")
        return
    records = []
    for record in followed(operator, uploaded, timeout):
        records.append(record)
        if not as_json:
            report(record)
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
    exit_for(records, len(uploaded))
