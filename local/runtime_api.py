"""Lambda's Runtime API for one execution environment: hands out one invocation at a time and takes its outcome.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (version 2018-06-01).
"""

from __future__ import annotations

import http.server
import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Literal

HOST = "127.0.0.1"
_PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Invocation:
    """One event for a function, with the time by which it has to be done (seconds since the epoch)."""

    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Report:
    """What became known of the runtime process: its start is over, its invocation is, or it has ended itself."""

    kind: Literal["ready", "init_error", "response", "error", "exit"]
    body: bytes = b""


class RuntimeApi:
    """A server on the loopback interface for exactly one runtime process."""

    def __init__(self, function_arn: str) -> None:
        self.function_arn = function_arn
        self.reports: queue.Queue[Report] = queue.Queue()
        self._asked = False
        self._next: queue.Queue[Invocation | None] = queue.Queue()
        self._current: str | None = None
        self._server = _Server(self)
        self.address = f"{HOST}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def offer(self, invocation: Invocation) -> None:
        """Hands an invocation to the runtime as soon as it asks."""
        self._current = invocation.request_id
        self._next.put(invocation)

    def close(self) -> None:
        """Stops serving; a runtime that still waits is answered with an error."""
        self._next.put(None)
        self._server.shutdown()
        self._server.server_close()

    def take_next(self) -> Invocation | None:
        """Blocks until there is an invocation; ``None`` when the environment is being closed."""
        if not self._asked:
            self._asked = True
            self.reports.put(Report("ready"))
        return self._next.get()

    def settle(self, request_id: str, kind: Literal["response", "error"], body: bytes) -> bool:
        """Records the outcome of the current invocation; says whether ``request_id`` is the current one."""
        if request_id != self._current:
            return False
        self._current = None
        self.reports.put(Report(kind, body))
        return True


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__((HOST, 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet: a connection that breaks is a killed environment, and its outcome is recorded where it was killed."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        invocation = self.server.api.take_next() if self.path == f"{_PREFIX}invocation/next" else None
        if invocation is None:
            self._answer(404, b"")
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.api.function_arn,
            "Lambda-Runtime-Trace-Id": _unsampled_trace(),
        }
        self._answer(200, invocation.event, headers)

    def do_POST(self) -> None:
        body = self._body()
        match self.path.removeprefix(_PREFIX).split("/"):
            case ["init", "error"]:
                self.server.api.reports.put(Report("init_error", body))
                accepted = True
            case ["invocation", request_id, ("response" | "error") as kind]:
                accepted = self.server.api.settle(request_id, kind, body)
            case _:
                accepted = False
        self._answer(202 if accepted else 400, b'{"status": "OK"}' if accepted else b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: every invocation is recorded elsewhere."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _unsampled_trace() -> str:
    """There is no X-Ray daemon here, so nothing is to be recorded."""
    return f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
