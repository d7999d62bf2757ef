"""Runs calls to the stack in a few threads beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from scanproof.cli.admin.stack_client import StackClient

T = TypeVar("T")

THREADS = 4  # for one person: an upload, a search and the live list at once


class StackThreads:
    """Threads with a client each: boto3's tables must not be shared.

    Args:
        create: returns a new client.
    """

    def __init__(self, create: Callable[[], StackClient]) -> None:
        self._create = create
        self._own = threading.local()
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="web")

    async def call(self, function: Callable[[StackClient], T]) -> T:
        """Returns what ``function`` returns for a client."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._run, function)

    def close(self) -> None:
        """Ends the threads once their calls are done; calls that have not begun are dropped."""
        self._executor.shutdown(cancel_futures=True)

    def _run(self, function: Callable[[StackClient], T]) -> T:
        if not hasattr(self._own, "client"):
            self._own.client = self._create()
        return function(self._own.client)
