"""`scanproof correct`: corrects text from standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from scanproof.cli.console import exit_codes, print_warning, usage_error
from scanproof.cli.json_rows import Row, RowText, read_rows
from scanproof.cli.list_options import list_options, load_lists
from scanproof.cli.model_options import ModelOptions, load_chosen_corrector, model_options
from scanproof.cli.scan_options import corrector_option, language_option, profile_option
from scanproof.cli.text_correction import correct_text, edit_rows
from scanproof.correction.base import Corrector
from scanproof.correction.text import CorrectionResult
from scanproof.correction.user_lists import UserLists

STDIN = "standard input"


class TextRow(Row):
    """A text to correct."""

    text: RowText


@click.command()
@language_option
@profile_option
@corrector_option
@model_options
@click.option("--prompt", help="Instructions for a language model, replacing the profile's.")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read rows {"id","text","lang"?} and write rows {"id","text","edits"} in the same order.',
)
@list_options
@exit_codes
def correct(
    language: str | None,
    profile: str | None,
    corrector: str | None,
    prompt: str | None,
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
      scanproof correct --words names.txt --replacements style.toml < letter.txt
      scanproof correct --model accurate-apache --profile medical < letter.txt
      scanproof correct --model ./exported --no-download < letter.txt
    """
    lists = load_lists(words, replacements)
    loaded = load_chosen_corrector(ModelOptions(**model), corrector, profile, prompt)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    if not jsonl:
        target.write(_corrected(_decoded(source.read()), loaded, language, lists).text.encode())
        return
    for row in _corrected_rows(source, loaded, language, lists):
        target.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        target.flush()  # a reader at the other end of a pipe gets each row at once


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise usage_error(f"{STDIN}, line {line}: it is not UTF-8.", "Convert the text to UTF-8.") from error


def _corrected(text: str, corrector: Corrector, language: str | None, lists: UserLists) -> CorrectionResult:
    result = correct_text(text, corrector, language, lists)
    for warning in result.warnings:
        print_warning(warning)
    return result


def _corrected_rows(
    source: Iterable[bytes], corrector: Corrector, language: str | None, lists: UserLists
) -> Iterator[dict[str, Any]]:
    for _, row in read_rows(source, TextRow, STDIN, '{"id": "1", "text": "..."}'):
        result = _corrected(row.text, corrector, row.lang or language, lists)
        yield {"id": row.id, "text": result.text, "edits": edit_rows(result)}
