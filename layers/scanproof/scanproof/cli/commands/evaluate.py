"""`scanproof evaluate`: measures how much a corrector improves and worsens OCR text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import click
from pydantic import AfterValidator
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from scanproof.cli.console import (
    count_of,
    exit_codes,
    print_json,
    print_table,
    progress_bar,
    usage_error,
)
from scanproof.cli.evaluation import Evaluation, Pair, Score, normalised
from scanproof.cli.evaluation import evaluate as evaluate_pairs
from scanproof.cli.json_rows import Row, RowText, read_rows
from scanproof.cli.list_options import list_options, load_lists
from scanproof.cli.model_options import ModelOptions, load_chosen_corrector, model_options
from scanproof.cli.scan_options import corrector_option, language_option, profile_option
from scanproof.cli.text_correction import correct_text

_MEASURES = {
    "character error rate": "cer",
    "recall of tokens with a digit": "digit_recall",
    "bag-of-words F1": "bag_of_words_f1",
}


def _not_blank(text: str) -> str:
    if not normalised(text):
        raise ValueError("it is empty")
    return text


class PairRow(Row):
    """OCR output, which may be empty, and its truth."""

    ocr: RowText
    truth: Annotated[RowText, AfterValidator(_not_blank)]


@click.command()
@click.argument("pairs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@language_option
@profile_option
@corrector_option
@model_options
@click.option("--upper", is_flag=True, help="Compare in upper case, for data sets whose truth is in upper case.")
@click.option(
    "--worst", default=5, show_default=True, type=click.IntRange(0), help="Number of rows to name in each file."
)
@click.option("--json", "as_json", is_flag=True, help="Print an array with the result of each file.")
@list_options
@exit_codes
def evaluate(
    pairs: tuple[Path, ...],
    language: str | None,
    profile: str | None,
    corrector: str | None,
    upper: bool,
    worst: int,
    as_json: bool,
    words: Path | None,
    replacements: Path | None,
    **model: Any,  # noqa: ANN401
) -> None:
    """Measures a corrector on pairs of OCR text and truth.

    PAIRS are .jsonl files with rows {"id","ocr","truth","lang"?}, or folders of such files; a row without a text is an
    error. Whitespace is collapsed and the character error rate (CER) is micro-averaged. Brackets hold 95 % confidence
    intervals, by bootstrap over the texts. The rows that the correction made worst are named.

    \b
    Examples:
      scanproof evaluate news.jsonl contracts.jsonl
      scanproof evaluate pairs/ --language de --worst 20
      scanproof evaluate receipts.jsonl --upper --json
    """
    lists = load_lists(words, replacements)
    files = [(path, read_pairs(path)) for path in _files(pairs)]
    loaded = load_chosen_corrector(ModelOptions(**model), corrector, profile)
    results = []
    for path, rows in files:
        with progress_bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed} of {task.total} texts"),
            TimeElapsedColumn(),
        ) as progress:
            task = progress.add_task(path.name, total=len(rows))
            evaluation = evaluate_pairs(
                rows,
                lambda pair: correct_text(pair.ocr, loaded, pair.language or language, lists).text,
                upper=upper,
                progress=partial(progress.advance, task),
            )
        if as_json:
            results.append(_as_json(path, evaluation, worst))
        else:
            _print_evaluation(path, evaluation, worst)
    if as_json:
        print_json(results)


def _files(paths: Sequence[Path]) -> list[Path]:
    """Lists the files that are named and the .jsonl files of the folders that are named."""
    found = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    if not found:
        raise usage_error(f"{paths[0]} contains no .jsonl file.", "Name a .jsonl file, or a folder with such files.")
    return found


def read_pairs(path: Path) -> list[Pair]:
    """Reads the pairs of a file of JSON rows.

    Raises:
        RowError: a row is malformed, or has no OCR text or no truth.
    """
    with path.open("rb") as file:
        rows = read_rows(file, PairRow, path.name, '{"id": "1", "ocr": "...", "truth": "..."}')
        pairs = [
            Pair(str(number if row.id is None else row.id), row.ocr, row.truth, row.lang, number)
            for number, row in rows
        ]
    if not pairs:
        raise usage_error(f"{path.name} holds no rows.", 'Write rows {"id","ocr","truth"}, one a line.')
    return pairs


def _as_json(path: Path, evaluation: Evaluation, worst: int) -> dict[str, Any]:
    return {
        "file": str(path),
        **evaluation.summary(),
        "intervals": evaluation.intervals(),
        "worst": [
            {"row": score.pair.row, "id": score.pair.id, "errors_before": score.before, "errors_after": score.after}
            for score in evaluation.worst(worst)
        ],
    }


def _print_evaluation(path: Path, evaluation: Evaluation, worst: int) -> None:
    print_table(_table(path.name, evaluation))
    if rows := evaluation.worst(worst):
        print_table(_worst_table(rows))


def _table(name: str, evaluation: Evaluation) -> Table:
    summary, intervals = evaluation.summary(), evaluation.intervals()
    title = f"{name}: {count_of(evaluation.texts, 'text')}"
    table = Table(title, "before", "after", box=None, header_style="dim")

    def shown(name: str, digits: str) -> str:
        ends = intervals.get(name)
        interval = f" [{ends[0]:{digits}}, {ends[1]:{digits}}]" if ends else ""
        return f"{summary[name]:{digits}}{interval}"

    for label, measure in _MEASURES.items():
        table.add_row(label, *(shown(f"{measure}_{version}", ".4f") for version in ("before", "after")))
    for label in ("errors_removed", "texts_improved", "texts_worsened"):
        table.add_row(label.replace("_", " "), "", shown(label, ".1%"))
    return table


def _worst_table(scores: Sequence[Score]) -> Table:
    table = Table("worst rows", "id", "errors before", "after", box=None, header_style="dim")
    for score in scores:
        row = "" if score.pair.row is None else f"row {score.pair.row}"
        table.add_row(row, score.pair.id, str(score.before), str(score.after))
    return table
