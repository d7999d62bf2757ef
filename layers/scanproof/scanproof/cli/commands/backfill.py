"""`scanproof backfill`: processes scans that are in a bucket already."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import click

from scanproof.checkout import state_folder
from scanproof.cli.admin.backfill import Backfill, Progress
from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.console import exit_codes, out, print_json, usage_error
from scanproof.cli.numbers import FiniteRange
from scanproof.cli.stacks import stack_client_for, stack_option


@click.command()
@click.argument("where", metavar="s3://BUCKET[/PREFIX]")
@click.option("--into", default="incoming/", show_default=True, help="Prefix for copies from another bucket.")
@click.option(
    "--per-second",
    default=5.0,
    show_default=True,
    type=FiniteRange(0, min_open=True),
    help="Documents per second.",
)
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps the progress.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@stack_option
@exit_codes
def backfill(
    where: str, into: str, per_second: float, dry_run: bool, state: Path | None, as_json: bool, stack_name: str | None
) -> None:
    """Processes scans that are in a bucket already.

    Scans in the stack's own bucket are processed in place, unless they have a record; scans in another bucket
    are copied into the stack's bucket. After an interruption, the same command continues where it stopped.

    \b
    Examples:
      scanproof backfill s3://scanproof-scans-123456789012-eu-west-1 --dry-run
      scanproof backfill s3://our-archive/2025/ --into invoices/ --per-second 2
    """
    bucket, prefix = _parse(where)
    progress = Progress(state or _state_file(where), bucket, prefix)
    worker = Backfill(stack_client_for(stack_name), progress, RateLimiter(per_second), into, dry_run)
    counts: Counter[str] = Counter()
    for item in worker.run():
        counts[item.outcome] += 1
        if not as_json:
            out.print(f"{item.outcome:<8} {item.key}")
    if as_json:
        print_json(dict(counts))
    else:
        out.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing to do")


def _parse(where: str) -> tuple[str, str]:
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    if not where.startswith("s3://") or not bucket:
        raise usage_error(f"{where!r} is not of the form s3://BUCKET[/PREFIX].")
    return bucket, prefix


def _state_file(where: str) -> Path:
    return state_folder() / f"backfill-{hashlib.sha256(where.encode(errors='surrogateescape')).hexdigest()[:12]}.json"
