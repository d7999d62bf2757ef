"""`scanproof correct`: corrects text from standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from scanproof.cli.console import ExitCode, exit_codes, print_error, print_warning
from scanproof.cli.list_options import list_options, load_lists
from scanproof.cli.model_options import load_chosen_corrector, model_options
from scanproof.cli.text_correction import correct_text, edit_rows
from scanproof.correction.base import Corrector
from scanproof.correction.text import CorrectionResult
from scanproof.correction.user_lists import UserLists


@click.command()
@model_options
@click.option(
    "--profile", default="general", show_default=True, help="Kind of document: general, financial, medical or table."
)
@click.option("--prompt", help="Instructions for a language model, replacing the profile's.")
@click.option("--language", help="Language of the text (en, fr, de ...); detected by default.")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read rows {"id","text","lang"?} and write rows {"id","text","edits"} in the same order.',
)
@list_options
@exit_codes
def correct(
    language: str | None,
    jsonl: bool,
    words: Path | None,
    replacements: Path | None,
    **model: Any,  # noqa: ANN401 - the options of model_options
) -> None:
    """Corrects OCR text from standard input, line by line.

    The bundled model needs no download. Any other model is downloaded and exported at its first use, by the export
    environment of the repository (`make .venv-export/ready`), and kept in a cache.

    \b
    Examples:
      echo 'Inv0ice No: 12345' | scanproof correct
      scanproof correct --jsonl < rows.jsonl > corrected.jsonl
      scanproof correct --words names.txt --replacements house-style.toml < letter.txt
      scanproof correct --model accurate-apache --profile medical < letter.txt
      scanproof correct --model ./exported --no-download < letter.txt
    """
    lists = load_lists(words, replacements)
    corrector = load_chosen_corrector(**model)
    sys.stdin.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    if not jsonl:
        sys.stdout.write(_corrected(sys.stdin.read(), corrector, language, lists).text)
        return
    for row in _corrected_rows(sys.stdin, corrector, language, lists):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()  # a reader at the other end of a pipe gets each row at once


def _corrected(text: str, corrector: Corrector, language: str | None, lists: UserLists) -> CorrectionResult:
    result = correct_text(text, corrector, language, lists)
    for warning in result.warnings:
        print_warning(warning)
    return result


def _corrected_rows(
    source: Iterable[str], corrector: Corrector, language: str | None, lists: UserLists
) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        row = _row(line, number)
        result = _corrected(row["text"], corrector, row.get("lang") or language, lists)
        yield {"id": row.get("id"), "text": result.text, "edits": edit_rows(result)}


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        print_error(f"standard input, row {number}: not JSON ({error.msg}).", "Write one JSON object per line.")
        raise SystemExit(ExitCode.USAGE) from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        print_error(
            f"standard input, row {number}: there is no string 'text'.", 'Rows look like {"id": "1", "text": "..."}.'
        )
        raise SystemExit(ExitCode.USAGE)
    return row
