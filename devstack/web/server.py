"""Serves the page on the loopback interface, in a thread of the process that runs the stack."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from devstack.loopback import HOST
from devstack.web.app import make_app
from devstack.web.stack_threads import StackThreads
from scanproof.cli.admin.stack_client import StackClient
from scanproof.errors import PermanentError

_START_SECONDS = 30.0


@contextmanager
def web_page(create_client: Callable[[], StackClient], search_copy: Path, port: int = 0) -> Iterator[str]:
    """Serves the page during the block, and yields its address.

    Args:
        create_client: returns a new client of the stack.
        search_copy: where the copy of the search index lies.
        port: to listen on; 0 for any free one.

    Raises:
        PermanentError: ``port_taken``.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise PermanentError("port_taken", f"Port {port} is taken.", "Name another one with --port.") from error
        config = uvicorn.Config(
            make_app(StackThreads(create_client), search_copy),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,  # open lists of events do not end by themselves
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
