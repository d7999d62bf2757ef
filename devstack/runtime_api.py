"""Serves Lambda's Runtime API to one execution environment: passes it invocations and receives their outcomes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (version 2018-06-01).
"""

from __future__ import annotations

import queue
import time
import uuid
from dataclasses import dataclass, field
from typing import Literal

from devstack.loopback import LoopbackHandler, LoopbackServer

_PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Invocation:
    """One event for a function, with its deadline in seconds since the epoch."""

    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Report:
    """An event in the life of the runtime process: start, outcome of an invocation, or exit."""

    kind: Literal["ready", "init_error", "response", "error", "exit"]
    body: bytes = b""


class RuntimeApi:
    """A server on the loopback interface for one runtime process."""

    def __init__(self, function_arn: str) -> None:
        self.function_arn = function_arn
        self.reports: queue.Queue[Report] = queue.Queue()
        self._ready = False
        self._next: queue.Queue[Invocation | None] = queue.Queue()
        self._current: str | None = None
        self._server = _Server(self)
        self.address = self._server.address

    def offer(self, invocation: Invocation) -> None:
        """Passes an invocation to the runtime at its next request."""
        self._current = invocation.request_id
        self._next.put(invocation)

    def close(self) -> None:
        """Stops serving; a runtime that is still waiting gets an error."""
        self._next.put(None)
        self._server.close()

    def take_next(self) -> Invocation | None:
        """Blocks until there is an invocation; returns ``None`` when the environment is being closed."""
        if not self._ready:
            self._ready = True
            self.reports.put(Report("ready"))
        return self._next.get()

    def settle(self, request_id: str, kind: Literal["response", "error"], body: bytes) -> bool:
        """Records the outcome of the current invocation; returns whether ``request_id`` is the current one."""
        if request_id != self._current:
            return False
        self._current = None
        self.reports.put(Report(kind, body))
        return True


class _Server(LoopbackServer):
    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(_Handler)


class _Handler(LoopbackHandler):
    server: _Server

    def do_GET(self) -> None:
        invocation = self.server.api.take_next() if self.path == f"{_PREFIX}invocation/next" else None
        if invocation is None:
            self.answer(404, b"", {})
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.api.function_arn,
            "Lambda-Runtime-Trace-Id": _unsampled_trace(),
        }
        self.answer(200, invocation.event, headers)

    def do_POST(self) -> None:
        body = self.body()
        match self.path.removeprefix(_PREFIX).split("/"):
            case ["init", "error"]:
                self.server.api.reports.put(Report("init_error", body))
                accepted = True
            case ["invocation", request_id, ("response" | "error") as kind]:
                accepted = self.server.api.settle(request_id, kind, body)
            case _:
                accepted = False
        self.answer(202 if accepted else 400, b"{}", {"Content-Type": "application/json"})


def _unsampled_trace() -> str:
    """Returns a trace header without sampling, as there is no X-Ray daemon."""
    return f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
