"""Selects the stack that a command talks to: the local one of `scanproof up`, or a deployed one by name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
import click
from pydantic import PositiveInt, TypeAdapter, ValidationError

from scanproof.checkout import state_folder
from scanproof.cli.admin.stack_client import StackClient, StackOutputs
from scanproof.cli.console import NoStackError
from scanproof.errors import PermanentError

stack_option = click.option(
    "--stack", "stack_name", metavar="NAME", help="A deployed stack; by default the local stack of `scanproof up`."
)


@dataclass(frozen=True)
class LocalAccess:
    """Address, credentials and outputs of a running local stack; `scanproof up` saves them for the other commands."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    outputs: dict[str, str]
    pid: PositiveInt

    def stack_client(self) -> StackClient:
        """Returns a client of the local stack."""
        session = boto3.Session(self.access_key_id, self.secret_access_key, region_name=self.region)
        return StackClient(StackOutputs.from_outputs(self.outputs), session, self.endpoint_url)

    def save(self, path: Path) -> None:
        """Writes a file that only this user can read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> LocalAccess | None:
        """Reads what `save` wrote; ``None`` if no local stack is running, also if it was killed and left the file."""
        try:
            access = TypeAdapter(cls).validate_json(path.read_bytes())
            os.kill(access.pid, 0)
        except (FileNotFoundError, ProcessLookupError, ValidationError):  # a file that is not valid is a left one, too
            return None
        except PermissionError:  # a process of another user: not one of this file's owner
            return None
        return access


@contextmanager
def only_local_stack() -> Iterator[None]:
    """Keeps a second local stack of this checkout from starting during the block, also while the first one starts.

    Raises:
        PermanentError: ``local_stack_running``.
    """
    import fcntl  # not on Windows, where the local stack does not run either

    path = access_file().with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:  # the system releases the lock when the process ends, however it ends
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            access = LocalAccess.load(access_file())
            where = f" at {access.endpoint_url} (process {access.pid})" if access else ", or is starting"
            raise PermanentError(
                "local_stack_running",
                f"A local stack of this checkout is running already{where}.",
                "Use it, or stop it first with ctrl-C.",
            ) from error
        yield


def access_file() -> Path:
    """Returns the file in which the running local stack's access is saved."""
    return state_folder() / "stack.json"


def stack_client_for(
    stack_name: str | None, load: Callable[[Path], LocalAccess | None] = LocalAccess.load
) -> StackClient:
    """Returns a client of the stack that the command names.

    Args:
        stack_name: a deployed stack; ``None`` for the local one.
        load: reads the local stack's access.

    Raises:
        NoStackError: no stack is named, and no local one is running.
        PermanentError: ``stack_not_found``.
    """
    if stack_name:
        session = boto3.Session()
        return StackClient(StackOutputs.of_deployed(stack_name, session.client("cloudformation")), session)
    access = load(access_file())
    if access is None:
        raise NoStackError(
            "no local stack is running: start one with `scanproof up`, or name a deployed one with --stack."
        )
    return access.stack_client()
