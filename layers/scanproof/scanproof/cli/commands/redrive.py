"""`scanproof redrive`: processes given-up documents again."""

from __future__ import annotations

from collections import Counter

import click
from rich.text import Text

from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive, Redriven
from scanproof.cli.console import ExitCode, count_of, exit_codes, out, print_error, print_json
from scanproof.cli.stacks import stack_client_for, stack_option


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
@click.option("--discard-unreadable", is_flag=True, help="Delete dead letters that name no document.")
@click.option("--day", metavar="YYYY-MM-DD", help="Only documents last changed on this day (UTC), or in this month.")
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
def redrive(
    dry_run: bool, discard_unreadable: bool, day: str | None, per_second: float, as_json: bool, stack_name: str | None
) -> None:
    """Processes the documents again that were given up after several tries.

    Fix the cause first: `scanproof search --status failed` and the function's log name it. Each document gets one new
    attempt; a result that is published stays until then. Events that were not sent are sent within 25 minutes.

    \b
    Examples:
      scanproof redrive --dry-run --stack scanproof
      scanproof redrive --day 2026-11-28 --stack scanproof
    """
    worker = Redrive(stack_client_for(stack_name), RateLimiter(per_second), dry_run, discard_unreadable, day)
    redriven = []
    for item in worker.run():
        redriven.append(item)
        if not as_json:
            out.print(Text(f"{item.subject:<18} {item.outcome:<12} {item.object_id.key if item.object_id else ''}"))
    counts = Counter(item.outcome for item in redriven)
    if as_json:
        print_json([_row(item) for item in redriven])
    else:
        out.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "there is nothing to redrive")
    if counts["unreadable"]:
        print_error(
            f"{count_of(counts['unreadable'], 'message')} without a document.",
            "Inspect them, then delete them with --discard-unreadable.",
        )
        raise SystemExit(ExitCode.FAILED)


def _row(item: Redriven) -> dict[str, object]:
    object_id = item.object_id.model_dump() if item.object_id else None
    return {"subject": item.subject, "outcome": item.outcome, "object_id": object_id, "attempt": item.attempt}
