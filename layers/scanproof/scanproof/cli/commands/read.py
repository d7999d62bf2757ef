"""`scanproof read`: reads and corrects scans on this machine, without a stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from scanproof.cli.console import (
    ExitCode,
    exit_codes,
    out,
    print_error,
    print_json,
    print_text,
    printable,
    progress_bar,
    usage_error,
)
from scanproof.cli.failures import is_usage_error
from scanproof.cli.list_options import fields_option, list_options, load_lists
from scanproof.cli.model_options import ModelOptions, model_options
from scanproof.cli.read_results import ReadResult, ReadResults, output_folders
from scanproof.cli.render import render_document
from scanproof.cli.upload_options import requested_options, upload_options
from scanproof.correction.availability import load_corrector
from scanproof.correction.loading import open_pool
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.user_lists import UserLists
from scanproof.document import Document
from scanproof.errors import PermanentError
from scanproof.lattice.model import PageLattice
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import Output, ScanOptions, validated_options
from scanproof.output.alternatives import page_alternatives
from scanproof.output.files import PDF_NAME, output_files
from scanproof.output.review_page import review_pages
from scanproof.settings import Settings


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--text", "as_text", is_flag=True, help="Print only the corrected text; form feeds separate pages.")
@click.option("--json", "as_json", is_flag=True, help="Print an array with the document, or the error, of each file.")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write the output files to this folder."
)
@upload_options
@model_options
@list_options
@fields_option
@exit_codes
def read(
    files: tuple[Path, ...],
    as_text: bool,
    as_json: bool,
    output: Path | None,
    language: str | None,
    profile: str | None,
    corrector: str | None,
    engine: str | None,
    options: tuple[str, ...],
    words: Path | None,
    replacements: Path | None,
    fields: Path | None,
    **model: Any,  # noqa: ANN401 - the options of model_options
) -> None:
    """Reads and corrects scans in one process, without a stack.

    Changed words are marked [-deleted-]{+inserted+}. The bundled model corrects; SCANPROOF_ACCURATE_MODEL adds language
    models that the options may request, and --model runs the one that it names. With -o, several files get a folder
    each.

    \b
    Examples:
      scanproof read scan.pdf
      scanproof read scan.png --json
      scanproof read scan.png --text > scan.txt
      scanproof read letter.pdf --words names.txt --replacements house-style.toml
      scanproof read order.png --fields our-fields.toml
      scanproof read *.tiff -o results --language de --profile financial
    """
    if as_text and as_json:
        raise usage_error("--text and --json exclude each other.", "Leave one of them out.")
    named = {"language": language, "profile": profile, "corrector": corrector, "engine": engine}
    scan_options = _with_viewable(validated_options(requested_options(options, named)))
    lists = load_lists(words, replacements, fields)
    folders = output_folders(files, output) if output else None
    results: list[ReadResult] = []
    for path, result, lattices, previews in _read_all(files, scan_options, lists, ModelOptions(**model)):
        if isinstance(result, Document) and folders:
            try:
                _write(path, result, lattices, previews, scan_options, folders[len(results)])
            except OSError as error:
                result = _unreadable(path, error)
        results.append(ReadResult.of(path, result))
        if isinstance(result, PermanentError):
            print_error(_with_name(printable(path.name), printable(result.message)), result.next_step)
        elif as_text:
            print_text(result.text if len(results) == 1 else f"\f{result.text}")
        elif not as_json:
            render_document(result, out)
    if as_json:
        print_json(ReadResults(tuple(results)).model_dump(mode="json", exclude_none=False))
    if any(result.error for result in results):
        raise SystemExit(ExitCode.FAILED)


def _read_all(
    files: Sequence[Path], options: ScanOptions, lists: UserLists, model: ModelOptions
) -> Iterator[tuple[Path, Document | PermanentError, dict[int, PageLattice], dict[int, bytes]]]:
    engines, (pool, options, settings) = Engines(), _with_models(options, model)
    with closing(pool) as correctors:
        for number, path in enumerate(files, start=1):
            lattices: dict[int, PageLattice] = {}
            previews: dict[int, bytes] = {}
            name = path.name if len(files) == 1 else f"{path.name} ({number} of {len(files)})"
            result: Document | PermanentError
            # Gone before the result is printed: the terminal has room for one of them.
            with progress_bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.completed} of {task.fields[pages]} pages"),
                TimeElapsedColumn(),
            ) as progress:
                task = progress.add_task(name, total=None, pages="?")
                try:
                    result = read_scan(
                        path,
                        options,
                        engines,
                        correctors,
                        lambda done, total: progress.update(task, completed=done, total=total, pages=total),  # noqa: B023
                        settings,
                        on_lattice=lattices.__setitem__,
                        lists=lists,
                        on_preview=previews.__setitem__,
                    )
                except PermanentError as error:
                    if is_usage_error(error):  # of every file alike
                        raise
                    result = error
                except OSError as error:
                    result = _unreadable(path, error)
            yield path, result, lattices, previews


def _with_models(options: ScanOptions, model: ModelOptions) -> tuple[ModelPool, ScanOptions, Settings]:
    """Opens the correctors: the environment's, or the bundled one beside the language model that ``--model`` names."""
    settings = Settings.from_environment()
    if model.model is None:
        return ModelPool.from_environment(fast=load_corrector()), options, settings
    pool, name = open_pool(model.choice)
    if name is None:
        return pool, options, settings
    requested = {"model": name} if "corrector" in options.model_fields_set else {"model": name, "corrector": "accurate"}
    return pool, options.model_copy(update=requested), settings.model_copy(update={"deployed_model": name})


def _unreadable(path: Path, error: OSError) -> PermanentError:
    name = error.filename or path
    return PermanentError(
        "file_unreadable", f"{name}: {error.strerror or error}.", "Check that the path exists and who may use it."
    )


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
        for name, content in review_pages(document, document.pages, len(document.pages), previews.get):
            (folder / name).write_bytes(content)
    if Output.PDF in options.outputs:
        from scanproof.output.pdf import write_searchable_pdf  # loads libraries that nothing else needs

        try:
            write_searchable_pdf(path, document, folder / PDF_NAME, replace_text_layer=options.replace_text_layer)
        except PermanentError as error:  # the text is complete without it
            print_error(_with_name(path.name, error.message), error.next_step)
