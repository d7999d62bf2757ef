"""`scanproof apply`: publishes what a reviewer saved on the review page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from scanproof.cli.admin.reviewed import publish_reviewed
from scanproof.cli.console import count_of, exit_codes, out, print_json
from scanproof.cli.numbers import FiniteRange
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.document import Document, parse_document
from scanproof.errors import PermanentError
from scanproof.options import DEFAULT_OUTPUTS
from scanproof.output.files import PDF_NAME, output_files
from scanproof.reviewing import Corrections, apply_corrections, parse_corrections

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("corrections", type=_EXISTING)
@click.option(
    "--document", "document_file", type=_EXISTING, help="The document.json that was reviewed, without a stack."
)
@click.option("--scan", type=_EXISTING, help="With --document: the scan, for a new searchable PDF.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --document: folder for the new files.",
)
@click.option("--by", metavar="NAME", help="Who reviewed it; by default, with a stack, the caller's identity.")
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON.")
@click.option("--timeout", default=300.0, show_default=True, type=FiniteRange(0), help="Seconds to wait.")
@stack_option
@exit_codes
def apply(
    corrections: Path,
    document_file: Path | None,
    scan: Path | None,
    output: Path | None,
    by: str | None,
    as_json: bool,
    timeout: float,
    stack_name: str | None,
) -> None:
    """Publishes what a reviewer saved on the review page (corrections.json).

    With a stack, they are uploaded to the results bucket, and the outcome is the document's next attempt: the audit
    names reviewer and time, and consumers get its event. Without one, the new files are written to a folder.

    \b
    Examples:
      scanproof apply corrections.json --stack scanproof
      scanproof apply corrections.json --document document.json -o reviewed
    """
    if (document_file is None) != (output is None) or (scan and document_file is None):
        raise click.UsageError("--document and --output go together; --scan goes with them")
    content = corrections.read_bytes()
    made = parse_corrections(content, corrections.name)
    if document_file and output:
        document = _applied(made, document_file, by)
        _write(document, scan, output)
    else:
        client = stack_client_for(stack_name)
        document = publish_reviewed(client, content, by or client.caller(), timeout)
    if as_json:
        print_json([document.model_dump(mode="json")])
    elif document.reviewed:
        changes = count_of(document.reviewed.changed, "change")
        out.print(
            f"{document.source.name}: {changes}, {document.reviewed.accepted} accepted; attempt {document.attempt}"
        )


def _applied(corrections: Corrections, path: Path, by: str | None) -> Document:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    document = apply_corrections(parse_document(path.read_bytes(), path.name), corrections, now, by)
    return document.model_copy(update={"attempt": document.attempt + 1})


def _write(document: Document, scan: Path | None, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in output_files(document, DEFAULT_OUTPUTS):
        (folder / file.name).write_bytes(file.content)
    if scan is not None:
        from scanproof.output.pdf import write_searchable_pdf  # of the extra `ocr`

        if scan.stat().st_size != document.source.size_bytes:
            raise PermanentError(
                "wrong_scan",
                f"{scan.name} is not the scan of this document: that has {document.source.size_bytes:,} bytes.",
                "Name the file that was read.",
            )
        write_searchable_pdf(scan, document, folder / PDF_NAME)
