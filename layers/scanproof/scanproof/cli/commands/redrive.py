"""`scanproof redrive`: processes the documents of the dead-letter queues again."""

from __future__ import annotations

from collections import Counter

import click

from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive, Redriven
from scanproof.cli.console import ExitCode, count_of, exit_codes, out, print_error, print_json
from scanproof.cli.stacks import stack_client_for, stack_option


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
@click.option("--discard-unreadable", is_flag=True, help="Delete messages that name no document.")
@click.option(
    "--per-second",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Documents per second.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@stack_option
@exit_codes
def redrive(dry_run: bool, discard_unreadable: bool, per_second: float, as_json: bool, stack_name: str | None) -> None:
    """Processes the documents of the dead-letter queues again.

    Fix the cause first: the function's log names it. Each document gets one new attempt. Messages of documents that
    have finished since are deleted.

    \b
    Examples:
      scanproof redrive --dry-run --stack scanproof
      scanproof redrive --stack scanproof
    """
    worker = Redrive(stack_client_for(stack_name), RateLimiter(per_second), dry_run, discard_unreadable)
    redriven = []
    for item in worker.run():
        redriven.append(item)
        if not as_json:
            out.print(f"{item.queue:<8} {item.outcome:<14} {item.object_id.key if item.object_id else ''}")
    counts = Counter(item.outcome for item in redriven)
    if as_json:
        print_json([_row(item) for item in redriven])
    else:
        out.print(
            ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "the dead-letter queues are empty"
        )
    if counts["unreadable"]:
        print_error(
            f"{count_of(counts['unreadable'], 'message')} without a document.",
            "Inspect them, then delete them with --discard-unreadable.",
        )
        raise SystemExit(ExitCode.FAILED)


def _row(item: Redriven) -> dict[str, object]:
    object_id = item.object_id.model_dump() if item.object_id else None
    return {"queue": item.queue, "outcome": item.outcome, "object_id": object_id, "attempt": item.attempt}
