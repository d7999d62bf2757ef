"""`scanproof replay`: sends event files to a stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from scanproof.checkout import require_checkout
from scanproof.cli.admin.replay import Replay, Replayed
from scanproof.cli.console import exit_codes, out, print_json, usage_error
from scanproof.cli.numbers import FiniteRange
from scanproof.cli.progress import exit_unless_published, print_outcome, wait_for_records
from scanproof.cli.stacks import stack_client_for, stack_option


@click.command()
@click.argument("events", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--again", is_flag=True, help="Process documents again that are published already.")
@click.option("--timeout", default=600.0, show_default=True, type=FiniteRange(0), help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@stack_option
@exit_codes
def replay(events: tuple[Path, ...], again: bool, timeout: float, as_json: bool, stack_name: str | None) -> None:
    """Sends the S3 notifications and SQS events of files to a stack.

    Bucket names and version ids are replaced by those of the stack. A scan that is not in the bucket is uploaded from
    the samples of the checkout, by its file name.

    \b
    Examples:
      scanproof replay events/*.json
      scanproof replay events/s3-put.json --again
    """
    client = stack_client_for(stack_name)
    sender = Replay(client, find_sample, again)
    replayed: list[Replayed] = []
    for path, event in [(path, _event(path)) for path in events]:  # all are read before the first is sent
        for item in sender.replay(event):
            replayed.append(item)
            if not as_json:
                out.print(f"{item.outcome}: {item.key or path.name}{' (uploaded from samples/)' * item.uploaded}")
    waited_for = [item.object_id for item in replayed if item.outcome == "sent" and item.object_id]
    records = []
    attempts = {item.object_id: item.attempt for item in replayed if item.object_id}
    for record in wait_for_records(client, waited_for, timeout, attempts):
        records.append(record)
        if not as_json:
            print_outcome(record)
    if as_json:
        print_json([_row(item) for item in replayed])
    exit_unless_published(records, len(set(waited_for)))


def find_sample(name: str) -> Path | None:
    """Finds a sample by its file name.

    Raises:
        PermanentError: ``checkout_missing``.
    """
    path = require_checkout(f"Uploading the sample {name!r}") / "samples" / name
    return path if path.is_file() else None


def _event(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise usage_error(f"{path.name} is not JSON (line {error.lineno}: {error.msg}).") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, an endless number, deep nesting
        raise usage_error(f"{path.name} is not JSON that can be read ({error}).") from error


def _row(item: Replayed) -> dict[str, Any]:
    object_id = item.object_id.model_dump() if item.object_id else None
    return {"outcome": item.outcome, "attempt": item.attempt, "uploaded": item.uploaded, "object_id": object_id}
