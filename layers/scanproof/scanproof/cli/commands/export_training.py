"""`scanproof export-training`: training pairs of what reviewers decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from scanproof.cli.console import count_of, err, exit_codes
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.cli.training_pairs import TrainingPairs
from scanproof.document import Document, parse_document
from scanproof.options import Output
from scanproof.output.files import FILE_NAMES

_NAME = FILE_NAMES[Output.JSON]


@click.command("export-training")
@click.argument("documents", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File for the pairs (JSONL)."
)
@click.option(
    "--day",
    metavar="YYYY-MM-DD",
    help="Of a stack, only documents last changed on this day (UTC), or in this month (YYYY-MM).",
)
@stack_option
@exit_codes
def export_training(documents: tuple[Path, ...], output: Path, day: str | None, stack_name: str | None) -> None:
    """Writes lines that reviewers have completed as training pairs (ocr, truth, lang, source).

    DOCUMENTS are reviewed document.json files, or folders of such; without any, all reviewed documents of the stack.
    Only lines in which every listed place was accepted, undone or retyped are pairs; the command says what it leaves
    out. `scanproof evaluate` measures a corrector on the file, `python -m model_training` trains on it.

    \b
    Examples:
      scanproof export-training --stack scanproof -o pairs.jsonl
      scanproof export-training reviewed/ -o pairs.jsonl
    """
    made = TrainingPairs()
    for document in _read(documents) if documents else _of_stack(stack_name, day):
        made.add(document)
    with output.open("w", encoding="utf-8") as file:
        for pair in made.pairs:
            file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
    changed = sum(pair.ocr != pair.truth for pair in made.pairs)
    err.print(f"{count_of(len(made.pairs), 'pair')}, {changed:,} of them with errors; left out:", highlight=False)
    for note in made.notes:
        err.print(f"  {note}", highlight=False)


def _read(paths: Sequence[Path]) -> Iterator[Document]:
    for path in paths:
        for file in sorted(path.rglob(_NAME)) if path.is_dir() else [path]:
            yield parse_document(file.read_bytes(), str(file))


def _of_stack(stack_name: str | None, day: str | None) -> Iterator[Document]:
    client = stack_client_for(stack_name)
    for record in client.reviewed(day):
        content = client.result(record, _NAME)
        if content is not None:
            yield parse_document(content, f"{record.results_prefix}{_NAME}")
