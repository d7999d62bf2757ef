"""Runs the local stack of a checkout for the commands `up` and `demo`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from scanproof.checkout import require_checkout
from scanproof.cli.admin.text_search import index_copy
from scanproof.cli.stacks import LocalAccess
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from devstack.stack import LocalStack

# Of requirements/dev.txt: translates the template, runs the functions, serves the page.
_PACKAGES = ("samtranslator", "awslambdaric", "starlette", "uvicorn")
_INSTALL = "Run `make demo` in the checkout once: it installs what is missing. Then use .venv/bin/scanproof there."


@contextmanager
def running_local_stack(
    log_dir: Path,
    data_dir: Path | None = None,
    parameters: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[LocalStack]:
    """Starts a local stack and stops it at the end of the block; call `require_installation` first.

    Args:
        log_dir: gets the logs.
        data_dir: keeps buckets, tables and queues between runs.
        parameters: of the template.
        secrets: texts by the name of a parameter; see `devstack.stack.LocalStack`.

    Raises:
        PermanentError: ``local_stack_failed``.
    """
    from devstack.deploy import DeploymentError
    from devstack.emulator import EmulatorError
    from devstack.stack import LocalStack
    from devstack.template import TemplateError

    stack = LocalStack(log_dir, data_dir, parameters=parameters, secrets=secrets)
    try:
        stack.start()
    except (EmulatorError, DeploymentError, TemplateError) as error:
        raise PermanentError(
            "local_stack_failed", f"The local stack did not start: {error}", f"The logs are in {log_dir}."
        ) from error
    try:
        yield stack
    finally:
        stack.stop()


@contextmanager
def serving_page(access: LocalAccess, port: int) -> Iterator[str]:
    """Serves the stack's web page during the block; yields its address.

    Raises:
        PermanentError: ``port_taken``.
    """
    from devstack.web.server import web_page

    copy = index_copy(access.outputs["ResultsBucketName"], is_local=True)
    copy.unlink(missing_ok=True)  # of an earlier stack of the same name
    with web_page(access.stack_client, copy, port) as address:
        yield address


def require_installation(purpose: str) -> None:
    """Finds the checkout and checks that everything that its local stack needs is installed.

    Args:
        purpose: subject of the error's sentence, for example "The demo".

    Raises:
        PermanentError: ``checkout_missing`` or ``local_stack_not_installed``.
    """
    root = require_checkout(purpose)
    missing = [f"the package {name}" for name in _PACKAGES if find_spec(name) is None]
    if not (root / ".venv-emulator" / "bin" / "python").exists():
        missing.append("the emulator's environment .venv-emulator")
    if missing:
        raise PermanentError(
            "local_stack_not_installed", f"{purpose} lacks {' and '.join(missing)} (in {root}).", _INSTALL
        )


def access_to(stack: LocalStack) -> LocalAccess:
    """Returns how a running stack is reached."""
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
