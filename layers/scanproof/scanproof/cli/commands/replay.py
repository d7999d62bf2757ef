"""`scanproof replay`: event files, through the whole pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from scanproof.checkout import find_checkout
from scanproof.cli.admin.replay import Replay, Replayed
from scanproof.cli.console import ExitCode, exit_codes, out, print_error, print_json
from scanproof.cli.follow import exit_for, followed, report
from scanproof.cli.stacks import stack_client_for, stack_option


@click.command()
@click.argument("events", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--again", is_flag=True, help="Do it again even if it is published already.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@stack_option
@exit_codes
def replay(events: tuple[Path, ...], again: bool, timeout: float, as_json: bool, stack_name: str | None) -> None:
    """Replays S3 notifications and functions' SQS events from files.

    Bucket names and version ids are rewritten to the stack at hand; a scan that the bucket lacks is uploaded from
    samples/ by its file name.

    \b
    Examples:
      scanproof replay events/*.json
      scanproof replay events/s3-put.json --again
    """
    operator = stack_client_for(stack_name)
    sender = Replay(operator, find_sample, again)
    replayed: list[Replayed] = []
    for path in events:
        for item in sender.replay(_event(path)):
            replayed.append(item)
            if not as_json:
                out.print(f"{item.outcome}: {item.key or path.name}{' (uploaded from samples/)' * item.uploaded}")
    waited_for = [item.object_id for item in replayed if item.outcome == "sent" and item.object_id]
    records = []
    for record in followed(operator, waited_for, timeout):
        records.append(record)
        if not as_json:
            report(record)
    if as_json:
        print_json([_row(item) for item in replayed])
    exit_for(records, len(set(waited_for)))


def find_sample(name: str) -> Path | None:
    """The sample of that file name."""
    root = find_checkout()
    path = root / "samples" / name if root else None
    return path if path and path.is_file() else None


def _event(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        print_error(f"{path.name} is not JSON: {error.msg} in line {error.lineno}.")
        raise SystemExit(ExitCode.USAGE) from error


def _row(item: Replayed) -> dict[str, Any]:
    object_id = item.object_id.model_dump() if item.object_id else None
    return {"outcome": item.outcome, "attempt": item.attempt, "uploaded": item.uploaded, "object_id": object_id}
