"""`scanproof up`: the local stack, until ctrl-C."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanproof.checkout import require_checkout
from scanproof.cli.console import exit_codes, out
from scanproof.cli.stacks import LocalAccess, access_file

if TYPE_CHECKING:
    from devstack.stack import LocalStack


@click.command()
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep buckets and records here.")
@click.option("--logs", type=click.Path(file_okay=False, path_type=Path), help="Logs go here [default: a new folder].")
@exit_codes
def up(data: Path | None, logs: Path | None) -> None:
    """Runs the whole stack on this machine: the real template in an emulator, every function in its own process.

    The other commands find it by themselves while it runs.

    \b
    Examples:
      scanproof up
      scanproof up --data ~/scanproof-data
    """
    require_checkout("The local stack")
    from devstack.stack import LocalStack

    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    log_dir = logs or Path(tempfile.mkdtemp(prefix="scanproof-logs-"))
    with LocalStack(log_dir, data) as stack:
        access = access_to(stack)
        access.save(access_file())
        try:
            _say(access, log_dir)
            stack.warm()
            out.print("ready; ctrl-C ends it")
            stopped.wait()
        except KeyboardInterrupt:
            out.print("stopping")
        finally:
            access_file().unlink(missing_ok=True)


def access_to(stack: LocalStack) -> LocalAccess:
    """How a running stack is reached."""
    credentials = stack.session().get_credentials()
    assert credentials is not None  # noqa: S101 - the operator's session is made from keys
    return LocalAccess(
        endpoint_url=stack.endpoint_url,
        region=stack.session().region_name or "us-east-1",
        access_key_id=credentials.access_key or "",
        secret_access_key=credentials.secret_key or "",
        outputs=dict(stack.outputs),
        pid=os.getpid(),
    )


def _say(access: LocalAccess, log_dir: Path) -> None:
    out.print(f"endpoint        {access.endpoint_url}")
    out.print(f"scans bucket    {access.outputs['ScansBucketName']}")
    out.print(f"results bucket  {access.outputs['ResultsBucketName']}")
    out.print(f"logs            {log_dir}")
    keys = f"AWS_ACCESS_KEY_ID={access.access_key_id} AWS_SECRET_ACCESS_KEY={access.secret_access_key}"
    out.print(f"credentials     {keys} AWS_REGION={access.region}")
