"""`scanproof evaluate`: measures how much a corrector improves and worsens OCR text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from scanproof.cli.console import ExitCode, count_of, exit_codes, out, print_error, print_json, progress_bar
from scanproof.cli.evaluation import Pair
from scanproof.cli.evaluation import evaluate as evaluate_pairs
from scanproof.cli.list_options import list_options, load_lists
from scanproof.cli.model_options import load_chosen_corrector, model_options
from scanproof.cli.text_correction import correct_text

_MEASURES = {
    "character error rate": "cer",
    "recall of tokens with a digit": "digit_recall",
    "bag-of-words F1": "bag_of_words_f1",
}


@click.command()
@click.argument("pairs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@model_options
@click.option("--upper", is_flag=True, help="Compare in upper case, for data sets whose truth is in upper case.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@list_options
@exit_codes
def evaluate(
    pairs: tuple[Path, ...],
    upper: bool,
    as_json: bool,
    words: Path | None,
    replacements: Path | None,
    **model: Any,  # noqa: ANN401
) -> None:
    """Measures a corrector on pairs of OCR text and truth.

    PAIRS are .jsonl files with rows {"id","ocr","truth","lang"?}, or folders of such files. Whitespace is collapsed,
    the character error rate (CER) is micro-averaged, and rows without OCR text are skipped.

    \b
    Examples:
      scanproof evaluate news.jsonl contracts.jsonl
      scanproof evaluate pairs/
      scanproof evaluate receipts.jsonl --upper --json
    """
    lists = load_lists(words, replacements)
    corrector = load_chosen_corrector(**model)
    results = {}
    for path in _files(pairs):
        rows = read_pairs(path)
        with progress_bar() as progress:
            task = progress.add_task(path.name, total=len(rows))
            evaluation = evaluate_pairs(
                rows,
                lambda pair: correct_text(pair.ocr, corrector, pair.language, lists).text,
                upper=upper,
                progress=partial(progress.advance, task),
            )
        results[path.name] = evaluation.summary()
    if as_json:
        print_json(next(iter(results.values())) if len(results) == 1 else results)
    else:
        for name, summary in results.items():
            out.print(_table(name, summary))


def _files(paths: Sequence[Path]) -> list[Path]:
    """Lists the files that are named and the .jsonl files of the folders that are named."""
    found = [file for path in paths for file in ([path] if path.is_file() else sorted(path.glob("*.jsonl")))]
    if not found:
        print_error(f"{paths[0]} contains no .jsonl file.", "Name a .jsonl file, or a folder with such files.")
        raise SystemExit(ExitCode.USAGE)
    return found


def read_pairs(path: Path) -> list[Pair]:
    """Reads the pairs of a file of JSON rows; ends the command with a message if a row is malformed."""
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if row.get("ocr") is not None:
                pairs.append(Pair(str(row.get("id", number)), row["ocr"], row["truth"], row.get("lang")))
        except (json.JSONDecodeError, KeyError, AttributeError) as error:
            print_error(f"{path.name}, row {number}: not a pair ({error}).", 'Rows look like {"id","ocr","truth"}.')
            raise SystemExit(ExitCode.USAGE) from error
    return pairs


def _table(name: str, summary: dict[str, float | int]) -> Table:
    title = f"{name}: {count_of(int(summary['texts']), 'text')}"
    table = Table(title, "before", "after", box=None, header_style="dim")
    for label, measure in _MEASURES.items():
        table.add_row(label, f"{summary[f'{measure}_before']:.4f}", f"{summary[f'{measure}_after']:.4f}")
    for label in ("errors_removed", "texts_improved", "texts_worsened"):
        table.add_row(label.replace("_", " "), "", f"{summary[label]:.1%}")
    return table
