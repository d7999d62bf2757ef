"""`scanproof read`: reads and corrects scans on this machine, without a stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from scanproof.cli.console import ExitCode, exit_codes, out, print_error, print_json, progress_bar
from scanproof.cli.list_options import list_options, load_lists
from scanproof.cli.render import render_document
from scanproof.cli.upload_options import parse_options, upload_options
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.user_lists import UserLists
from scanproof.document import Document
from scanproof.errors import PermanentError
from scanproof.lattice.model import PageLattice
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import Output, ScanOptions, validated_options
from scanproof.output.alternatives import page_alternatives
from scanproof.output.files import output_files
from scanproof.output.review_page import REVIEW_NAME, review_page


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON (for several files, an array).")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write the output files to this folder."
)
@upload_options
@list_options
@exit_codes
def read(
    files: tuple[Path, ...],
    as_json: bool,
    output: Path | None,
    options: tuple[str, ...],
    words: Path | None,
    replacements: Path | None,
) -> None:
    """Reads and corrects scans in one process, without a stack.

    On a terminal, corrections are coloured; in a pipe they are marked [-deleted-]{+inserted+}.

    \b
    Examples:
      scanproof read scan.pdf
      scanproof read scan.png --json
      scanproof read letter.pdf --words names.txt --replacements house-style.toml
      scanproof read *.tiff -o results --option language=de --option profile=financial
    """
    scan_options = _with_viewable(validated_options(parse_options(options)))
    lists = load_lists(words, replacements)
    documents, failed = [], False
    for path, result, lattices, previews in _read_all(files, scan_options, lists):
        if isinstance(result, PermanentError):
            failed = True
            print_error(_with_name(path.name, result.message), result.next_step)
            continue
        documents.append(result)
        if output:
            _write(path, result, lattices, previews, scan_options, output / path.name if len(files) > 1 else output)
        if not as_json:
            render_document(result, out)
    if as_json:
        values = [document.model_dump(mode="json") for document in documents]
        print_json(values[0] if len(files) == 1 and values else values)
    if failed:
        raise SystemExit(ExitCode.FAILED)


def _read_all(
    files: Iterable[Path], options: ScanOptions, lists: UserLists
) -> Iterable[tuple[Path, Document | PermanentError, dict[int, PageLattice], dict[int, bytes]]]:
    engines, correctors = Engines(), ModelPool.from_environment(fast=load_corrector())
    with progress_bar() as progress:
        for path in files:
            task = progress.add_task(path.name, total=None)
            lattices: dict[int, PageLattice] = {}
            previews: dict[int, bytes] = {}
            try:
                document = read_scan(
                    path,
                    options,
                    engines,
                    correctors,
                    lambda number, total: progress.update(task, completed=number, total=total),  # noqa: B023
                    on_lattice=lattices.__setitem__,
                    lists=lists,
                    on_preview=previews.__setitem__,
                )
                yield path, document, lattices, previews
            except PermanentError as error:
                yield path, error, lattices, previews
            progress.remove_task(task)


def _with_viewable(options: ScanOptions) -> ScanOptions:
    """Adds the searchable PDF and the review page to the output files, unless the options name them."""
    if "outputs" in options.model_fields_set:
        return options
    return options.model_copy(update={"outputs": options.outputs | {Output.PDF, Output.REVIEW}})


def _with_name(name: str, message: str) -> str:
    return message if name in message else f"{name}: {message}"


def _write(
    path: Path,
    document: Document,
    lattices: Mapping[int, PageLattice],
    previews: Mapping[int, bytes],
    options: ScanOptions,
    folder: Path,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    alternatives = (
        [page_alternatives(page, lattices.get(page.number)) for page in document.pages]
        if Output.ALTERNATIVES in options.outputs
        else []
    )
    for file in output_files(document, options.outputs, alternatives):
        (folder / file.name).write_bytes(file.content)
    if Output.REVIEW in options.outputs:
        (folder / REVIEW_NAME).write_bytes(review_page(document, previews))
    if Output.PDF in options.outputs:
        from scanproof.output.pdf import PDF_NAME, write_searchable_pdf  # loads libraries that nothing else needs

        try:
            write_searchable_pdf(path, document, folder / PDF_NAME, replace_text_layer=options.replace_text_layer)
        except PermanentError as error:  # the text is complete without it
            print_error(_with_name(path.name, error.message), error.next_step)
