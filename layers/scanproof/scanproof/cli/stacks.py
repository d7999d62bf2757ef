"""Which stack a command talks to: the local one that `scanproof up` keeps running, or a deployed one by name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
import click

from scanproof.checkout import state_folder
from scanproof.cli.admin.stack_client import StackClient, StackOutputs
from scanproof.cli.console import NoStackError

stack_option = click.option("--stack", "stack_name", metavar="NAME", help="A deployed stack; default: the local one.")


@dataclass(frozen=True)
class LocalAccess:
    """What `scanproof up` leaves for the other commands."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    outputs: dict[str, str]
    pid: int

    def operator(self) -> StackClient:
        """Hands on the local stack."""
        session = boto3.Session(self.access_key_id, self.secret_access_key, region_name=self.region)
        return StackClient(StackOutputs.from_outputs(self.outputs), session, self.endpoint_url)

    def save(self, path: Path) -> None:
        """Writes the file, for this user's eyes only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> LocalAccess | None:
        """The running local stack's, ``None`` if there is none (also if it died without cleaning up)."""
        try:
            access = cls(**json.loads(path.read_text()))
            os.kill(access.pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return None
        return access


def access_file() -> Path:
    """Where the running local stack says how it is reached."""
    return state_folder() / "stack.json"


def stack_client_for(
    stack_name: str | None, load: Callable[[Path], LocalAccess | None] = LocalAccess.load
) -> StackClient:
    """Hands on the stack that the command is about.

    Raises:
        NoStackError: none is named, and no local one is running.
        PermanentError: ``stack_not_found``.
    """
    if stack_name:
        session = boto3.Session()
        return StackClient(StackOutputs.of_deployed(stack_name, session.client("cloudformation")), session)
    access = load(access_file())
    if access is None:
        raise NoStackError("no local stack runs: start one with `scanproof up`, or name a deployed one by --stack")
    return access.operator()
