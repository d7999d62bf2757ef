"""`scanproof up`: runs a local stack until ctrl-C."""

from __future__ import annotations

import signal
import tempfile
import threading
from pathlib import Path

import click

from scanproof.cli.console import exit_codes, out
from scanproof.cli.local_stack import access_to, require_installation, running_local_stack, serving_page
from scanproof.cli.stacks import LocalAccess, access_file, only_local_stack


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps buckets and records between runs.",
)
@click.option("--logs", type=click.Path(file_okay=False, path_type=Path), help="Folder for logs; a new one by default.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port of the web page; any free one by default.")
@exit_codes
def up(data: Path | None, logs: Path | None, port: int) -> None:
    """Runs a local stack until ctrl-C.

    The real template is deployed into an emulator; each function runs in a process of its own. A web page takes scans,
    shows their progress and text, and searches. The other commands find the stack while it runs.

    \b
    Examples:
      scanproof up
      scanproof up --port 8080
      scanproof up --data ~/scanproof-data
    """
    require_installation("The local stack")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    log_dir = logs or Path(tempfile.mkdtemp(prefix="scanproof-logs-"))
    with only_local_stack(), running_local_stack(log_dir, data) as stack:
        access = access_to(stack)
        access.save(access_file())
        try:
            with serving_page(access, port) as address:
                _print_access(access, log_dir)
                out.print(f"web page        {address}", style="bold")
                stack.warm()
                out.print("ready; ctrl-C stops it")
                stopped.wait()
        except KeyboardInterrupt:
            out.print("stopping")
        finally:
            access_file().unlink(missing_ok=True)


def _print_access(access: LocalAccess, log_dir: Path) -> None:
    out.print(f"endpoint        {access.endpoint_url}")
    out.print(f"scans bucket    {access.outputs['ScansBucketName']}")
    out.print(f"results bucket  {access.outputs['ResultsBucketName']}")
    out.print(f"logs            {log_dir}")
    keys = f"AWS_ACCESS_KEY_ID={access.access_key_id} AWS_SECRET_ACCESS_KEY={access.secret_access_key}"
    out.print(f"credentials     {keys} AWS_DEFAULT_REGION={access.region}")
