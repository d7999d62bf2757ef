"""`scanproof upload`: uploads scans and waits for their documents."""

from __future__ import annotations

from pathlib import Path

import click

from scanproof.cli.console import exit_codes, out, print_json, usage_error
from scanproof.cli.numbers import FiniteRange
from scanproof.cli.progress import exit_unless_published, print_outcome, wait_for_records
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.cli.upload_options import checked_key, metadata_of, requested_options, upload_options


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prefix", default="incoming/", show_default=True, help="Key prefix in the scans bucket.")
@click.option("--key", help="Full key of a single file, replacing prefix and file name.")
@upload_options
@click.option("--model", metavar="NAME", help="A language model of the stack.")
@click.option("--words", metavar="KEY", help="Word list of the stack: a key below lists/ in the results bucket.")
@click.option("--replacements", metavar="KEY", help="Replacements of the stack, likewise.")
@click.option("--fields", metavar="KEY", help="Fields to extract beside the built-in ones, likewise.")
@click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until every document is published or has failed."
)
@click.option("--timeout", default=600.0, show_default=True, type=FiniteRange(0), help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
@stack_option
@exit_codes
def upload(
    files: tuple[Path, ...],
    prefix: str,
    key: str | None,
    language: str | None,
    profile: str | None,
    corrector: str | None,
    engine: str | None,
    options: tuple[str, ...],
    model: str | None,
    words: str | None,
    replacements: str | None,
    fields: str | None,
    wait: bool,
    timeout: float,
    as_json: bool,
    stack_name: str | None,
) -> None:
    """Uploads scans and waits until their documents are published.

    The JSON array has a record for each document; one that was not finished in time is as far as it was then.

    \b
    Examples:
      scanproof upload invoice.pdf
      scanproof upload *.png --prefix invoices/ --language fr
      scanproof upload scan.tiff --key 'incoming/März (1).tiff' --no-wait
      scanproof upload scan.tiff --stack scanproof-prod
    """
    if key is not None and len(files) > 1:
        raise usage_error("--key names one file, but several are given.", "Use --prefix.")
    if model is not None and Path(model).name != model:
        raise usage_error(f"--model {model} is a path.", "Give the name of one of the stack's models, such as smollm2.")
    named = {
        "language": language, "profile": profile, "corrector": corrector, "engine": engine, "model": model,
        "words": words, "replacements": replacements, "fields": fields,
    }  # fmt: skip
    metadata = metadata_of(requested_options(options, named))
    keys = [checked_key(prefix + path.name if key is None else key) for path in files]
    if doubled := next((name for name in keys if keys.count(name) > 1), None):
        raise usage_error(f"two of the files would get the key {doubled}.", "Upload them one by one, with --key.")
    client = stack_client_for(stack_name)
    uploaded = [client.upload(path, name, metadata) for path, name in zip(files, keys, strict=True)]
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
        finished = {record.object_id for record in records}
        unfinished = [client.records.get(scan) for scan in uploaded if scan not in finished]
        print_json([record.model_dump(mode="json") for record in (*records, *unfinished) if record])
    exit_unless_published(records, len(uploaded))
