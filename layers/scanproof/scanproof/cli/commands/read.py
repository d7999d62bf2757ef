"""`scanproof read`: scans on this machine, without a stack."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from rich.progress import Progress

from scanproof.cli.console import ExitCode, err, exit_codes, out, print_error, print_json
from scanproof.cli.options import asked, upload_options
from scanproof.cli.render import present
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.document import Document
from scanproof.errors import PermanentError
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import ScanOptions, validated_options
from scanproof.output.files import output_files


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON (several files: an array).")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write every output file here.")
@upload_options
@exit_codes
def read(files: tuple[Path, ...], as_json: bool, output: Path | None, ask: tuple[str, ...]) -> None:
    """Reads scans with the library alone: the same steps as the pipeline takes, in one process.

    \b
    Examples:
      scanproof read scan.pdf
      scanproof read scan.png --json
      scanproof read *.tiff -o results --ask language=de --ask profile=financial
    """
    options = validated_options(asked(ask))
    documents, failed = [], False
    for path, result in _read_all(files, options):
        if isinstance(result, PermanentError):
            failed = True
            print_error(f"{path.name}: {result.message}", result.next_step)
            continue
        documents.append(result)
        if output:
            _write(result, options, output / path.name if len(files) > 1 else output)
        if not as_json:
            present(result, out)
    if as_json:
        values = [document.model_dump(mode="json") for document in documents]
        print_json(values[0] if len(files) == 1 and values else values)
    if failed:
        raise SystemExit(ExitCode.FAILED)


def _read_all(files: Iterable[Path], options: ScanOptions) -> Iterable[tuple[Path, Document | PermanentError]]:
    engines, correctors = Engines(), ModelPool.from_environment(fast=load_corrector())
    with Progress(console=err, transient=True) as progress:
        for path in files:
            task = progress.add_task(path.name, total=None)
            try:
                yield (
                    path,
                    read_scan(
                        path,
                        options,
                        engines,
                        correctors,
                        lambda number, total: progress.update(task, completed=number, total=total),  # noqa: B023
                    ),
                )
            except PermanentError as error:
                yield path, error
            progress.remove_task(task)


def _write(document: Document, options: ScanOptions, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in output_files(document, options.outputs):
        (folder / file.name).write_bytes(file.content)
